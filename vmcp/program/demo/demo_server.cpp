#include "vmcp/program/demo/demo_server.hpp"

#include "transport/http/accept.hpp"
#include "transport/mcp/front/stream_writer.hpp"
#include "vmcp/base/json_text.hpp"
#include "vmcp/base/program.hpp"

#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include <openssl/rand.h>

#include <algorithm>
#include <array>

namespace vmcp {

namespace asio = transport::asio;
namespace http = boost::beast::http;
using transport::http_request;

namespace {

constexpr std::size_t max_sessions = 10'000;
constexpr std::string_view json_type = "application/json";

std::string new_session_id() {
    std::array<unsigned char, 16> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
        throw std::runtime_error("no random bytes");
    std::string out;
    for (const auto byte : bytes)
        out += fmt::format("{:02x}", byte);
    return out;
}

transport::stream_options options_for(const demo_session& session) {
    return {.priming_event = session.version >= protocol_version::v2025_11_25};
}

asio::awaitable<void> write_stream(transport::server_connection& connection,
                                   std::shared_ptr<transport::client_stream> stream, std::uint64_t reader,
                                   const demo_session& session) {
    connection.on_drain_do([stream] { stream->finish(); });
    co_await transport::write_stream(connection, stream, reader, options_for(session));
}

} // namespace

demo_server::demo_server(std::string name, std::unique_ptr<demo_content> content, bool loopback)
    : name_(std::move(name))
    , content_(std::move(content)) {
    origins_.loopback_listener = loopback;
    content_->announce = [this](std::string_view method, demo_json params) { announce(method, params); };
}

demo_server::~demo_server() = default;

asio::awaitable<void> demo_server::handle(http_request& request) {
    auto& connection = request.connection;
    const auto origin = request.has_field("Origin") ? std::optional(request.field("Origin")) : std::nullopt;
    if (check_origin_and_host(origin, request.host, origins_) != transport::origin_verdict::allowed) {
        co_await connection.refuse(fail(errc::origin_refused));
        co_return;
    }
    if (request.path != "/mcp") {
        co_await connection.refuse(fail(errc::not_found, "the MCP endpoint is /mcp"));
        co_return;
    }
    switch (request.head.method()) {
    case http::verb::post:
        co_await post(request);
        break;
    case http::verb::get:
        co_await get(request);
        break;
    case http::verb::delete_:
        co_await end_session(request);
        break;
    default: // verb is Beast's, with two dozen methods
        const std::array<transport::header_field, 1> allow{{{"Allow", "GET, POST, DELETE"}}};
        co_await connection.refuse(fail(errc::method_not_allowed), {}, allow);
    }
}

asio::awaitable<void> demo_server::post(http_request& request) {
    auto& connection = request.connection;
    if (!transport::is_json(request.field("Content-Type"))) {
        co_await connection.refuse(fail(errc::unsupported_media_type));
        co_return;
    }
    const bool is_batch = looks_like_batch(request.body);
    const auto m = is_batch ? result<message>(message{}) : read_message(request.body);
    if (!m) {
        co_await connection.refuse(m.error());
        co_return;
    }
    if (m->type == message::kind::request && m->method == "initialize") {
        co_await initialize(request, *m);
        co_return;
    }
    const auto session = session_of(request);
    if (!session) {
        co_await connection.refuse(session.error(), m->id.raw);
    } else if (is_batch) {
        co_await batch(request, *session);
    } else if (m->type == message::kind::notification) {
        take_notification(*m, **session);
        co_await connection.respond(202, {}, gather());
    } else if (m->type != message::kind::request) {
        co_await connection.respond(202, {}, gather()); // this server asks nothing, so nobody waits for it
    } else if (m->method == "tools/call" && content_->is_slow(unquoted(m->param.name.raw).value_or(""))) {
        co_await stream_call(request, *m, *session);
    } else {
        const auto text = co_await answer(*m, *session, nullptr);
        co_await connection.respond(200, json_type, gather(text));
    }
}

asio::awaitable<void> demo_server::initialize(http_request& request, const message& m) {
    const auto params = params_of(m);
    const auto session = open_session(negotiate(text_argument(params, "protocolVersion")));
    const demo_json capabilities{{"tools", demo_json::object()},
                                 {"resources", {{"subscribe", true}, {"listChanged", true}}},
                                 {"prompts", demo_json::object()},
                                 {"completions", demo_json::object()},
                                 {"logging", demo_json::object()}};
    const demo_json result{{"protocolVersion", text_of(session->version)},
                           {"capabilities", capabilities},
                           {"serverInfo", {{"name", name_}, {"version", program_version}}},
                           {"instructions", content_->instructions()}};
    const auto text = result_message(m.id.raw, json_text(result));
    const std::array<transport::header_field, 1> fields{{{"Mcp-Session-Id", session->id}}};
    co_await request.connection.respond(200, json_type, gather(text), fields);
}

// JSON-RPC batches exist in MCP 2025-03-26 only (basic, "Batching").
asio::awaitable<void> demo_server::batch(http_request& request, session_ptr session) {
    const auto parts = read_batch(request.body, 100);
    if (!parts || session->version != protocol_version::v2025_03_26) {
        co_await request.connection.refuse(parts ? fail(errc::batch_not_allowed) : parts.error());
        co_return;
    }
    std::string out;
    for (const auto part : *parts) {
        const auto m = read_message(part);
        if (!m)
            out.append(out.empty() ? "[" : ",").append(error_message({}, m.error()));
        else if (m->type == message::kind::notification)
            take_notification(*m, *session);
        else if (m->type == message::kind::request)
            out.append(out.empty() ? "[" : ",").append(co_await answer(*m, session, nullptr));
    }
    out.append(out.empty() ? "" : "]");
    co_await request.connection.respond(out.empty() ? 202 : 200, out.empty() ? "" : json_type, gather(out));
}

asio::awaitable<void> demo_server::stream_call(http_request& request, const message& m, session_ptr session) {
    const auto stream = session->streams->open();
    const auto reader = stream->attach(std::nullopt);
    // The call outlives a lost connection: its client may come back for the rest. So it gets its own copy.
    request.connection.home().spawn(
        [](demo_server& self, std::string text, session_ptr s,
           std::shared_ptr<transport::client_stream> out) -> awaitable<void> {
            const auto own = read_message(text);
            if (const auto response = co_await self.answer(*own, std::move(s), out); !response.empty())
                out->send(response);
            out->finish();
        }(*this, std::string(m.whole), session, stream),
        "a demo tool");
    co_await write_stream(request.connection, stream, *reader, *session);
}

asio::awaitable<void> demo_server::get(http_request& request) {
    transport::accepted_media media;
    media.add(request.field("Accept"));
    const auto session = session_of(request);
    if (!media.event_stream() || !session) {
        co_await request.connection.refuse(
            session ? fail(errc::not_acceptable, "Accept must list text/event-stream") : session.error());
        co_return;
    }
    std::shared_ptr<transport::client_stream> stream;
    std::optional<std::uint64_t> after;
    if (const auto position = transport::parse_event_id(request.field("Last-Event-ID"))) {
        stream = (*session)->streams->find(position->stream);
        after = position->sequence;
    } else {
        stream = (*session)->streams->open_general();
    }
    const auto reader = stream ? stream->attach(after) : std::nullopt;
    if (!reader) {
        co_await request.connection.refuse(fail(errc::not_found, "these events are no longer kept"));
        co_return;
    }
    co_await write_stream(request.connection, stream, *reader, **session);
    (*session)->streams->left(stream);
}

asio::awaitable<void> demo_server::end_session(http_request& request) {
    const auto session = session_of(request);
    if (!session) {
        co_await request.connection.refuse(session.error());
        co_return;
    }
    for (const auto& [id, control] : (*session)->running)
        control->cancel({});
    (*session)->streams->close();
    sessions_.erase((*session)->id);
    co_await request.connection.respond(204, {}, gather());
}

result<demo_server::session_ptr> demo_server::session_of(const http_request& request) {
    if (const auto version = request.field("MCP-Protocol-Version");
        !version.empty() && !parse_version(version))
        return fail(errc::unsupported_protocol_version, std::string(version));
    if (!request.has_field("Mcp-Session-Id"))
        return fail(errc::session_required);
    const auto it = sessions_.find(request.field("Mcp-Session-Id"));
    if (it == sessions_.end())
        return fail(errc::session_not_found);
    it->second->used = ++requests_;
    return it->second;
}

demo_server::session_ptr demo_server::open_session(protocol_version version) {
    if (sessions_.size() >= max_sessions) {
        const auto oldest =
            std::ranges::min_element(sessions_, {}, [](const auto& one) { return one.second->used; });
        oldest->second->streams->close();
        sessions_.erase(oldest);
    }
    const auto made = std::make_shared<demo_session>();
    made->id = new_session_id();
    made->version = version;
    made->used = ++requests_;
    made->streams = std::make_shared<transport::session_streams>(transport::event_log::limits{});
    sessions_.emplace(made->id, made);
    return made;
}

} // namespace vmcp
