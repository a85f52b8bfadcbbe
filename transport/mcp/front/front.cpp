#include "transport/mcp/front/front.hpp"

#include "transport/mcp/front/post_reply.hpp"
#include "vmcp/base/log.hpp"
#include "vmcp/base/scoped_count.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/socket.h>

#include <fmt/format.h>

#include <cerrno>

namespace transport {

namespace http = boost::beast::http;
using vmcp::errc;
using vmcp::fail;
using vmcp::message;

namespace {

constexpr std::string_view allowed_methods = "GET, POST, DELETE";

} // namespace

// The order of the checks is that of cost and of trust: whom we would not serve learns nothing else.
asio::awaitable<void> front::handle(http_request& request) {
    auto& connection = request.connection;
    caller from{.settings = settings_.load()};
    ++counters_.requests;

    from.fields = read_front_fields(request.head);
    const auto& fields = from.fields;
    const auto verdict = check_origin_and_host(fields.origin, fields.host, from.settings->origins);
    if (verdict != origin_verdict::allowed) {
        ++counters_.refused;
        co_await connection.refuse(fail(
            errc::origin_refused, verdict == origin_verdict::origin_refused
                                      ? fmt::format("Origin {} (see listener.allowedOrigins)", *fields.origin)
                                      : fmt::format("Host {} (see listener.allowedHosts)", fields.host)));
        co_return;
    }
    if (fields.origin)
        append_cors_fields(from.cors, *fields.origin);
    if (request.head.method() == http::verb::options && fields.origin) {
        from.cors.push_back({"Access-Control-Allow-Methods", allowed_methods});
        std::string allowed =
            "Authorization, Content-Type, Accept, Last-Event-ID, Mcp-Session-Id, MCP-Protocol-Version";
        for (const auto& name : from.settings->passthrough_headers)
            allowed.append(", ").append(name);
        from.cors.push_back({"Access-Control-Allow-Headers", allowed});
        from.cors.push_back({"Access-Control-Max-Age", "600"});
        co_await connection.respond(204, {}, vmcp::gather(), from.cors);
        co_return;
    }

    auto who = co_await auth_.authenticate(fields.authorization);
    if (!who) {
        ++counters_.refused;
        co_await connection.refuse(who.error(), {}, from.cors);
        co_return;
    }
    from.who = std::move(*who);

    const auto method = request.head.method();
    if (method != http::verb::post && method != http::verb::get && method != http::verb::delete_) {
        from.cors.push_back({"Allow", allowed_methods});
        co_await connection.refuse(fail(errc::method_not_allowed), {}, from.cors);
        co_return;
    }
    if (fields.protocol_version) {
        from.version = vmcp::parse_version(*fields.protocol_version);
        if (!from.version || *from.version < vmcp::protocol_version::v2025_03_26) {
            ++counters_.refused;
            co_await connection.refuse(
                fail(errc::unsupported_protocol_version,
                     fmt::format("MCP-Protocol-Version {} (supported: 2025-11-25, 2025-06-18, 2025-03-26)",
                                 *fields.protocol_version)),
                {}, from.cors);
            co_return;
        }
    }
    if (method == http::verb::post)
        co_await post(request, from);
    else if (method == http::verb::get)
        co_await get(request, from);
    else
        co_await end_session(request, from);
}

vmcp::result<std::shared_ptr<vmcp::client_session>> front::session_of(const caller& from) {
    if (!from.fields.session_id)
        return fail(errc::session_required,
                    "send initialize first and then the Mcp-Session-Id of its response");
    auto session = sessions_.find(*from.fields.session_id, *from.who, vmcp::steady_clock::now());
    if (!session)
        return fail(errc::session_not_found, "it ended or never was; send initialize to open a new one");
    return session;
}

stream_options front::options_for(const vmcp::client_session& session, const caller& from) {
    return {.keep_alive = from.settings->keep_alive,
            .retry = from.settings->retry,
            .replay = from.settings->replay,
            .priming_event = session.version() >= vmcp::protocol_version::v2025_11_25,
            .origin = from.fields.origin.value_or("")};
}

vmcp::call front::make_call(const http_request& request, const caller& from, const message& m,
                            std::shared_ptr<vmcp::client_session> session) const {
    vmcp::call made{.request = m, .session = std::move(session), .who = from.who};
    for (const auto& name : from.settings->passthrough_headers)
        if (const auto value = request.field(name); !value.empty())
            made.headers.emplace_back(name, value);
    return made;
}

asio::awaitable<void> front::post(http_request& request, const caller& from) {
    auto& connection = request.connection;
    if (!is_json(from.fields.content_type)) {
        co_await connection.refuse(fail(errc::unsupported_media_type), {}, from.cors);
        co_return;
    }
    if (!from.fields.accepts.json() || !from.fields.accepts.event_stream()) {
        co_await connection.refuse(
            fail(errc::not_acceptable, "Accept must list application/json and text/event-stream"), {},
            from.cors);
        co_return;
    }
    if (vmcp::looks_like_batch(request.body)) {
        co_await batch(request, from);
        co_return;
    }
    const auto m = vmcp::read_message(request.body, from.settings->max_json_depth);
    if (!m) {
        co_await connection.refuse(m.error(), {}, from.cors);
        co_return;
    }
    if (m->type == message::kind::request && m->method == "initialize") {
        co_await initialize(request, from, *m);
        co_return;
    }
    auto session = session_of(from);
    if (!session) {
        co_await connection.refuse(session.error(), m->id.raw, from.cors);
        co_return;
    }
    if (m->type == message::kind::request)
        co_await one_request(request, from, *m, std::move(*session));
    else
        co_await take(request, from, *m, *session);
}

void front::count(const vmcp::call& what, const server_connection& connection,
                  vmcp::steady_clock::time_point began) {
    counters_.calls.record(what.request.method, end_of(*what.control), connection.home().index(),
                           vmcp::steady_clock::now() - began);
}

asio::awaitable<void> front::initialize(http_request& request, const caller& from, const message& m) {
    const auto began = vmcp::steady_clock::now();
    auto opened = core_.open(m, from.who);
    counters_.calls.record(m.method, opened ? call_end::success : call_end::error,
                           request.connection.home().index(), vmcp::steady_clock::now() - began);
    if (!opened) {
        co_await request.connection.refuse(opened.error(), m.id.raw, from.cors);
        co_return;
    }
    auto fields = from.cors;
    fields.push_back({session_header, opened->session->id()});
    const std::string body = vmcp::result_message(m.id.raw, opened->result);
    co_await request.connection.respond(200, "application/json", vmcp::gather(body), fields);
}

asio::awaitable<void> front::one_request(http_request& request, const caller& from, const message& m,
                                         std::shared_ptr<vmcp::client_session> session) {
    auto& connection = request.connection;
    const auto began = vmcp::steady_clock::now();
    const vmcp::scoped_count in_flight(counters_.in_flight);
    if (counters_.in_flight > from.settings->max_in_flight) {
        co_await connection.refuse(fail(errc::too_many_requests), m.id.raw, from.cors);
        co_return;
    }
    auto what = make_call(request, from, m, session);
    what.control = std::make_shared<vmcp::call_control>(connection.home().executor());
    if (auto begun = session->begin_call(m.id.raw, what.control, from.settings->max_in_flight_per_session);
        !begun) {
        co_await connection.refuse(begun.error(), m.id.raw, from.cors);
        co_return;
    }
    post_reply reply(connection, session, options_for(*session, from));
    if (from.fields.prefers_stream)
        reply.stream_from_now();
    {
        const vmcp::call_scope running(session, what.control);
        co_await core_.handle(what, reply);
    }
    count(what, connection, began);
    if (what.control->cancelled())
        co_await reply.dropped();
    co_await reply.finish();
}

asio::awaitable<void> front::take(http_request& request, const caller& from, const message& m,
                                  const std::shared_ptr<vmcp::client_session>& session) {
    if (m.type == message::kind::notification) {
        const auto what = make_call(request, from, m, session);
        co_await core_.notice(what);
    } else if (!session->answer(m)) {
        vmcp::log::debug("a client answered a question that is no longer open");
    }
    co_await request.connection.respond(202, {}, vmcp::gather(), from.cors);
}

namespace {

// Ends `connection`'s stream soon after the client has closed it, instead of at the next keep-alive.
asio::awaitable<void> watch_peer(std::shared_ptr<server_connection> connection,
                                 std::shared_ptr<client_stream> stream) {
    error_code ec;
    auto& socket = connection->stream().socket();
    co_await socket.async_wait(tcp::socket::wait_read, asio::redirect_error(asio::use_awaitable, ec));
    char byte = 0;
    if (ec)
        co_return; // our own end of the stream
    const auto n = ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)))
        co_return; // bytes (also those of TLS) say nothing
    connection->mark_gone();
    stream->changed().notify_all();
}

} // namespace

asio::awaitable<void> front::get(http_request& request, const caller& from) {
    auto& connection = request.connection;
    if (!from.fields.accepts.event_stream()) {
        co_await connection.refuse(fail(errc::not_acceptable, "Accept must list text/event-stream"), {},
                                   from.cors);
        co_return;
    }
    const auto session = session_of(from);
    if (!session) {
        co_await connection.refuse(session.error(), {}, from.cors);
        co_return;
    }
    const vmcp::scoped_count open(counters_.streams);
    if (counters_.streams > from.settings->max_streams) {
        co_await connection.refuse(
            fail(errc::too_many_requests, "too many event streams (limits.maxStreams)"), {}, from.cors);
        co_return;
    }
    const auto streams = streams_of(**session, from.settings->replay);
    auto stream = streams->general();
    std::optional<std::uint64_t> reader;
    const auto position =
        from.fields.last_event_id ? parse_event_id(*from.fields.last_event_id) : std::nullopt;
    if (position && position->stream == stream->number()) {
        // Replay is a courtesy there, and a client refused for its position would come back with it for ever.
        reader = stream->attach_to_rest(position->sequence);
    } else if (position) {
        stream = streams->find(position->stream);
        reader = stream ? stream->attach(position->sequence) : std::nullopt;
        if (!reader) {
            co_await connection.refuse(
                fail(errc::bad_request,
                     "the events behind this Last-Event-ID are not kept any more; open a new stream"),
                {}, from.cors);
            co_return;
        }
    } else {
        reader = stream->attach(std::nullopt); // also for an id that this server never wrote
    }
    // What the backends have to say outside of calls has somewhere to go now.
    if (stream->number() == 0) {
        for (const auto& backend : (*session)->backends())
            backend->listen();
        (*session)->lists_changed(0);
    }
    const auto self = connection.shared_from_this();
    connection.home().spawn(watch_peer(self, stream), "watching a client");
    // The stream of a call ends with its response, also during a drain.
    if (stream->number() == 0)
        connection.on_drain_do([stream] { stream->finish(); });
    // The watcher waits for this connection's bytes, so that it cannot serve another request.
    connection.close_after_answer();
    co_await write_stream(connection, stream, *reader, options_for(**session, from));
    connection.mark_gone();
}

asio::awaitable<void> front::end_session(http_request& request, const caller& from) {
    const auto session = session_of(from);
    if (!session) {
        co_await request.connection.refuse(session.error(), {}, from.cors);
        co_return;
    }
    sessions_.end(*session, vmcp::session_end::deleted);
    co_await request.connection.respond(200, {}, vmcp::gather(), from.cors);
}

} // namespace transport
