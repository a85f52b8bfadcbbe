#include "transport/mcp/modern_back/modern_call.hpp"

#include "transport/mcp/back/backend_fields.hpp"

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
    : http_attempt(
          {.context = in,
           .exchange = terms_of(in, request),
           .caller = request.caller,
           .with = request.with,
           .headers = request.of_call,
           .sent_with = request.sent_with,
           .cancellation = request.cancellation,
           .connect_timeout = request.timeout,
           .memory = request.call != nullptr ? vmcp::memory_class::answers : vmcp::memory_class::catalog})
    , request_(request)
    , out_(out)
    , cancellable_(request.cancellation, [this] { close_connection(); }) {
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
            next = self.renew();
            break;
        case kind::connect:
            self.answering_ = false;
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

const exchange_request& modern_call::http_request() {
    via_ = context_.via_of(request_.call);
    const auto& url = context_.connections->target().url;
    signed_ = *request_.fields;
    for (auto& field : signature_of(*credential_, "POST", url, machine_.moved_to(), request_.body))
        signed_.push_back(std::move(field));
    fields_ = backend_fields(accept_both, nullptr, *credential_, via_, request_.of_call, &signed_);
    if (request_.span != nullptr)
        request_.span->add_to(fields_);
    http_request_ = {.method = "POST",
                     .url = &url,
                     .target = machine_.moved_to(),
                     .fields = fields_,
                     .body = request_.body};
    return http_request_;
}

// ---- the answer

exchange_action modern_call::head_read(read_end end, const exchange_action& again) {
    if (end == read_end::ok && !http_->is_interim()) {
        answering_ = true;
        if (request_.status != nullptr)
            *request_.status = http_->status();
    }
    return http_attempt::head_read(end, machine_.moved_to(), again);
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

steady_clock::time_point modern_call::ends_at() const {
    return request_.endless && answering_ ? steady_clock::time_point::max() : machine_.until();
}

// ---- the end

vmcp::result<void> modern_call::finish() {
    const auto& outcome = machine_.outcome();
    if (request_.span != nullptr)
        request_.span->ended(outcome.why ? &*outcome.why : nullptr, machine_.status());
    if (!outcome.why)
        return {};
    if (request_.met != nullptr)
        *request_.met = outcome.met;
    return *outcome.why;
}

} // namespace transport
