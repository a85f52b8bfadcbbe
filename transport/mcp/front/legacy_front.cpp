#include "transport/mcp/front/legacy_front.hpp"

#include "transport/mcp/front/audit_trail.hpp"
#include "transport/mcp/front/call_account.hpp"
#include "transport/mcp/front/call_reply.hpp"
#include "transport/mcp/front/call_room.hpp"
#include "transport/mcp/front/call_trace.hpp"
#include "transport/mcp/front/inherited_subscriptions.hpp"
#include "transport/mcp/front/initialize.hpp"
#include "transport/mcp/front/legacy_call.hpp"
#include "transport/mcp/front/peer_watch.hpp"
#include "transport/mcp/front/post_reply.hpp"
#include "transport/mcp/front/session_streams.hpp"
#include "vmcp/base/json_text.hpp"
#include "vmcp/base/log.hpp"
#include "vmcp/base/scoped_count.hpp"

#include <optional>

namespace transport {

using vmcp::errc;
using vmcp::fail;
using vmcp::message;

asio::awaitable<vmcp::result<legacy_front::session_ptr>>
legacy_front::session_of(const admitted_request& request, vmcp::touch_by cause) {
    const auto& id = request.fields.session_id;
    if (!id)
        co_return fail(errc::session_required,
                       "send initialize first and then the Mcp-Session-Id of its response");
    auto session = co_await sessions_.find(*id, request.from->who, cause);
    if (session)
        note_policy_class(policy_, *request.from, **session);
    co_return session;
}

stream_options legacy_front::options_for(const vmcp::client_session& session,
                                         const admitted_request& request) const {
    return {.allowed = request.fields.accepts.names_event_stream(),
            .keep_alive = request.settings->keep_alive,
            .retry = request.settings->retry,
            .replay = request.settings->replay,
            .shelf = &shelf_,
            .priming_event = session.version() >= vmcp::protocol_version::v2025_11_25,
            .request_id = request.id,
            .origin = std::string(request.fields.origin.value_or(""))};
}

asio::awaitable<void> legacy_front::post(const admitted_request& request, const message& m) {
    if (m.type == message::kind::request && m.method == "initialize") {
        co_await initialize(request, m);
        co_return;
    }
    const bool works = m.type == message::kind::request;
    auto session = co_await session_of(request, works ? vmcp::touch_by::request : vmcp::touch_by::notice);
    if (!session) {
        co_await request.refuse(session.error());
    } else if (m.type == message::kind::request) {
        co_await one_call(request, m, std::move(*session));
    } else {
        sessions_.take(m, *session);
        audit_message(request, m);
        co_await request.http.connection.respond(202, {}, vmcp::gather(), request.common);
    }
}

asio::awaitable<bool> legacy_front::admit(const admitted_request& request) {
    constexpr std::size_t most_of_initialize = std::size_t{1} << 20;
    if (!request.fields.session_id) {
        if (request.http.max_body > most_of_initialize) {
            request.http.max_body = most_of_initialize;
            request.http.why_so_long = "without an Mcp-Session-Id; only initialize is sent without one";
        }
        co_return true;
    }
    const auto session = co_await session_of(request);
    if (!session)
        co_await request.refuse(session.error());
    co_return session.has_value();
}

// ---- initialize ----

asio::awaitable<void> legacy_front::initialize(const admitted_request& request, const message& m) {
    const auto began = vmcp::steady_clock::now();
    auto record = record_for(m, request.from->who);
    if (record)
        record->network = request.http.connection.network();
    auto opened =
        record ? co_await sessions_.open(std::move(*record)) : vmcp::result<session_ptr>(record.error());
    counters_.calls.record(m.method, opened ? call_end::success : call_end::error,
                           request.http.connection.home().index(), vmcp::steady_clock::now() - began);
    if (!opened) {
        co_await request.refuse(opened.error());
        co_return;
    }
    // Answered from the snapshot, without a word to any backend.
    const auto snap = current_.load();
    auto fields = request.common;
    fields.push_back({session_header, (*opened)->id()});
    const std::string body =
        vmcp::result_message(m.id.raw, initialize_result(describe(*snap), (*opened)->version()));
    audit_initialize(request, m, body);
    co_await request.http.connection.respond(200, "application/json", vmcp::gather(body), fields);
}

// ---- calls ----

asio::awaitable<void> legacy_front::one_call(const admitted_request& request, const message& m,
                                             session_ptr session) {
    auto& connection = request.http.connection;
    const auto began = vmcp::steady_clock::now();
    const vmcp::scoped_count in_flight(counters_.in_flight);
    const auto begun = begin_legacy_call(request, m, session, counters_);
    if (!begun) {
        co_await request.refuse(begun.error());
        co_return;
    }
    const auto& call = *begun;
    post_reply out(connection, session, options_for(*session, request));
    if (request.fields.accepts.prefers_event_stream())
        out.stream_from_now();
    auto note = note_for(request);
    call_reply answer(out, m.id.raw, wants_note(request, call->terms().trace) ? &note : nullptr);
    {
        const vmcp::call_scope running(session, call);
        co_await core_.handle(call, answer);
    }
    account_for(counters_, request, m,
                {.backend = call->backend(),
                 .end = answer.end(*call),
                 .bytes = answer.bytes(),
                 .began = began,
                 .trace = &call->terms().trace},
                std::move(note));
    if (call->cancelled())
        co_await out.dropped();
    co_await out.finish();
}

// ---- streams ----

namespace {

// Which of a session's streams a GET continues, and its reader.
struct chosen_stream {
    std::shared_ptr<client_stream> stream{};
    std::uint64_t reader = 0;
};

vmcp::result<chosen_stream> choose_stream(session_streams& streams,
                                          const std::optional<std::string_view>& last_event_id) {
    const auto position = last_event_id ? parse_event_id(*last_event_id) : std::nullopt;
    const auto known = position ? streams.find(position->stream) : nullptr;
    // Replay is a courtesy there, and a client refused for its position would come back with it for ever.
    if (known && streams.is_general(*known))
        return chosen_stream{known, known->attach_to_rest(position->sequence)};
    // It was one of another replica, whose events are not here: what comes from now on is all that can be had.
    if (position && !known && vmcp::id_block::is_first_stream(position->stream)) {
        const auto stream = streams.open_general();
        return chosen_stream{stream, *stream->attach(std::nullopt)};
    }
    if (!position) {
        // With an id that this server never wrote the client comes back for a stream that it lost; nobody knows which.
        const auto stream = last_event_id ? streams.first() : streams.open_general();
        return chosen_stream{stream, *stream->attach(std::nullopt)};
    }
    const auto reader = known ? known->attach(position->sequence) : std::nullopt;
    if (!reader)
        return fail(errc::bad_request,
                    "the events behind this Last-Event-ID are not kept any more; open a new stream");
    return chosen_stream{known, *reader};
}

vmcp::call_terms listening_terms(const admitted_request& request,
                                 const std::shared_ptr<vmcp::live_session>& session) {
    return {.spoken = vmcp::era::legacy,
            .version = session->version(),
            .from = request.from,
            .can = session->shared_capabilities(),
            .headers = request.passed_through(),
            .via = request.fields.via};
}

} // namespace

asio::awaitable<void> legacy_front::listen(const admitted_request& request) {
    auto& connection = request.http.connection;
    if (!request.fields.accepts.event_stream()) {
        co_await request.refuse(fail(errc::not_acceptable, "Accept must list text/event-stream"));
        co_return;
    }
    const auto session = co_await session_of(request);
    if (!session) {
        co_await request.refuse(session.error());
        co_return;
    }
    const vmcp::scoped_count open(counters_.streams);
    if (const auto full = no_room_for_stream(request, counters_)) {
        co_await request.refuse(*full);
        co_return;
    }
    const auto streams = streams_of(**session, request.settings->replay, &shelf_);
    const auto chosen = choose_stream(*streams, request.fields.last_event_id);
    if (!chosen) {
        co_await request.refuse(chosen.error());
        co_return;
    }
    audit_plain(request);
    const auto& stream = chosen->stream;
    const bool general = streams->is_general(*stream);
    // What the backends have to say outside of calls has somewhere to go now.
    if (general) {
        streams->attached(stream);
        for (const auto& backend : (*session)->backends())
            backend->listen();
        (*session)->lists_changed(0);
    }
    std::optional<inherited_subscriptions> inherited;
    if (general && sessions_.shared())
        inherited.emplace(core_, connection.home(), *session, listening_terms(request, *session));
    const peer_watch watch(connection, [stream] { stream->changed().notify_all(); });
    // The stream of a call ends with its response, also during a drain.
    if (general)
        connection.on_drain_do([stream] { stream->finish(); });
    connection.close_after_answer();
    co_await write_stream(connection, stream, chosen->reader, options_for(**session, request));
    connection.mark_gone();
    if (!general)
        co_return;
    streams->left(stream);
    for (const auto& backend : (*session)->backends())
        backend->stop_listening();
}

asio::awaitable<void> legacy_front::end_session(const admitted_request& request) {
    const auto session = co_await session_of(request);
    if (!session) {
        co_await request.refuse(session.error());
        co_return;
    }
    co_await sessions_.end(*session, vmcp::session_end::deleted);
    audit_plain(request);
    co_await request.http.connection.respond(200, {}, vmcp::gather(), request.common);
}

} // namespace transport
