// A backend_call over a session_carrier: what takes the place of connections and HTTP there.
#include "transport/mcp/back/backend_call.hpp"

#include "transport/mcp/back/session_core.hpp"
#include "vmcp/base/event_stream_get.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace transport {

bool backend_call::posts() const {
    return core_.carrier && core_.carrier->posts();
}

// A handshake begins a conversation; anything else belongs to the one that its session was established in.
vmcp::awaitable<exchange_action> backend_call::join_conversation(exchange_action again) {
    if (request_.session == session_use::none) {
        if (const auto refused = co_await open_conversation())
            co_return *refused;
    } else {
        conversation_ = session_->conversation;
    }
    // Such as may be sent again is, in the next one, when this one ends before it is answered.
    if (!posts())
        co_return machine_.connected(true);
    if (const auto why = core_.carrier->over(conversation_)) {
        if (ready_)
            core_.ending.give_up(ready_, true);
        co_return machine_.broken({exchange_error::write_failed, why->detail, {}}, {}, steady_clock::now());
    }
    if (connection_at_hand(again.fresh))
        co_return connected();
    co_return co_await connect_anew(again);
}

// Nothing: there is one.
vmcp::awaitable<std::optional<exchange_action>> backend_call::open_conversation() {
    auto& carrier = *core_.carrier;
    // One that goes on is gone on with where a handshake was redirected, or got another credential.
    if (posts() && conversation_ != 0 && !carrier.over(conversation_))
        co_return std::nullopt;
    const auto begun = co_await carrier.open({.until = machine_.until(),
                                              .control = request_.cancellation,
                                              .credential = credential_,
                                              .headers = request_.headers});
    if (begun.number == 0)
        co_return not_opened(begun);
    conversation_ = begun.number;
    posts_to_ = carrier.posts_to(conversation_);
    co_return std::nullopt;
}

// It may be refused for its credential, and then it is asked for again with another.
exchange_action backend_call::not_opened(const session_carrier::opened& how) {
    constexpr unsigned first_refusal = 400;
    auto met = how.met;
    met.method = vmcp::event_stream_get;
    if (met.status < first_refusal)
        return machine_.session_failed(*how.why, std::move(met));
    return machine_.refused_before(how.why->detail, std::move(met));
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

// Nothing: it goes on, and what is asked in it may be answered yet.
std::optional<exchange_action> backend_call::conversation_ended() {
    const auto why = core_.carrier->over(conversation_);
    if (!why)
        return std::nullopt;
    if (auto mail = running_->take()) // came before, and its news comes after
        return machine_.elsewhere(*std::move(mail), steady_clock::now());
    if (ready_)
        core_.ending.give_up(ready_, true);
    return machine_.broken({exchange_error::closed, why->detail, {}}, {}, steady_clock::now());
}

// Answers come as mail. Here only the end of waiting is seen.
vmcp::awaitable<exchange_action> backend_call::hear(exchange_action again) {
    constexpr std::chrono::hours far{24}; // for a timer
    auto& carrier = *core_.carrier;
    if (const auto spoiled = carrier.take_spoiled(running_->id()))
        co_return machine_.broken({exchange_error::too_large, spoiled->detail, {}}, {}, steady_clock::now());
    if (const auto ended = conversation_ended())
        co_return *ended;
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
