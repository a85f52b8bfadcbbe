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

vmcp::awaitable<vmcp::result<void>> http_session::request(const backend_request& what,
                                                          vmcp::reply_sink& out) {
    if (what.call != nullptr)
        core_->as.called_by(what.call->terms().from);
    if (what.method == "resources/subscribe" || what.method == "resources/unsubscribe")
        return change_subscription(what, out);
    return backend_call::run(*core_, what, out);
}

vmcp::awaitable<vmcp::result<std::string>> http_session::fetch(std::string_view method, std::string params,
                                                               own_terms terms) {
    const auto self = shared_from_this();
    const own_request request(method, params);
    credential_ptr with;
    auto what = request.view();
    what.timeout = terms.timeout;
    what.cancellation = terms.cancellation;
    what.met = terms.met;
    what.sent_with = &with;
    own_sink answer;
    const auto done = co_await backend_call::run(*core_, what, answer);
    if (terms.sent_with != nullptr)
        *terms.sent_with = with;
    if (!done)
        co_return done.error();
    std::string words;
    auto result = answer.result_of(method, *with, words);
    if (!result && terms.met != nullptr)
        *terms.met = {.words = std::move(words)};
    co_return result;
}

void http_session::tell(std::string_view method, std::string params) {
    if (closed() || !core_->state.ready())
        return;
    worker::current().spawn(
        [](std::shared_ptr<http_session> self, std::string_view what,
           std::string with) -> asio::awaitable<void> {
            constexpr milliseconds limit{5'000};
            co_await self->fetch(what, std::move(with), {.timeout = limit});
        }(shared_from_this(), method, std::move(params)),
        "a request of the gateway's own");
}

// ---- subscriptions

// Not all of them are the backend's business: one that is refused, one that others still need.
vmcp::awaitable<vmcp::result<void>> http_session::change_subscription(const backend_request& what,
                                                                      vmcp::reply_sink& out) {
    const auto given = vmcp::json_member(vmcp::json_member(what.message, "params", backend_json_depth).raw,
                                         "uri", backend_json_depth);
    const auto uri = vmcp::unquoted(what.replacement.empty() ? given.raw : what.replacement).value_or("");
    const auto* client = what.call != nullptr ? what.call->terms().session.get() : nullptr;
    if (what.method == "resources/subscribe") {
        if (auto allowed = check_subscription(uri, client); !allowed)
            co_return allowed;
    } else if (!core_->as.of_one_client && core_->audience.step_aside(client, uri)) {
        co_await out.done(vmcp::reply::of_result("{}"));
        co_return vmcp::result<void>();
    }
    co_return co_await backend_call::run(*core_, what, out);
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
}

// ---- the rest of what a client sets

void http_session::roots_changed(std::string notification) {
    core_->messages.send(std::move(notification));
}

void http_session::set_log_level(vmcp::log_level level) {
    core_->settings.set_level(level);
    const auto session = core_->state.ready();
    if (session && session->offers("logging"))
        tell("logging/setLevel", level_params(level));
}

void http_session::listen() {
    core_->stream.want();
}

void http_session::close() {
    if (!core_->state.close())
        return;
    core_->stream.stop();
    core_->ending.end_if_due();
}

} // namespace transport
