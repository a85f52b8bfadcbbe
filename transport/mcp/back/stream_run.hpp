// The stream of one established session, on one worker: what its machine (server_stream_machine) asks for, done.
#pragma once

#include "transport/http/client_exchange.hpp"
#include "transport/mcp/back/awaited.hpp"
#include "transport/mcp/back/backend_context.hpp"
#include "transport/mcp/back/server_stream_machine.hpp"
#include "transport/mcp/back/session_identity.hpp"
#include "transport/mcp/back/session_state.hpp"
#include "transport/mcp/back/stream_need.hpp"
#include "transport/net/connection.hpp"
#include "transport/net/guarded_pause.hpp"
#include "vmcp/base/memory_ledger.hpp"
#include "vmcp/model/cancellation.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace transport {

// Belongs to the worker on which it is made, but for what says otherwise.
struct stream_run {
    // `former`: of the same session, which was closed for want of need; null: there was none.
    stream_run(const backend_context& c, session_state::session_ptr s, const stream_run* former)
        : context(c)
        , session(std::move(s))
        , home(worker::current())
        , ending(std::make_shared<vmcp::cancellation>(home.executor()))
        , machine(!session->session_id.empty(), c.max_body, former != nullptr ? &former->machine : nullptr) {}

    asio::awaitable<stream_action> perform(const stream_action& action, const session_identity& as);
    asio::awaitable<stream_action> authorize(const session_identity& as);
    asio::awaitable<stream_action> connect();
    asio::awaitable<stream_action> send();
    stream_action head_read();
    [[nodiscard]] std::string_view target() const {
        return machine.moved_to().empty() ? std::string_view(session->target) : machine.moved_to();
    }
    asio::awaitable<stream_action> read_body();
    asio::awaitable<stream_action> rest(steady_clock::time_point until);

    // An event that there is no room for is lost, with its connection; what has come whole is delivered.
    stream_action within_memory(stream_action next);
    void stop_waiting() {
        if (carrier)
            carrier->stream().close();
        if (pause)
            pause->cancel();
    }
    // What belongs to the worker: the session, which keeps this, may live longer.
    void release() {
        http.reset();
        carrier.reset();
        pause.reset();
        watch.end();
    }

    const backend_context& context;
    const session_state::session_ptr session;
    worker& home;
    const std::shared_ptr<vmcp::cancellation> ending;
    std::atomic<bool> over{false};
    stream_watch watch{home, context};
    bool unneeded = false; // when it was looked at
    bool left = false;     // it ended for that; under the lock
    awaited<bool> settled{};
    std::optional<guarded_pause> pause{}; // while it rests
    server_stream_machine machine;
    vmcp::memory_claim held{worker::current().memory(), vmcp::memory_class::notifications};
    std::shared_ptr<const vmcp::credential> credential{};
    std::unique_ptr<connection> carrier{};
    std::optional<client_exchange> http{};
};

} // namespace transport
