// A backend_call over a session_carrier: what takes the place of connections and HTTP there.
#include "transport/mcp/back/backend_call.hpp"

#include "transport/mcp/back/session_core.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace transport {

// A handshake begins a conversation; anything else belongs to the one that its session was established in.
vmcp::awaitable<exchange_action> backend_call::join_conversation() {
    auto& carrier = *core_.carrier;
    if (request_.session == session_use::none) {
        const auto begun = co_await carrier.open(machine_.until(), request_.cancellation);
        if (!begun)
            co_return machine_.session_failed(begun.error(), {.method = std::string(request_.method)});
        conversation_ = *begun;
    } else {
        conversation_ = session_->conversation;
    }
    // Such as may be sent again is, in the next one, when this one ends before it is answered.
    co_return machine_.connected(true);
}

vmcp::awaitable<exchange_action> backend_call::say() {
    const auto sent =
        co_await core_.carrier->send(body_.str(), conversation_, machine_.until(), request_.cancellation);
    if (sent)
        co_return machine_.sent();
    if (sent.error().code == vmcp::errc::cancelled)
        co_return machine_.cancelled();
    if (sent.error().code == vmcp::errc::backend_timeout)
        co_return machine_.expired(sent.error().detail, {});
    // It ended before anything was sent: the next one will do.
    if (ready_)
        core_.ending.give_up(ready_, true);
    co_return machine_.broken({exchange_error::write_failed, sent.error().detail, {}}, {},
                              steady_clock::now());
}

// Answers come as mail. Here only the end of waiting is seen.
vmcp::awaitable<exchange_action> backend_call::hear(exchange_action again) {
    constexpr std::chrono::hours far{24}; // for a timer
    auto& carrier = *core_.carrier;
    if (const auto spoiled = carrier.take_spoiled(running_->id()))
        co_return machine_.broken({exchange_error::too_large, spoiled->detail, {}}, {}, steady_clock::now());
    if (const auto why = carrier.over(conversation_)) {
        if (ready_)
            core_.ending.give_up(ready_, true);
        co_return machine_.broken({exchange_error::closed, why->detail, {}}, {}, steady_clock::now());
    }
    pause_.emplace(home_);
    co_await pause_->until(std::min(machine_.until(), steady_clock::now() + far));
    const bool cut = pause_->was_cut();
    pause_.reset();
    if (std::exchange(interrupted_, false) || cancelled())
        co_return again;
    if (cut)
        co_return machine_.expired("the gateway ends", {});
    if (steady_clock::now() < machine_.until())
        co_return again;
    if (request_.session == session_use::none)
        carrier.unanswered(conversation_);
    co_return machine_.expired(fmt::format("it did not answer {} in time", request_.method), {});
}

} // namespace transport
