#include "transport/mcp/back/http_session.hpp"

#include "transport/mcp/back/backend_call.hpp"
#include "transport/mcp/back/own_request.hpp"
#include "vmcp/base/json_text.hpp"

#include <fmt/format.h>

#include <utility>

namespace transport {

using vmcp::errc;

http_session::http_session(std::shared_ptr<const backend_context> context, std::string client_capabilities,
                           vmcp::protocol_version version,
                           const std::shared_ptr<vmcp::client_session>& client,
                           std::shared_ptr<const vmcp::caller> caller)
    : core_(std::make_shared<session_core>(std::move(context), std::move(client_capabilities), version,
                                           client, std::move(caller))) {
    // What the client set before it used this backend is told in the handshake.
    if (client)
        core_->settings.set_level(client->level());
}

http_session::~http_session() = default;

vmcp::awaitable<vmcp::result<session_state::session_ptr>>
http_session::ensure(vmcp::steady_clock::time_point until, vmcp::cancellation* control) {
    return core_->handshake.ensure(until, nullptr, control);
}

// ---- requests

vmcp::awaitable<vmcp::result<void>> http_session::request(const backend_request& request,
                                                          vmcp::reply_sink& out) {
    if (request.call != nullptr) {
        if (!core_->as.of_gateway)
            core_->as.called_by(request.call->terms().from);
        core_->own_lists.called();
    }
    if (request.method == "resources/subscribe" || request.method == "resources/unsubscribe")
        return change_subscription(request, out);
    return backend_call::run(*core_, request, out);
}

vmcp::awaitable<vmcp::result<std::string>> http_session::fetch(std::string_view method, std::string params,
                                                               own_terms terms) {
    return exchange_own(core_, method, std::move(params), terms);
}

// A backend whose sessions have no ids can tell only in words that it has forgotten one.
vmcp::awaitable<vmcp::result<void>> http_session::ping(own_terms terms) {
    const auto core = core_;
    const auto until = vmcp::steady_clock::now() + terms.timeout;
    for (bool again = false;; again = true) {
        const own_request request("ping", {});
        auto view = request.view();
        view.until = until;
        view.cancellation = terms.cancellation;
        view.met = terms.met;
        view.fresh = true;
        own_sink answer;
        const auto done = co_await backend_call::run(*core, view, answer);
        if (!done || answer.shows_living_session())
            co_return done;
        if (again)
            co_return vmcp::fail(errc::backend_protocol,
                                 "it does not know the session that it has just opened");
        if (const auto in = core->state.ready())
            core->ending.give_up(in, true);
    }
}

std::optional<vmcp::protocol_version> http_session::version() const {
    const auto in = core_->state.ready();
    return in ? std::optional(in->version) : std::nullopt;
}

void http_session::tell(std::string_view method, std::string params, const std::string& subject) {
    if (!closed() && core_->state.ready() && to_tell_.put(subject, {method, std::move(params)}))
        worker::current().spawn(tell_newest(shared_from_this(), subject), "a request of the gateway's own");
}

vmcp::awaitable<void> http_session::tell_newest(std::shared_ptr<http_session> self, std::string subject) {
    constexpr milliseconds limit{5'000};
    constexpr milliseconds patience{60'000};
    do {
        const auto place = co_await self->core_->context->places->enter(vmcp::steady_clock::now() + patience,
                                                                        nullptr, call_limit::use::errand);
        auto notice = self->to_tell_.take(subject);
        if (place && notice && !self->closed())
            co_await self->fetch(notice->method, std::move(notice->params), {.timeout = limit});
    } while (!self->to_tell_.is_done(subject));
}

// ---- subscriptions

// Not all of them are the backend's business: one that is refused, one that others still need.
vmcp::awaitable<vmcp::result<void>> http_session::change_subscription(const backend_request& request,
                                                                      vmcp::reply_sink& out) {
    const auto given = vmcp::json_member(vmcp::json_member(request.message, "params", backend_json_depth).raw,
                                         "uri", backend_json_depth);
    const auto uri =
        vmcp::unquoted(request.replacement.empty() ? given.raw : request.replacement).value_or("");
    const auto* client = request.call != nullptr ? request.call->terms().session.get() : nullptr;
    if (request.method == "resources/subscribe") {
        if (auto allowed = check_subscription(uri, client); !allowed)
            co_return allowed;
    } else if (!core_->as.of_one_client && core_->audience.step_aside(client, uri)) {
        co_await out.done(vmcp::reply::of_result("{}"));
        co_return vmcp::result<void>();
    }
    co_return co_await backend_call::run(*core_, request, out);
}

vmcp::result<void> http_session::check_subscription(const std::string& uri,
                                                    const vmcp::client_session* client) const {
    if (uri.size() > session_settings::max_subscribed_uri)
        return vmcp::fail(errc::invalid_params,
                          fmt::format("\"uri\" has {} bytes; subscriptions may have {}", uri.size(),
                                      session_settings::max_subscribed_uri));
    const auto has = core_->as.of_one_client ? core_->settings.subscription_count()
                                             : core_->audience.subscriptions_of(client);
    if (has >= session_settings::max_subscriptions)
        return vmcp::fail(errc::invalid_params,
                          fmt::format("this session has {} subscriptions with this backend already; "
                                      "unsubscribe from some of them first",
                                      has));
    return {};
}

void http_session::remember_subscription(const std::string& uri, bool subscribed) {
    core_->settings.subscribe(uri, subscribed);
    if (subscribed)
        listen();
    else
        core_->stream.look_again();
}

// ---- the rest of what a client sets

void http_session::roots_changed(std::string notification) {
    core_->forwarder.roots_changed(std::move(notification));
}

void http_session::set_log_level(vmcp::log_level level) {
    core_->settings.set_level(level);
    core_->forwarder.level_set();
}

void http_session::listen() {
    core_->stream.want();
    core_->renewal.look(); // it may have been lost while nobody needed it
}

void http_session::stop_listening() {
    core_->stream.look_again();
}

void http_session::close() {
    if (!core_->state.close())
        return;
    core_->stream.stop();
    core_->own_lists.stop();
    core_->ending.end_if_due();
}

} // namespace transport
