#include "transport/mcp/back/backend_call.hpp"

#include "transport/mcp/back/backend_fields.hpp"
#include "transport/mcp/back/session_core.hpp"

#include <algorithm>
#include <utility>

namespace transport {

namespace {

exchange_terms terms_of(const session_core& in, const backend_request& request) {
    const auto& context = *in.context;
    return {.method = request.method,
            .session = request.session,
            .answered_elsewhere = in.carrier && in.carrier->posts(),
            .message = request.message,
            .repeatable = request.repeatable,
            .fresh = request.fresh,
            .has_client = request.call != nullptr,
            .wants_progress = !request.progress_token.empty(),
            .progress_extends_deadline = context.progress_extends_deadline,
            .timeout = request.timeout,
            .deadline = request.until.value_or(steady_clock::now() + request.timeout),
            .latest =
                request.call != nullptr ? request.call->terms().deadline : steady_clock::time_point::max(),
            .max_body = context.max_body};
}

// Whose request it is, to tell clients from each other: one that has no session makes each call for itself.
const void* asker_of(const backend_request& request) {
    if (request.call == nullptr)
        return nullptr;
    const auto& session = request.call->terms().session;
    return session ? static_cast<const void*>(session.get()) : request.call;
}

} // namespace

backend_call::backend_call(session_core& in, const backend_request& request, vmcp::reply_sink& out)
    : http_attempt(
          {.context = *in.context,
           .exchange = terms_of(in, request),
           .caller = request.call != nullptr ? request.call->terms().from : in.as.caller(),
           .with = request.with,
           .headers = request.headers,
           .sent_with = request.sent_with,
           .cancellation = request.cancellation,
           .connect_timeout = request.timeout,
           .memory = request.call != nullptr ? vmcp::memory_class::answers : vmcp::memory_class::catalog})
    , core_(in)
    , request_(request)
    , out_(out)
    , span_(request.call, in.context->name(), in.context->connections->target().url)
    , session_(request.given)
    , cancellable_(request.cancellation, [this] { on_cancelled(); }) {
    // A handshake is not a use: it belongs to those who wait for it.
    if (request.session == session_use::current)
        use_.emplace(in.ending);
}

vmcp::awaitable<vmcp::result<void>> backend_call::run(session_core& in, const backend_request& request,
                                                      vmcp::reply_sink& out) {
    backend_call self(in, request, out);
    auto next = self.machine_.start();
    for (;;) {
        self.note_flags(next);
        if (next.what == kind::finish)
            co_return self.finish();
        if (self.cancelled()) {
            next = self.machine_.cancelled();
            continue;
        }
        if (auto mail = self.mail_for(next)) {
            next = self.machine_.elsewhere(*std::move(mail), steady_clock::now());
            continue;
        }
        self.interruptible_ = can_begin_again(next.what);
        switch (next.what) {
        case kind::get_session:
            next = self.session_at_hand() ? self.session_found() : co_await self.get_session();
            break;
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
            next = in.carrier                            ? co_await self.join_conversation(next)
                   : self.connection_at_hand(next.fresh) ? self.connected()
                                                         : co_await self.connect_anew(next);
            break;
        case kind::send:
            next = in.carrier && !self.posts()
                       ? co_await self.say()
                       : self.written(co_await self.http_->write(self.http_request()));
            break;
        case kind::read_head:
            if (const auto ended = self.posts() ? self.conversation_ended() : std::nullopt) {
                next = *ended;
                break;
            }
            // What comes over a carrier comes message by message, as in an event stream.
            next = in.carrier && !self.posts()
                       ? self.machine_.head({.status = 200, .content_type = "text/event-stream"})
                       : self.head_read(co_await self.http_->read_head(), self.target(), next);
            break;
        case kind::read_body:
            next = self.body_at_hand() ? self.body_read() : co_await self.read_body(next);
            break;
        case kind::read_some: {
            if (in.carrier) {
                next = co_await self.hear(next);
                break;
            }
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
        case kind::rest:
        case kind::listen:
            next = co_await self.rest(next);
            break;
        case kind::finish:
            break;
        }
    }
}

// ---- from the wish to the wire

void backend_call::note_flags(const exchange_action& action) {
    if (action.distrust)
        core_.context->connections->distrust_idle();
    // One who is told that the session is unknown does not end the stream that others wait for answers on.
    const bool of_others = posts() && running_ && core_.router.running() > 1;
    if (action.lost && ready_ && !of_others)
        core_.ending.give_up(ready_, action.gone && !core_.carrier);
}

bool backend_call::session_at_hand() {
    if (request_.session == session_use::given)
        return true;
    ready_ = core_.state.ready();
    return ready_ && !core_.stream.unsettled() && !overtakes();
}

bool backend_call::overtakes() const {
    return request_.call != nullptr && core_.forwarder.pending();
}

exchange_action backend_call::session_found() {
    if (ready_)
        session_ = ready_.get();
    // What a carrier posts to is a session's own.
    return machine_.session_ready(!session_->session_id.empty() || posts());
}

vmcp::awaitable<exchange_action> backend_call::get_session() {
    if (overtakes()) {
        const auto until = std::min(machine_.until(), steady_clock::now() + settings_forwarder::most);
        // What is told needs a place as well, and there may be no other.
        if (request_.place != nullptr)
            request_.place->give_back();
        co_await core_.forwarder.settled(until, request_.cancellation);
        if (request_.place != nullptr)
            if (auto again = co_await core_.context->places->enter(machine_.until(), request_.cancellation,
                                                                   call_limit::use::answer))
                *request_.place = *std::move(again);
        if (steady_clock::now() >= machine_.until())
            co_return machine_.session_failed(
                vmcp::fail(vmcp::errc::backend_timeout, "what its client had set was not taken in time"), {});
        ready_ = core_.state.ready();
    }
    if (!ready_) {
        auto made =
            co_await core_.handshake.ensure(machine_.until(), request_.headers, request_.cancellation);
        if (!made)
            co_return machine_.session_failed(made.error(), core_.handshake.refusal());
        ready_ = std::move(*made);
    }
    if (core_.stream.unsettled())
        co_await core_.stream.settled(request_.cancellation);
    co_return session_found();
}

exchange_action backend_call::begin() {
    const auto id = core_.state.next_id();
    running_.emplace(
        core_.router, id, asker_of(request_), home_.executor(), [this] { on_mail(); },
        [this] { on_question_answered(); }, home_.memory());
    id_ = std::to_string(id);
    vmcp::splice text(request_.message);
    text.replace(request_.id, id_);
    text.replace(request_.progress_token, id_);
    text.replace(request_.replaced, request_.replacement);
    text.replace(span_.replaced(), span_.raw_parent());
    vmcp::leave_out(text, request_.surplus);
    body_ = text.pieces();
    return machine_.begun(id);
}

const exchange_request& backend_call::http_request() {
    const auto& event = machine_.last_event_id();
    const bool resumes = !event.empty();
    via_ = core_.context->via_of(request_.call);
    const auto& url = core_.context->connections->target().url;
    signature_ =
        signature_of(*credential_, resumes ? "GET" : "POST", url, target(), resumes ? nullptr : &body_);
    fields_ = backend_fields(resumes ? accept_events : accept_both, session_, *credential_, via_,
                             request_.headers, &signature_);
    span_.add_to(fields_);
    if (resumes)
        fields_.push_back({"Last-Event-ID", event});
    http_request_ = {.method = resumes ? "GET" : "POST",
                     .url = &url,
                     .target = target(),
                     .fields = fields_,
                     .body = resumes ? nullptr : &body_};
    return http_request_;
}

// Where requests of this session go, or this one, when a redirect has said so; empty: where the configuration says.
std::string_view backend_call::target() const {
    if (!machine_.moved_to().empty())
        return machine_.moved_to();
    return session_ != nullptr ? std::string_view(session_->target) : std::string_view(posts_to_);
}

vmcp::awaitable<exchange_action> backend_call::rest(exchange_action again) {
    http_.reset();
    connection_.reset();
    if (again.what == kind::rest)
        out_.pause();
    else if (!core_.stream.active())
        co_return machine_.rested(steady_clock::now());
    pause_.emplace(home_);
    co_await pause_->until(again.until);
    const bool cut = pause_->was_cut();
    pause_.reset();
    if (std::exchange(interrupted_, false) || cancelled())
        co_return again;
    if (cut)
        co_return machine_.expired("the gateway ends", {});
    co_return machine_.rested(steady_clock::now());
}

} // namespace transport
