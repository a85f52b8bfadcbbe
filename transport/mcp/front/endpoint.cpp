#include "transport/mcp/front/endpoint.hpp"

#include "transport/http/accept.hpp"

#include <boost/beast/core/string.hpp>

#include <fmt/format.h>

namespace transport {

namespace http = boost::beast::http;
using vmcp::errc;
using vmcp::fail;

namespace {

constexpr std::string_view allowed_methods = "GET, POST, DELETE";

vmcp::credentials_view credentials_of(const http_request& request) {
    return {.method = std::string_view(request.head.method_string()),
            .path = request.path,
            .query = request.query,
            .each_field = [&head = request.head](std::string_view name, const auto& visit) {
                for (const auto& field : head)
                    if (boost::beast::iequals(field.name_string(), name))
                        visit(std::string_view(field.value()));
            }};
}

} // namespace

// The order of the checks is that of cost and of trust: whom we would not serve learns nothing else.
asio::awaitable<void> endpoint::handle(http_request& http) {
    admitted_request request{
        .http = http, .settings = settings_.load(), .fields = read_request_fields(http.head)};
    ++counters_.requests;
    if (!co_await check_origin(request))
        co_return;
    const auto method = http.head.method();
    if (method == http::verb::options && request.fields.origin) {
        co_await preflight(request);
        co_return;
    }
    if (!co_await authenticate(request))
        co_return;
    if (method != http::verb::post && method != http::verb::get && method != http::verb::delete_) {
        request.cors.push_back({"Allow", allowed_methods});
        co_await request.refuse(fail(errc::method_not_allowed));
        co_return;
    }
    if (!co_await check_version(request))
        co_return;
    if (method == http::verb::post)
        co_await post(request);
    else if (method == http::verb::get)
        co_await legacy_.listen(request);
    else
        co_await legacy_.end_session(request);
}

asio::awaitable<bool> endpoint::check_origin(admitted_request& request) {
    const auto& fields = request.fields;
    const auto verdict = check_origin_and_host(fields.origin, fields.host, request.settings->origins);
    if (verdict == origin_verdict::allowed) {
        if (fields.origin)
            append_cors_fields(request.cors, *fields.origin);
        co_return true;
    }
    ++counters_.refused;
    co_await request.refuse(fail(errc::origin_refused,
                                 verdict == origin_verdict::origin_refused
                                     ? fmt::format("Origin {} (see listener.allowedOrigins)", *fields.origin)
                                     : fmt::format("Host {} (see listener.allowedHosts)", fields.host)));
    co_return false;
}

asio::awaitable<void> endpoint::preflight(admitted_request& request) {
    auto& fields = request.cors;
    fields.push_back({"Access-Control-Allow-Methods", allowed_methods});
    std::string allowed =
        "Authorization, Content-Type, Accept, Last-Event-ID, Mcp-Session-Id, MCP-Protocol-Version";
    for (const auto& name : request.settings->passthrough_headers)
        allowed.append(", ").append(name);
    fields.push_back({"Access-Control-Allow-Headers", allowed});
    fields.push_back({"Access-Control-Max-Age", "600"});
    co_await request.http.connection.respond(204, {}, vmcp::gather(), fields);
}

asio::awaitable<bool> endpoint::authenticate(admitted_request& request) {
    auto outcome = co_await auth_.authenticate(credentials_of(request.http));
    if (auto* who = std::get_if<std::shared_ptr<const vmcp::caller>>(&outcome)) {
        request.from = std::move(*who);
        co_return true;
    }
    ++counters_.refused;
    const auto& refused = std::get<vmcp::challenge>(outcome);
    auto fields = request.cors;
    for (const auto& [name, value] : refused.fields)
        fields.push_back({name, value});
    co_await request.http.connection.refuse(refused.why, {}, fields);
    co_return false;
}

asio::awaitable<bool> endpoint::check_version(admitted_request& request) {
    const auto& given = request.fields.protocol_version;
    if (!given)
        co_return true;
    request.version = vmcp::parse_version(*given);
    if (request.version && *request.version >= vmcp::protocol_version::v2025_03_26)
        co_return true;
    ++counters_.refused;
    co_await request.refuse(
        fail(errc::unsupported_protocol_version,
             fmt::format("MCP-Protocol-Version {} (supported: 2025-11-25, 2025-06-18, 2025-03-26)", *given)));
    co_return false;
}

asio::awaitable<void> endpoint::post(const admitted_request& request) {
    if (!is_json(request.fields.content_type)) {
        co_await request.refuse(fail(errc::unsupported_media_type));
        co_return;
    }
    if (!request.fields.accepts.json() || !request.fields.accepts.event_stream()) {
        co_await request.refuse(
            fail(errc::not_acceptable, "Accept must list application/json and text/event-stream"));
        co_return;
    }
    if (vmcp::looks_like_batch(request.http.body)) {
        co_await legacy_.batch(request);
        co_return;
    }
    const auto m = vmcp::read_message(request.http.body, request.settings->max_json_depth);
    if (!m)
        co_await request.refuse(m.error());
    else
        co_await legacy_.post(request, *m);
}

} // namespace transport
