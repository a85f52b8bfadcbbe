// One conversation over HTTP+SSE: a GET whose stream says where messages are POSTed, and then carries all that the backend says
// (MCP 2024-11-05, basic/transports, "HTTP with SSE"). It is over when the stream is.
#pragma once

#include "transport/http/client_exchange.hpp"
#include "transport/mcp/back/backend_context.hpp"
#include "transport/mcp/back/session_carrier.hpp"
#include "transport/mcp/sse_back/sse_stream_machine.hpp"
#include "vmcp/base/memory_ledger.hpp"
#include "vmcp/model/cancellation.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace transport {

// Whether a backend that refuses connections is given a moment, as one that is started anew, or has failed then.
enum class sse_patience : std::uint8_t { of_calls, none };

// Belongs to the worker on which it is made, but for what says otherwise; that worker outlives it.
class sse_run : public std::enable_shared_from_this<sse_run> {
public:
    // Who hears of it, on its worker.
    struct ear {
        // A message; the next one is read when this has returned.
        std::function<vmcp::awaitable<void>(std::string)> message{};
        // It is over, and over() says why. Only of one that had begun.
        std::function<void()> over{};
    };

    sse_run(std::shared_ptr<const backend_context> context, ear to, sse_patience patience);

    // Once: asks for the stream, over a new connection, and waits for its endpoint event. The `number` is 1 where there is one.
    // From there it goes on by itself.
    [[nodiscard]] vmcp::awaitable<session_carrier::opened> begin(session_carrier::opening how);

    // Where its messages go, path and query; after begin().
    [[nodiscard]] const std::string& target() const noexcept { return target_; }

    // From any thread: why it is over; nothing while it goes on.
    [[nodiscard]] std::optional<vmcp::failure> over() const;
    // From any thread. `why`: what over() will say, unless it is over already.
    void stop(vmcp::failure why);

private:
    using self_ptr = std::shared_ptr<sse_run>;
    using opened = session_carrier::opened;
    using time_point = vmcp::steady_clock::time_point;

    vmcp::awaitable<opened> ask(const session_carrier::opening& how);
    vmcp::awaitable<std::optional<opened>> connect(const std::string& key, time_point until);
    vmcp::awaitable<std::optional<opened>> send(const session_carrier::opening& how,
                                                const std::string& target);
    vmcp::awaitable<opened> answered(const vmcp::credential& credential, const std::string& target);
    vmcp::awaitable<opened> refused(const vmcp::credential& credential);
    vmcp::awaitable<opened> find_endpoint();
    opened broken(const exchange_failure& why) const;
    opened failed(vmcp::failure why, unsigned status = 0) const;
    static vmcp::awaitable<void> listen(self_ptr self);
    vmcp::awaitable<vmcp::failure> hear();
    [[nodiscard]] bool has_room();
    void end(vmcp::failure why);

    const std::shared_ptr<const backend_context> context_;
    worker& home_;
    ear ear_;
    const sse_patience patience_;
    const std::shared_ptr<vmcp::cancellation> ending_;
    std::unique_ptr<connection> connection_{};
    std::optional<client_exchange> http_{};
    std::optional<sse_stream_machine> events_{};
    vmcp::memory_claim held_;
    std::string target_{};
    std::string redirect_{}; // where its answer leads; empty: nowhere

    mutable std::mutex mutex_{};
    std::optional<vmcp::failure> over_{};
    std::optional<vmcp::failure> asked_to_{}; // end, and why
};

} // namespace transport
