// A backend of the stateless revision over Streamable HTTP (MCP 2026-07-28): the core's backend, without sessions.
#pragma once

#include "transport/mcp/back/backend_context.hpp"
#include "transport/mcp/back/list_reading.hpp"
#include "transport/mcp/modern_back/modern_exchange.hpp"
#include "transport/mcp/modern_back/modern_seat.hpp"
#include "transport/mcp/modern_back/modern_watch.hpp"
#include "vmcp/base/published.hpp"
#include "vmcp/model/backend.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace transport {

// What a reading of its lists found, and for how long that is fresh (server/utilities/caching).
struct modern_lists {
    list_reading reading{};
    std::optional<std::chrono::milliseconds>
        fresh_for{}; // the least that any page said; nothing: none said how long
};

// Thread-safe.
class modern_backend final : public vmcp::backend, public std::enable_shared_from_this<modern_backend> {
public:
    // `session_key`: under which client sessions hold what belongs to this; null: `this`.
    explicit modern_backend(std::shared_ptr<const backend_context> context,
                            const void* session_key = nullptr);

    [[nodiscard]] const std::string& name() const noexcept override { return config().name; }
    [[nodiscard]] bool offers_resources() const noexcept override { return offers_resources_.load(); }
    vmcp::awaitable<vmcp::result<void>> exchange(const vmcp::outgoing& request,
                                                 vmcp::reply_sink& out) override;
    std::shared_ptr<vmcp::backend_session>
    session_for(const std::shared_ptr<vmcp::client_session>& client) override;

    // The same, for whoever can find out what the backend speaks: `doubted` says whether it may be another revision than this one.
    // Nothing was done then, and nothing said to `out`; the value is why, and its `said` holds what the backend said where that
    // was a message.
    struct doubt {
        bool raised = false;
        std::optional<vmcp::kept_reply> said{};
    };
    vmcp::awaitable<vmcp::result<void>> exchange_or_doubt(const vmcp::outgoing& request,
                                                          vmcp::reply_sink& out, doubt& doubted);

    [[nodiscard]] const vmcp::backend_config& config() const noexcept {
        return context_->connections->config();
    }

    // All lists of the backend, one request at a time; the watch of their changes is begun before. On a worker.
    vmcp::awaitable<vmcp::result<modern_lists>> fetch_lists(list_terms terms);

    // As of http_backend.
    void adjust(const vmcp::backend_config& to);
    void retire();

private:
    // The tools whose arguments are repeated in header fields.
    using mirror_table = std::map<std::string, mirrored_ptr, std::less<>>;

    vmcp::awaitable<vmcp::result<void>> call_backend(const vmcp::outgoing& request, vmcp::reply_sink& out,
                                                     doubt& doubted);
    vmcp::awaitable<vmcp::result<void>> change_subscription(const vmcp::outgoing& request,
                                                            vmcp::reply_sink& out,
                                                            vmcp::steady_clock::time_point until);
    vmcp::awaitable<vmcp::result<std::string>> ask_own(std::string_view method, std::string params,
                                                       own_terms terms);
    [[nodiscard]] mirrored_ptr mirrored_of(std::string_view tool) const;
    vmcp::awaitable<mirrored_ptr> refreshed(std::string tool);
    void take_mirrors(vmcp::backend_lists& lists);
    [[nodiscard]] std::shared_ptr<modern_seat> seat_of(const std::shared_ptr<vmcp::client_session>& client);
    // That of all whose requests are sent with the same credential.
    [[nodiscard]] std::shared_ptr<modern_watch> watch_for(const vmcp::credential& sent_with,
                                                          const std::shared_ptr<const vmcp::caller>& caller);
    [[nodiscard]] std::chrono::milliseconds timeout() const noexcept {
        return timeout_.load(std::memory_order_relaxed);
    }

    class own_pages;

    const std::shared_ptr<const backend_context> context_;
    const void* const key_;
    std::atomic<std::chrono::milliseconds> timeout_;
    const id_counter ids_ = std::make_shared<std::atomic<std::uint64_t>>(0);
    std::atomic<bool> offers_resources_{true};
    std::atomic<bool> offers_updates_{true};
    std::atomic<bool> retired_{false};
    // Of the gateway's own list requests one at a time.
    std::shared_ptr<call_limit> list_turns_ = std::make_shared<call_limit>(1, std::size_t{1} << 20);
    vmcp::published<mirror_table> mirrors_{std::make_shared<const mirror_table>()};
    mutable std::mutex mutex_{};
    std::map<std::string, std::shared_ptr<modern_watch>> watches_{}; // by credential::key
};

} // namespace transport
