#include "transport/mcp/front/sse_front.hpp"

#include "transport/mcp/front/audit_trail.hpp"
#include "transport/mcp/front/call_account.hpp"
#include "transport/mcp/front/call_reply.hpp"
#include "transport/mcp/front/call_room.hpp"
#include "transport/mcp/front/call_trace.hpp"
#include "transport/mcp/front/initialize.hpp"
#include "transport/mcp/front/legacy_call.hpp"
#include "transport/mcp/front/peer_watch.hpp"
#include "transport/mcp/front/sse_channel.hpp"
#include "transport/mcp/front/stream_writer.hpp"
#include "transport/sse/sse_encoder.hpp"
#include "vmcp/base/scoped_count.hpp"

#include <fmt/format.h>

namespace transport {

using vmcp::errc;
using vmcp::fail;
using vmcp::message;

namespace {

// How long a client may hold a stream open without a session.
constexpr std::chrono::seconds patience_for_initialize{60};

std::string_view id_in(std::string_view query) {
    constexpr std::string_view name = "sessionId=";
    while (!query.empty()) {
        const auto pair = query.substr(0, query.find('&'));
        if (pair.starts_with(name))
            return pair.substr(name.size());
        query.remove_prefix(std::min(query.size(), pair.size() + 1));
    }
    return {};
}

// No status is specified; 202 is what servers say.
asio::awaitable<void> accept(const admitted_request& request) {
    co_await request.http.connection.respond(202, {}, vmcp::gather(), request.common);
}

stream_options options_for(const admitted_request& request, const std::string& id) {
    stream_options out{.keep_alive = request.settings->keep_alive,
                       .resumable = false,
                       .event_name = "message",
                       .request_id = request.id,
                       .origin = std::string(request.fields.origin.value_or(""))};
    append_event(out.preface, {}, "endpoint", fmt::format("{}?sessionId={}", sse_messages_path, id));
    return out;
}

} // namespace

asio::awaitable<sse_front::client_ptr> sse_front::client_of(const admitted_request& request) {
    auto client = clients_.find(id_in(request.http.query), request.from->who);
    if (!client)
        co_await request.refuse(
            fail(errc::session_not_found,
                 fmt::format("no client is connected under this sessionId; open {} first", sse_stream_path)));
    co_return client;
}

asio::awaitable<bool> sse_front::admit(const admitted_request& request) {
    co_return co_await client_of(request) != nullptr;
}

// ---- the stream ----

asio::awaitable<void> sse_front::listen(const admitted_request& request) {
    auto& connection = request.http.connection;
    if (!request.fields.accepts.event_stream()) {
        co_await request.refuse(fail(errc::not_acceptable, "Accept must list text/event-stream"));
        co_return;
    }
    const vmcp::scoped_count open(counters_.streams);
    if (const auto full = no_room_for_stream(request, counters_)) {
        co_await request.refuse(*full);
        co_return;
    }
    const auto client = std::make_shared<sse_client>(request.from->who, connection.home().memory());
    const auto& stream = client->stream();
    const auto reader = *stream->attach(std::nullopt);
    const auto id = clients_.add(client);
    audit_plain(request);
    {
        const peer_watch watch(connection, [stream] { stream->changed().notify_all(); });
        // Calls whose responses would come on it are answered first.
        connection.on_drain_do([client] { client->finish_when_idle(); });
        connection.wake_in(patience_for_initialize, [client] {
            if (client->session_id().empty())
                client->finish_when_idle();
        });
        connection.close_after_answer();
        co_await write_stream(connection, stream, reader, options_for(request, id));
        connection.wake_never();
        connection.mark_gone();
    }
    clients_.remove(id);
    const auto session_id = client->leave();
    if (session_id.empty())
        co_return;
    auto session = co_await sessions_.find(session_id, request.from->who, vmcp::touch_by::notice);
    if (session)
        co_await sessions_.end(*session, vmcp::session_end::deleted);
}

// ---- messages ----

asio::awaitable<void> sse_front::post(const admitted_request& request) {
    const auto client = co_await client_of(request);
    if (!client)
        co_return;
    if (vmcp::looks_like_batch(request.http.body)) {
        co_await request.refuse(fail(errc::batch_not_allowed));
        co_return;
    }
    const auto m = vmcp::read_message(request.http.body, request.settings->max_json_depth);
    if (!m) {
        co_await request.refuse(m.error());
        co_return;
    }
    const bool works = m->type == message::kind::request;
    if (works && m->method == "initialize") {
        co_await initialize(request, *m, client);
        co_return;
    }
    const auto id = client->session_id();
    if (id.empty()) {
        co_await request.refuse(fail(errc::session_required, "send initialize first"));
        co_return;
    }
    auto session = co_await sessions_.find(id, request.from->who,
                                           works ? vmcp::touch_by::request : vmcp::touch_by::notice);
    if (!session) {
        co_await request.refuse(session.error());
        co_return;
    }
    note_policy_class(policy_, *request.from, **session);
    if (works) {
        co_await one_call(request, *m, client, std::move(*session));
        co_return;
    }
    sessions_.take(*m, *session);
    audit_message(request, *m);
    co_await accept(request);
}

asio::awaitable<void> sse_front::initialize(const admitted_request& request, const message& m,
                                            const client_ptr& client) {
    const auto began = vmcp::steady_clock::now();
    if (!client->begin_opening()) {
        co_await request.refuse(fail(errc::invalid_request, "initialize was sent before"));
        co_return;
    }
    const sse_client::work working(client);
    auto record = record_for(m, request.from->who, vmcp::protocol_version::v2024_11_05);
    if (record)
        record->network = request.http.connection.network();
    auto opened = record ? co_await sessions_.open(std::move(*record))
                         : vmcp::result<std::shared_ptr<vmcp::live_session>>(record.error());
    counters_.calls.record(m.method, opened ? call_end::success : call_end::error,
                           request.http.connection.home().index(), vmcp::steady_clock::now() - began);
    if (!opened) {
        client->not_opened();
        co_await request.refuse(opened.error());
        co_return;
    }
    auto& session = **opened;
    session.set_stream(client->stream());
    note_policy_class(policy_, *request.from, session);
    if (!client->opened(session.id())) {
        co_await sessions_.end(*opened, vmcp::session_end::deleted);
        co_await request.refuse(fail(errc::session_not_found, "its stream has ended meanwhile"));
        co_return;
    }
    const std::string body =
        vmcp::result_message(m.id.raw, initialize_result(describe(*current_.load()), session.version()));
    audit_initialize(request, m, body);
    co_await accept(request);
    client->stream()->send(body);
}

asio::awaitable<void> sse_front::one_call(const admitted_request& request, const message& m,
                                          const client_ptr& client,
                                          std::shared_ptr<vmcp::live_session> session) {
    const auto began = vmcp::steady_clock::now();
    const vmcp::scoped_count in_flight(counters_.in_flight);
    const auto begun = begin_legacy_call(request, m, session, counters_);
    if (!begun) {
        co_await request.refuse(begun.error());
        co_return;
    }
    const auto& running = *begun;
    const sse_client::work working(client);
    // The client may well send its next message, an answer to a question of this call for one, over the connection that its
    // 202 came on: it does not wait here until the call has ended.
    request.http.connection.close_after_answer();
    co_await accept(request);
    sse_channel out(client->stream(), session, request);
    auto note = note_for(request);
    call_reply answer(out, m.id.raw, wants_note(request, running->terms().trace) ? &note : nullptr);
    {
        const vmcp::call_scope scope(session, running);
        co_await core_.handle(running, answer);
    }
    account_for(counters_, request, m,
                {.backend = running->backend(),
                 .end = answer.end(*running),
                 .bytes = answer.bytes(),
                 .began = began,
                 .trace = &running->terms().trace},
                std::move(note));
}

} // namespace transport
