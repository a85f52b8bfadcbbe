#include "vmcp/program/trial_calls.hpp"

#include "transport/admin/bearer.hpp"
#include "transport/http/accept.hpp"
#include "vmcp/base/ascii.hpp"
#include "vmcp/base/excerpt.hpp"
#include "vmcp/base/scoped_count.hpp"

#include <fmt/format.h>

namespace vmcp {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using transport::admitted_request;
using transport::http_request;

namespace {

std::optional<failure> media_problem(const admitted_request& request) {
    if (!transport::is_json(request.fields.content_type))
        return fail(errc::unsupported_media_type);
    if (!request.fields.accepts.json() || !request.fields.accepts.names_event_stream())
        return fail(errc::not_acceptable, "Accept must list application/json and text/event-stream");
    return std::nullopt;
}

} // namespace

bool is_same_site(const std::optional<std::string_view>& origin, std::string_view host) noexcept {
    if (!origin)
        return true;
    const auto scheme = origin->find("://");
    return scheme != std::string_view::npos && !host.empty() && iequals(origin->substr(scheme + 3), host);
}

trial_calls::trial_calls(parts parts, bounds within)
    : of_(parts)
    , within_(within)
    , ids_(parts.via.instance())
    , operator_(std::make_shared<caller>(
          caller{.who = {std::string(operator_issuer), std::string(operator_subject)},
                 .claims = fmt::format(R"({{"iss":"{}","sub":"{}"}})", operator_issuer, operator_subject)})) {
}

// What clients' requests may pass on to backends is theirs; a page's header fields are its browser's and the token.
std::shared_ptr<const transport::front_settings> trial_calls::settings_of_call() const {
    auto out = std::make_shared<transport::front_settings>(*of_.settings.load());
    out->passthrough_headers.clear();
    return out;
}

asio::awaitable<bool> trial_calls::let_in(const admitted_request& request) {
    const auto settings = of_.current.load()->settings;
    const auto& token = settings->admin.token;
    if (request.http.head.method() != http::verb::post)
        co_await request.refuse(fail(errc::method_not_allowed), {{"Allow", "POST"}});
    else if (!is_same_site(request.fields.origin, request.http.host))
        co_await request.refuse(
            fail(errc::origin_refused, fmt::format("Origin {}: only the status page itself calls tools here",
                                                   excerpt_of(*request.fields.origin))));
    else if (token.empty())
        co_await request.refuse(fail(errc::forbidden, "trying calls is off: set admin.token"));
    else if (!transport::carries_token(request.fields.authorization, token))
        co_await request.refuse(fail(errc::unauthorized, "send \"Authorization: Bearer <admin.token>\""),
                                {{"WWW-Authenticate", R"(Bearer realm="vmcp admin")"}});
    else if (const auto problem = media_problem(request))
        co_await request.refuse(*problem);
    else
        co_return true;
    co_return false;
}

asio::awaitable<bool> trial_calls::admit(http_request& request) {
    request.max_body = within_.most_bytes;
    request.why_so_long = "for a call that is tried";
    const admitted_request judged(request, ids_.id_for({}), settings_of_call(), of_.records);
    co_return co_await let_in(judged);
}

asio::awaitable<void> trial_calls::handle(http_request& http) {
    admitted_request request(http, ids_.id_for({}), settings_of_call(), of_.records);
    if (!co_await let_in(request))
        co_return;
    const scoped_count one(running_);
    if (running_ > within_.most) {
        co_await request.refuse(
            fail(errc::too_many_requests, fmt::format("{} calls are tried already", within_.most)));
        co_return;
    }
    const auto m = read_message(http.body, request.settings->max_json_depth);
    if (!m) {
        co_await request.refuse(m.error());
        co_return;
    }
    if (m->type != message::kind::request || m->method != "tools/call") {
        co_await request.refuse(fail(errc::invalid_request, "only tools/call is taken here"));
        co_return;
    }
    request.from = operator_;
    request.deadline = steady_clock::now() + within_.longest;
    co_await of_.front.post(request, *m);
}

} // namespace vmcp
