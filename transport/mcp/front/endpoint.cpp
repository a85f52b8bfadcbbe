#include "transport/mcp/front/endpoint.hpp"

#include "transport/http/accept.hpp"

#include "vmcp/base/ascii.hpp"
#include "vmcp/base/excerpt.hpp"

#include <fmt/format.h>

namespace transport {

namespace http = boost::beast::http;
using vmcp::errc;
using vmcp::fail;

namespace {

constexpr std::string_view allowed_methods = "GET, POST, DELETE";

// Which header fields repeat arguments depends on the tool: a page may send all that have the prefix.
void append_mirrored_params(std::string& allowed, std::string_view asked) {
    constexpr std::size_t longest = 2'048;
    asked = asked.substr(0, longest);
    while (!asked.empty()) {
        const auto comma = std::min(asked.find(','), asked.size());
        auto name = asked.substr(0, comma);
        asked.remove_prefix(std::min(comma + 1, asked.size()));
        name.remove_prefix(std::min(name.find_first_not_of(' '), name.size()));
        if (vmcp::istarts_with(name, "mcp-param-"))
            allowed.append(", ").append(name);
    }
}

vmcp::credentials_view credentials_of(http_request& request) {
    return {
        .method = std::string_view(request.head.method_string()),
        .path = request.path,
        .query = request.query,
        .each_field =
            [&head = request.head](std::string_view name, const auto& visit) {
                for (const auto& field : head)
                    if (vmcp::iequals(field.name_string(), name))
                        visit(std::string_view(field.value()));
            },
        .peer = [&connection = request.connection] { return connection.peer(); },
        .client_certificate = [&from = request.connection] { return from.stream().client_certificate(); }};
}

} // namespace

// The order of the checks is that of cost and of trust: whom we would not serve learns nothing else.
asio::awaitable<void> endpoint::handle(http_request& http) {
    admitted_request request(http, ids_.id_for(http.field(request_id_header)), settings_.load(), records_);
    ++counters_.requests;
    if (!co_await check_place(request) || !co_await check_origin(request))
        co_return;
    const auto method = http.head.method();
    if (method == http::verb::options && request.fields.origin) {
        co_await preflight(request);
        co_return;
    }
    if (!co_await authenticate(request))
        co_return;
    if (const auto place = sse_place_of(http.path)) {
        co_await serve_sse(request, *place);
        co_return;
    }
    if (method != http::verb::post && method != http::verb::get && method != http::verb::delete_) {
        co_await request.refuse(fail(errc::method_not_allowed), {{"Allow", allowed_methods}});
        co_return;
    }
    if (!co_await check_fields(request))
        co_return;
    if (method == http::verb::post) {
        co_await post(request);
        co_return;
    }
    if (request.fields.protocol_version && is_stateless_revision(*request.fields.protocol_version)) {
        co_await request.refuse(fail(errc::method_not_allowed), {{"Allow", "POST"}});
        co_return;
    }
    if (!co_await check_version(request))
        co_return;
    if (method == http::verb::get)
        co_await legacy_.listen(request);
    else
        co_await legacy_.end_session(request);
}

asio::awaitable<bool> endpoint::admit(http_request& http) {
    admitted_request request(http, ids_.id_for(http.field(request_id_header)), settings_.load(), records_);
    const bool admitted = co_await judge_early(request);
    if (!admitted)
        ++counters_.requests; // else handle() counts it
    co_return admitted;
}

// In the order of handle(), which judges the same again: what it needs to know of a request lives as long as that.
asio::awaitable<bool> endpoint::judge_early(admitted_request& request) {
    constexpr std::size_t most_without_use = 64 * 1024;
    constexpr std::size_t most_to_refuse = std::size_t{1} << 20;
    auto& http = request.http;
    if (!co_await check_place(request) || !co_await check_origin(request))
        co_return false;
    const auto method = http.head.method();
    if (method != http::verb::post) {
        http.max_body = most_without_use;
        http.why_so_long = "only what is sent by POST is longer";
    }
    if (method == http::verb::options)
        co_return true;
    if (!co_await authenticate(request, true))
        co_return false;
    if (method != http::verb::post)
        co_return true;
    if (!co_await check_fields(request))
        co_return false;
    if (const auto problem = media_problem(request)) {
        co_await request.refuse(*problem);
        co_return false;
    }
    if (sse_place_of(http.path) == sse_place::messages)
        co_return co_await sse_.admit(request);
    const auto& named = request.fields.protocol_version;
    if (named && is_stateless_revision(*named))
        co_return true; // such requests belong to no session
    if (named && !vmcp::parse_version(*named) && !request.fields.session_id) {
        // Its body decides how it is refused: a client without a session, if that is what it is, is told which revisions there are.
        if (http.max_body > most_to_refuse) {
            http.max_body = most_to_refuse;
            http.why_so_long = "with a MCP-Protocol-Version that nobody here speaks";
        }
        co_return true;
    }
    co_return co_await check_version(request) && co_await legacy_.admit(request);
}

asio::awaitable<bool> endpoint::check_place(admitted_request& request) {
    if (request.settings->sse || !sse_place_of(request.http.path))
        co_return true;
    co_await request.refuse(
        fail(errc::not_found,
             fmt::format("nothing is at {}; MCP is at /mcp, and the HTTP+SSE transport of 2024-11-05 "
                         "is off (listener.sse)",
                         request.http.path)));
    co_return false;
}

asio::awaitable<void> endpoint::serve_sse(admitted_request& request, sse_place place) {
    const auto wanted = place == sse_place::stream ? http::verb::get : http::verb::post;
    if (request.http.head.method() != wanted) {
        co_await request.refuse(fail(errc::method_not_allowed),
                                {{"Allow", place == sse_place::stream ? "GET" : "POST"}});
        co_return;
    }
    if (!co_await check_fields(request))
        co_return;
    if (place == sse_place::stream)
        co_await sse_.listen(request);
    else if (!is_json(request.fields.content_type))
        co_await request.refuse(fail(errc::unsupported_media_type));
    else
        co_await sse_.post(request);
}

asio::awaitable<bool> endpoint::check_origin(admitted_request& request) {
    const auto& fields = request.fields;
    const auto verdict = check_origin_and_host(fields.origin, request.http.host, request.settings->origins);
    if (verdict == origin_verdict::allowed) {
        if (fields.origin)
            append_cors_fields(request.common, *fields.origin);
        co_return true;
    }
    ++counters_.refused;
    co_await request.refuse(
        fail(errc::origin_refused,
             verdict == origin_verdict::origin_refused
                 ? fmt::format("Origin {} (see listener.allowedOrigins)", vmcp::excerpt_of(*fields.origin))
                 : fmt::format("Host {} (see listener.allowedHosts)", vmcp::excerpt_of(request.http.host))));
    co_return false;
}

asio::awaitable<void> endpoint::preflight(admitted_request& request) {
    auto& fields = request.common;
    fields.push_back({"Access-Control-Allow-Methods", allowed_methods});
    std::string allowed =
        "Authorization, DPoP, Content-Type, Accept, Last-Event-ID, Mcp-Session-Id, MCP-Protocol-Version, "
        "Mcp-Method, Mcp-Name";
    for (const auto& name : request.settings->passthrough_headers)
        allowed.append(", ").append(name);
    append_mirrored_params(allowed, request.http.field("Access-Control-Request-Headers"));
    fields.push_back({"Access-Control-Allow-Headers", allowed});
    fields.push_back({"Access-Control-Max-Age", "600"});
    co_await request.http.connection.respond(204, {}, vmcp::gather(), fields);
}

asio::awaitable<bool> endpoint::authenticate(admitted_request& request, bool early) {
    auto credentials = credentials_of(request.http);
    credentials.early = early;
    auto outcome = co_await auth_.authenticate(credentials);
    if (auto* who = std::get_if<std::shared_ptr<const vmcp::caller>>(&outcome)) {
        request.from = std::move(*who);
        co_return true;
    }
    ++counters_.refused;
    const auto& refused = std::get<vmcp::challenge>(outcome);
    std::vector<header_field> fields;
    fields.reserve(refused.fields.size());
    for (const auto& [name, value] : refused.fields)
        fields.push_back({name, value});
    co_await request.refuse(refused.why, std::move(fields));
    co_return false;
}

// Empty: the fields make sense together.
std::optional<vmcp::failure> endpoint::problem_of(admitted_request& request) {
    const auto& fields = request.fields;
    if (!via_.admit(fields.via, vmcp::steady_clock::now()))
        return fail(errc::request_loop,
                    fmt::format("Via names {}: one of its backends, or one of theirs, is this gateway itself",
                                via_.pseudonym()));
    if (!fields.contradiction.empty()) {
        const bool stateless = fields.contradiction == version_header && fields.protocol_version &&
                               is_stateless_revision(*fields.protocol_version);
        return fail(stateless ? errc::header_mismatch : errc::bad_request,
                    fmt::format("{} is given twice, with different values", fields.contradiction));
    }
    return std::nullopt;
}

// Of a request that does not speak a stateless revision.
asio::awaitable<bool> endpoint::check_version(admitted_request& request) {
    const auto& named = request.fields.protocol_version;
    if (!named)
        co_return true;
    request.version = vmcp::parse_version(*named);
    if (request.version && *request.version >= vmcp::protocol_version::v2025_03_26)
        co_return true;
    ++counters_.refused;
    co_await request.refuse(
        fail(errc::unsupported_protocol_version,
             fmt::format("MCP-Protocol-Version {} (supported: {}, 2025-11-25, 2025-06-18, 2025-03-26)",
                         vmcp::excerpt_of(*named), vmcp::stateless_version)));
    co_return false;
}

asio::awaitable<bool> endpoint::check_fields(admitted_request& request) {
    const auto problem = problem_of(request);
    if (!problem)
        co_return true;
    ++counters_.refused;
    co_await request.refuse(*problem);
    co_return false;
}

std::optional<vmcp::failure> endpoint::media_problem(const admitted_request& request) {
    if (!is_json(request.fields.content_type))
        return fail(errc::unsupported_media_type);
    if (!request.fields.accepts.json() && !request.fields.accepts.event_stream())
        return fail(errc::not_acceptable, "Accept must list application/json, text/event-stream or both");
    return std::nullopt;
}

asio::awaitable<void> endpoint::post(admitted_request& request) {
    if (const auto problem = media_problem(request)) {
        co_await request.refuse(*problem);
        co_return;
    }
    const bool batch = vmcp::looks_like_batch(request.http.body);
    const auto& named = request.fields.protocol_version;
    if (batch && named && is_stateless_revision(*named)) {
        co_await request.refuse(fail(errc::batch_not_allowed));
        co_return;
    }
    if (batch) {
        if (co_await check_version(request))
            co_await legacy_.batch(request);
        co_return;
    }
    const auto m = vmcp::read_message(request.http.body, request.settings->max_json_depth);
    if (!m)
        co_await request.refuse(m.error());
    else if (speaks_stateless(request.fields, *m))
        co_await modern_.post(request, *m);
    else if (co_await check_version(request))
        co_await legacy_.post(request, *m);
}

} // namespace transport
