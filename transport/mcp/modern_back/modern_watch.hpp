// What a backend of the stateless revision tells without being asked each time: one subscriptions/listen for all who hear it by
// the same credential (MCP 2026-07-28, basic/patterns/subscriptions).
#pragma once

#include "transport/mcp/back/backend_context.hpp"
#include "transport/mcp/back/shared_audience.hpp"
#include "transport/mcp/modern_back/listen_filter.hpp"
#include "transport/net/worker.hpp"
#include "vmcp/model/cancellation.hpp"
#include "vmcp/model/message.hpp"
#include "vmcp/model/waiting.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace transport {

using id_counter = std::shared_ptr<std::atomic<std::uint64_t>>;

// A stream is open while somebody wants to hear something. What is asked for cannot be changed while it is open: with another wish
// the next one is opened, and the one before is closed when that is acknowledged. One that ends is opened again, ever more slowly;
// what happened in between was heard by nobody, so that the lists are read again and every subscriber is told that its resources
// may have changed. Thread-safe; what waits is to be called on a worker.
class modern_watch final : public std::enable_shared_from_this<modern_watch> {
public:
    // `caller`: in whose name it listens; null: the gateway's own.
    modern_watch(std::shared_ptr<const backend_context> context, id_counter ids,
                 std::shared_ptr<const vmcp::caller> caller)
        : context_(std::move(context))
        , ids_(std::move(ids))
        , caller_(std::move(caller)) {}

    // Changes of these lists are told to the guard, from now on; `uris` of it count for nothing. On a worker.
    void want_lists(const watched& lists);

    // Updates of the resource are told to the client, once this has returned. Fails when the backend does not grant that, or not
    // by `until`. `control` ends the wait, and may be null.
    vmcp::awaitable<vmcp::result<void>> subscribe(std::shared_ptr<vmcp::client_session> client,
                                                  std::string uri, vmcp::steady_clock::time_point until,
                                                  vmcp::cancellation* control);
    void unsubscribe(shared_audience::who client, const std::string& uri);
    void leave(shared_audience::who client);

    // Ends it for good: its streams are closed.
    void stop();

    // Nobody subscribed to anything, and no list is watched.
    [[nodiscard]] bool idle() const;
    [[nodiscard]] std::size_t subscriptions_of(shared_audience::who client) const {
        return audience_.subscriptions_of(client);
    }
    [[nodiscard]] std::set<std::string> uris_of(shared_audience::who client) const {
        return audience_.uris_of(client);
    }

    // How long an answer, and what it begins with, may take.
    static constexpr std::chrono::milliseconds patience{10'000};
    static constexpr std::chrono::milliseconds first_pause{100};
    static constexpr std::chrono::milliseconds longest_pause{30'000};

private:
    // One request, and what came of it.
    struct stream {
        stream(vmcp::any_io_executor ex, watched w, std::uint64_t v)
            : ending(std::make_shared<vmcp::cancellation>(std::move(ex)))
            , wanted(std::move(w))
            , version(v) {}
        const std::shared_ptr<vmcp::cancellation> ending;
        const watched wanted;
        const std::uint64_t version;
        const vmcp::steady_clock::time_point began = vmcp::steady_clock::now();
        // Of the worker on which it runs.
        bool acknowledged = false;
        bool over = false;
        bool refused = false; // by a JSON-RPC error, or by an answer that grants nothing
        watched granted{};
        std::optional<vmcp::failure> why{};
    };
    using stream_ptr = std::shared_ptr<stream>;
    class sink;

    void forget(const std::string& uri);
    void changed();
    static vmcp::awaitable<void> run(std::shared_ptr<modern_watch> self);
    // The next stream, acknowledged or over.
    vmcp::awaitable<stream_ptr> open(std::uint64_t version, watched wanted);
    static vmcp::awaitable<void> listen(std::shared_ptr<modern_watch> self, stream_ptr one);
    void took(const stream& one);
    void failed(const stream& one);
    void after_gap();
    vmcp::awaitable<void> take(const vmcp::message& m, stream& on);
    vmcp::awaitable<void> send_update(std::string raw_params);

    const std::shared_ptr<const backend_context> context_;
    const id_counter ids_;
    const std::shared_ptr<const vmcp::caller> caller_;
    shared_audience audience_{};
    mutable std::mutex mutex_{};
    watched wanted_{};
    std::uint64_t version_ = 1;         // of what is wanted
    std::uint64_t settled_version_ = 0; // the newest that was granted, or refused
    watched granted_{};
    std::optional<vmcp::failure> refusal_{}; // why the settled one was not granted
    bool running_ = false;
    bool stopped_ = false;
    vmcp::wait_list changed_{};
};

} // namespace transport
