#include "transport/mcp/modern_back/modern_call.hpp"

#include "transport/http/redirect.hpp"
#include "transport/mcp/back/backend_fields.hpp"
#include "transport/mcp/back/credential_in.hpp"
#include "vmcp/base/struck_json.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace transport {

namespace {

exchange_terms terms_of(const backend_context& context, const stateless_request& request) {
    return {.method = request.method,
            .session = session_use::none,
            .stateless = true,
            .repeatable = request.repeatable,
            .has_client = false,
            .wants_progress = !request.raw_token.empty(),
            .progress_extends_deadline = context.progress_extends_deadline,
            .timeout = request.timeout,
            .deadline = request.until,
            .latest =
                request.call != nullptr ? request.call->terms().deadline : steady_clock::time_point::max(),
            .max_body = context.max_body};
}

} // namespace

modern_call::modern_call(const backend_context& in, const stateless_request& request, vmcp::reply_sink& out)
    : context_(in)
    , request_(request)
    , out_(out)
    , home_(worker::current())
    , machine_(terms_of(in, request))
    , at_hand_(request.with)
    , text_memory_(home_.memory(),
                   request.call != nullptr ? vmcp::memory_class::answers : vmcp::memory_class::catalog)
    , cancellable_(request.cancellation, [this] { on_cancelled(); }) {
}

vmcp::awaitable<vmcp::result<void>>
modern_call::run(const backend_context& in, const stateless_request& request, vmcp::reply_sink& out) {
    modern_call self(in, request, out);
    auto next = self.machine_.start();
    for (;;) {
        if (next.distrust)
            in.connections->distrust_idle();
        if (next.what == kind::finish)
            co_return self.finish();
        if (self.cancelled()) {
            next = self.machine_.cancelled();
            continue;
        }
        self.keep_time();
        switch (next.what) {
        case kind::begin:
            next = self.begin();
            break;
        case kind::authorize:
            next = self.credential_at_hand() ? self.authorized(std::exchange(self.at_hand_, nullptr))
                                             : co_await self.authorize_anew(next);
            break;
        case kind::renew:
            next = self.machine_.renewed(in.credentials->refused(*self.credential_));
            break;
        case kind::connect:
            next = self.connection_at_hand(next.fresh) ? self.connected() : co_await self.connect_anew(next);
            break;
        case kind::send:
            next = self.written(co_await self.http_->write(self.http_request()));
            break;
        case kind::read_head:
            next = self.head_read(co_await self.http_->read_head(), next);
            break;
        case kind::read_body:
            next = self.body_at_hand() ? self.body_read() : co_await self.read_body(next);
            break;
        case kind::read_some: {
            std::string_view piece;
            const auto end = co_await self.http_->read_some(piece);
            next = self.some_read(end, piece, next);
            break;
        }
        case kind::keep:
            next = self.keep();
            break;
        case kind::drain:
            next = co_await self.drain();
            break;
        case kind::deliver:
            if (next.how != delivery::reply) {
                next = co_await self.deliver(next.how);
                break;
            }
            co_await out.done(self.reply());
            next = self.machine_.replied();
            break;
        case kind::get_session:
        case kind::rest:
        case kind::listen:
        case kind::finish:
            // A request without a session is begun at once, and nothing of it is resumed.
            co_return vmcp::fail(vmcp::errc::internal);
        }
    }
}

// ---- from the wish to the wire

exchange_action modern_call::begin() {
    return machine_.begun(request_.id);
}

bool modern_call::credential_at_hand() {
    if (!at_hand_)
        at_hand_ = context_.credentials->at_hand(request_.caller.get());
    return at_hand_ != nullptr;
}

vmcp::awaitable<exchange_action> modern_call::authorize_anew(exchange_action again) {
    const auto given = co_await credential_in(context_.credentials, request_.caller, machine_.until(),
                                              request_.cancellation);
    co_return cancelled() ? again : authorized(given);
}

exchange_action modern_call::authorized(const vmcp::result<credential_ptr>& given) {
    if (!given)
        return machine_.unauthorized(given.error());
    credential_ = *given;
    if (request_.sent_with != nullptr)
        *request_.sent_with = credential_;
    return machine_.authorized(credential_->secrets, request_.of_call);
}

bool modern_call::connection_at_hand(bool fresh) {
    http_.reset();
    connection_ = fresh ? nullptr : context_.connections->take_idle(credential_->key);
    return connection_ != nullptr;
}

vmcp::awaitable<exchange_action> modern_call::connect_anew(exchange_action again) {
    const auto until = std::min(machine_.until(), steady_clock::now() + request_.timeout);
    auto made = co_await context_.connections->make_new(credential_->key, until, request_.cancellation);
    if (cancelled())
        co_return again;
    if (!made)
        co_return machine_.connect_failed(made.error(), steady_clock::now());
    connection_ = std::move(*made);
    co_return connected();
}

exchange_action modern_call::connected() {
    http_.emplace(*connection_);
    ends_ = {};
    answering_ = false;
    return machine_.connected(connection_->reused);
}

const exchange_request& modern_call::http_request() {
    via_ = context_.via_of(request_.call);
    const auto& url = context_.connections->target().url;
    signed_ = *request_.fields;
    for (auto& field : signature_of(*credential_, "POST", url, machine_.moved_to(), request_.body))
        signed_.push_back(std::move(field));
    fields_ = backend_fields(accept_both, nullptr, *credential_, via_, request_.of_call, &signed_);
    http_request_ = {.method = "POST",
                     .url = &url,
                     .target = machine_.moved_to(),
                     .fields = fields_,
                     .body = request_.body};
    return http_request_;
}

exchange_action modern_call::written(const exchange_result<void>& how) {
    return how ? machine_.sent() : broken(how.error(), {.what = kind::send});
}

// ---- the answer

exchange_action modern_call::head_read(read_end end, const exchange_action& again) {
    if (end != read_end::ok)
        return broken(http_->head_failure_of(end), again);
    if (http_->is_interim())
        return again;
    text_.clear();
    answering_ = true;
    if (request_.status != nullptr)
        *request_.status = http_->status();
    const auto location = http_->field("Location");
    const auto moved =
        redirect_target(http_->status(), context_.connections->target().url, machine_.moved_to(), location);
    return machine_.head({.status = http_->status(),
                          .content_type = http_->field("Content-Type"),
                          .location = location,
                          .moved_to = moved,
                          .sure_end = http_->has_sure_end()});
}

bool modern_call::body_at_hand() {
    return http_->take_buffered_body(text_, context_.max_body);
}

vmcp::awaitable<exchange_action> modern_call::read_body(exchange_action again) {
    const auto how = co_await http_->body(text_, context_.max_body, &text_memory_);
    co_return how ? body_read() : broken(how.error(), again);
}

exchange_action modern_call::body_read() {
    return machine_.body(text_, connection_->address, steady_clock::now());
}

exchange_action modern_call::some_read(read_end end, std::string_view piece, const exchange_action& again) {
    return end == read_end::ok
               ? within_memory(machine_.some(piece, connection_->address, steady_clock::now()))
               : broken(http_->body_failure_of(end), again);
}

// Of an event that is still being read: what has come whole is passed on in any case.
exchange_action modern_call::within_memory(exchange_action next) {
    constexpr std::size_t not_worth_counting = 4096;
    const auto bytes = machine_.held_bytes();
    if (bytes <= not_worth_counting)
        text_memory_.release();
    else if (next.what == kind::read_some && !text_memory_.cover_in_steps(bytes))
        return machine_.too_much("there is no room for its answer (limits.memory)", connection_->address);
    return next;
}

exchange_action modern_call::keep() {
    context_.connections->give(std::move(connection_), *http_);
    http_.reset();
    connection_.reset();
    return machine_.kept();
}

// The response was the last event; when the end of the stream is right behind it, the connection can be used again.
vmcp::awaitable<exchange_action> modern_call::drain() {
    constexpr milliseconds most{200};
    constexpr int pieces = 4;
    connection_->expires_in(most);
    for (int i = 0; i < pieces && http_->has_body(); ++i)
        if (const auto piece = co_await http_->some(); !piece || piece->empty())
            break;
    co_return keep();
}

// An error of the backend is the client's to read, but for what it repeats of the gateway's credentials.
vmcp::reply modern_call::reply() {
    const auto& m = machine_.message();
    auto out = vmcp::reply::of_message(m, reply_kind_of(m, request_.method));
    if (out.kind != vmcp::answer_kind::error)
        return out;
    auto struck = vmcp::struck_json(out.body, credential_->secrets);
    if (!struck)
        return out;
    struck_ = *std::move(struck);
    return {.kind = out.kind, .body = struck_};
}

vmcp::awaitable<exchange_action> modern_call::deliver(delivery how) {
    const auto& m = machine_.message();
    if (how == delivery::progress || how == delivery::notification) {
        const bool unwanted = kind_of(m) == backend_says::log && request_.call != nullptr &&
                              !request_.call->wants_log(m.param.level.raw);
        vmcp::splice text(m.whole);
        if (how == delivery::progress && !goes_on(m.params.raw))
            co_return machine_.delivered(steady_clock::now());
        if (how == delivery::progress)
            text.replace(m.param.progress_token.raw, request_.raw_token);
        vmcp::leave_out(text, m.surplus);
        if (!unwanted)
            co_await out_.notify(text.pieces());
    }
    // Requests do not belong there, and nobody could answer them ("Receiving Messages"); other requests have streams of their
    // own.
    co_return machine_.delivered(steady_clock::now());
}

bool modern_call::goes_on(std::string_view raw_params) {
    const auto raw = vmcp::json_member(raw_params, "progress", backend_json_depth).raw;
    double now = 0;
    if (request_.progress == nullptr ||
        std::from_chars(raw.data(), raw.data() + raw.size(), now).ec != std::errc())
        return true;
    if (*request_.progress && now <= **request_.progress)
        return false;
    *request_.progress = now;
    return true;
}

// ---- what comes in between

exchange_action modern_call::broken(const exchange_failure& why, const exchange_action& again) {
    if (cancelled()) // the next round of run() sees it
        return again;
    if (why.error == exchange_error::timeout)
        return machine_.expired(why.detail, connection_->address);
    return machine_.broken(why, connection_->address, steady_clock::now());
}

void modern_call::on_cancelled() {
    if (connection_)
        connection_->stream().close();
}

// The connection ends what waits for it when the request's time is over.
void modern_call::keep_time() {
    if (!connection_)
        return;
    const auto until = request_.endless && answering_ ? steady_clock::time_point::max() : machine_.until();
    if (until == ends_)
        return;
    ends_ = until;
    const auto left = std::chrono::duration_cast<milliseconds>(until - steady_clock::now());
    if (until == steady_clock::time_point::max())
        connection_->expires_never();
    else
        connection_->expires_in(std::max(left, milliseconds(1)));
}

// ---- the end

vmcp::result<void> modern_call::finish() {
    const auto& outcome = machine_.outcome();
    if (!outcome.why)
        return {};
    if (request_.met != nullptr)
        *request_.met = outcome.met;
    return *outcome.why;
}

} // namespace transport
