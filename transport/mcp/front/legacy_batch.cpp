// legacy_front::batch(): JSON-RPC batches of clients of 2025-03-26.
#include "transport/mcp/front/call_account.hpp"
#include "transport/mcp/front/call_reply.hpp"
#include "transport/mcp/front/call_trace.hpp"
#include "transport/mcp/front/legacy_call.hpp"
#include "transport/mcp/front/legacy_front.hpp"
#include "transport/mcp/front/modern_envelope.hpp"
#include "transport/mcp/front/post_reply.hpp"
#include "vmcp/base/scoped_count.hpp"
#include "vmcp/model/waiting.hpp"

#include <algorithm>

namespace transport {

using vmcp::errc;
using vmcp::fail;
using vmcp::message;

namespace {

// Shared by the requests of a batch; the last one that ends, however it ends, says so.
class batch_end {
public:
    explicit batch_end(std::shared_ptr<vmcp::promised<bool>> all_over) : all_over_(std::move(all_over)) {}
    batch_end(const batch_end&) = delete;
    batch_end& operator=(const batch_end&) = delete;
    ~batch_end() { all_over_->set(true); }

private:
    std::shared_ptr<vmcp::promised<bool>> all_over_;
};

// All messages of the batch, or why one of them spoils it.
vmcp::result<std::vector<message>> read_all(const admitted_request& request) {
    const auto& settings = *request.settings;
    const auto parts =
        vmcp::read_batch(request.http.body, settings.max_in_flight_per_session, settings.max_json_depth);
    if (!parts)
        return parts.error();
    std::vector<message> messages;
    for (const auto part : *parts) {
        auto m = vmcp::read_message(part, settings.max_json_depth);
        if (!m)
            return m.error();
        if (m->type == message::kind::request && m->method == "initialize")
            return fail(errc::invalid_request, "initialize cannot be part of a batch");
        if (named_revision(*m))
            return fail(errc::invalid_request, "messages of stateless revisions cannot be part of a batch");
        messages.push_back(*m);
    }
    return messages;
}

// Why a batch cannot be taken, whatever is in it; nothing: it can. Batches exist in 2025-03-26 only, which is also what a
// client without a version header speaks unless its session knows better (MCP 2025-06-18, basic/transports, "Protocol
// Version Header").
std::optional<vmcp::failure>
problem_of_batch(const admitted_request& request,
                 const vmcp::result<std::shared_ptr<vmcp::live_session>>& session) {
    if (!session)
        return request.fields.session_id ? session.error() : fail(errc::batch_not_allowed);
    if ((*session)->version() != vmcp::protocol_version::v2025_03_26)
        return fail(errc::batch_not_allowed);
    if (!request.fields.accepts.names_event_stream())
        return fail(errc::not_acceptable, "batches are answered by event streams (Accept)");
    return std::nullopt;
}

} // namespace

// The responses come as events in the order in which they are ready.
asio::awaitable<void> legacy_front::batch(const admitted_request& request) {
    auto& connection = request.http.connection;
    auto session = co_await session_of(request);
    if (const auto problem = problem_of_batch(request, session)) {
        co_await request.refuse(*problem);
        co_return;
    }
    const auto messages = read_all(request);
    if (!messages) {
        co_await request.refuse(messages.error());
        co_return;
    }
    for (const auto& m : *messages)
        if (m.type != message::kind::request) {
            sessions_.take(m, *session);
            audit_message(request, m);
        }
    if (std::ranges::count(*messages, message::kind::request, &message::type) == 0) {
        co_await connection.respond(202, {}, vmcp::gather(), request.common);
        co_return;
    }
    post_reply out(connection, *session, options_for(**session, request));
    out.many();
    const auto all_over = std::make_shared<vmcp::promised<bool>>();
    auto end = std::make_shared<batch_end>(all_over);
    for (const auto& m : *messages)
        if (m.type == message::kind::request)
            connection.home().spawn(
                [](asio::awaitable<void> run, std::shared_ptr<batch_end>) -> asio::awaitable<void> {
                    co_await std::move(run);
                }(one_of_batch(request, m, *session, out), end),
                "a request of a batch");
    end.reset();
    // Also when the client has gone: its requests use what lives in here.
    co_await all_over->get(connection.home().executor());
    out.end();
    co_await out.finish();
}

asio::awaitable<void> legacy_front::one_of_batch(const admitted_request& request, const message& m,
                                                 session_ptr session, post_reply& out) {
    const auto began = vmcp::steady_clock::now();
    const vmcp::scoped_count in_flight(counters_.in_flight);
    auto note = note_for(request);
    const auto begun = begin_legacy_call(request, m, session, counters_);
    const bool noted = begun ? wants_note(request, (*begun)->terms().trace) : request.audit.on();
    call_reply answer(out, m.id.raw, noted ? &note : nullptr);
    if (!begun) {
        co_await answer.fail(begun.error());
        audit_call(request, m, {}, call_end::error, std::move(note), answer.bytes(), began);
        co_return;
    }
    const auto& call = *begun;
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
}

} // namespace transport
