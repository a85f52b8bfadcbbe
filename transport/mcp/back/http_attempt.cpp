#include "transport/mcp/back/http_attempt.hpp"

#include "transport/http/redirect.hpp"
#include "transport/mcp/back/credential_in.hpp"
#include "vmcp/base/struck_json.hpp"

#include <algorithm>
#include <utility>

namespace transport {

http_attempt::http_attempt(attempt_terms terms)
    : terms_(std::move(terms))
    , context_(terms_.context)
    , home_(worker::current())
    , machine_(terms_.exchange)
    , at_hand_(terms_.with)
    , text_memory_(home_.memory(), terms_.memory) {
}

// ---- from the wish to the wire

bool http_attempt::credential_at_hand() {
    if (!at_hand_)
        at_hand_ = context_.credentials->at_hand(terms_.caller.get());
    return at_hand_ != nullptr;
}

vmcp::awaitable<exchange_action> http_attempt::authorize_anew(exchange_action again) {
    const auto given =
        co_await credential_in(context_.credentials, terms_.caller, machine_.until(), terms_.cancellation);
    co_return cancelled() ? again : authorized(given);
}

exchange_action http_attempt::authorized(const vmcp::result<credential_ptr>& given) {
    if (!given)
        return machine_.unauthorized(given.error());
    credential_ = *given;
    if (terms_.sent_with != nullptr)
        *terms_.sent_with = credential_;
    return machine_.authorized(credential_->secrets, terms_.headers);
}

exchange_action http_attempt::renew() {
    return machine_.renewed(context_.credentials->refused(*credential_));
}

bool http_attempt::connection_at_hand(bool fresh) {
    http_.reset();
    connection_ = fresh ? nullptr : context_.connections->take_idle(credential_->key);
    return connection_ != nullptr;
}

vmcp::awaitable<exchange_action> http_attempt::connect_anew(exchange_action again) {
    const auto until = std::min(machine_.until(), steady_clock::now() + terms_.connect_timeout);
    auto made = co_await context_.connections->make_new(credential_->key, until, terms_.cancellation);
    if (cancelled())
        co_return again;
    if (!made)
        co_return machine_.connect_failed(made.error(), steady_clock::now());
    connection_ = std::move(*made);
    co_return connected();
}

exchange_action http_attempt::connected() {
    http_.emplace(*connection_);
    ends_ = {};
    keep_time();
    return machine_.connected(connection_->reused);
}

exchange_action http_attempt::written(const exchange_result<void>& how) {
    return how ? machine_.sent() : broken(how.error(), {.what = exchange_action::kind::send});
}

// ---- the answer

exchange_action http_attempt::head_read(read_end end, std::string_view target, const exchange_action& again) {
    if (end != read_end::ok)
        return broken(http_->head_failure_of(end), again);
    if (http_->is_interim())
        return again;
    text_.clear();
    const auto location = http_->field("Location");
    const auto moved = redirect_target(http_->status(), context_.connections->target().url, target, location);
    return machine_.head({.status = http_->status(),
                          .content_type = http_->field("Content-Type"),
                          .location = location,
                          .session_id = http_->field("Mcp-Session-Id"),
                          .moved_to = moved,
                          .sure_end = http_->has_sure_end()});
}

bool http_attempt::body_at_hand() {
    return http_->take_buffered_body(text_, context_.max_body);
}

vmcp::awaitable<exchange_action> http_attempt::read_body(exchange_action again) {
    const auto how = co_await http_->body(text_, context_.max_body, &text_memory_);
    co_return how ? body_read() : broken(how.error(), again);
}

exchange_action http_attempt::body_read() {
    return machine_.body(text_, connection_->address, steady_clock::now());
}

exchange_action http_attempt::some_read(read_end end, std::string_view piece, const exchange_action& again) {
    return end == read_end::ok
               ? within_memory(machine_.some(piece, connection_->address, steady_clock::now()))
               : broken(http_->body_failure_of(end), again);
}

// Of an event that is still being read: what has come whole is passed on in any case.
exchange_action http_attempt::within_memory(exchange_action next) {
    constexpr std::size_t not_worth_counting = 4096;
    const auto bytes = machine_.held_bytes();
    if (bytes <= not_worth_counting)
        text_memory_.release();
    else if (next.what == exchange_action::kind::read_some && !text_memory_.cover_in_steps(bytes))
        return machine_.too_much("there is no room for its answer (limits.memory)", connection_->address);
    return next;
}

exchange_action http_attempt::keep() {
    if (!terms_.exchange.fresh)
        context_.connections->give(std::move(connection_), *http_);
    http_.reset();
    connection_.reset();
    return machine_.kept();
}

// The response was the last event; when the end of the stream is right behind it, the connection can be used again.
vmcp::awaitable<exchange_action> http_attempt::drain() {
    constexpr milliseconds most{200};
    constexpr int pieces = 4;
    connection_->expires_in(most);
    for (int i = 0; i < pieces && http_->has_body(); ++i)
        if (const auto piece = co_await http_->some(); !piece || piece->empty())
            break;
    co_return keep();
}

// An error of the backend is the client's to read, but for what it repeats of the gateway's credentials.
vmcp::reply http_attempt::reply() {
    const auto& m = machine_.message();
    auto out = vmcp::reply::of_message(m, reply_kind_of(m, terms_.exchange.method));
    if (out.kind != vmcp::answer_kind::error)
        return out;
    auto struck = vmcp::struck_json(out.body, credential_->secrets);
    if (!struck)
        return out;
    struck_ = *std::move(struck);
    return {.kind = out.kind, .body = struck_};
}

// ---- what comes in between

exchange_action http_attempt::broken(const exchange_failure& why, const exchange_action& again) {
    // The next round of the loop sees why it ended.
    if (cancelled() || was_interrupted())
        return again;
    if (why.error == exchange_error::timeout)
        return machine_.expired(why.detail, connection_->address);
    return machine_.broken(why, connection_->address, steady_clock::now());
}

void http_attempt::close_connection() {
    if (connection_)
        connection_->stream().close();
}

void http_attempt::keep_time() {
    const auto until = ends_at();
    if (!connection_ || until == ends_)
        return;
    ends_ = until;
    const auto left = std::chrono::duration_cast<milliseconds>(until - steady_clock::now());
    if (until == steady_clock::time_point::max())
        connection_->expires_never();
    else
        connection_->expires_in(std::max(left, milliseconds(1)));
}

} // namespace transport
