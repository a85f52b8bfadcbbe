#include "transport/mcp/front/call_trace.hpp"

#include "transport/mcp/front/access_log.hpp"
#include "vmcp/base/json_cursor.hpp"
#include "vmcp/base/json_text.hpp"
#include "vmcp/model/traceparent.hpp"
#include "vmcp/model/tracer.hpp"

#include <algorithm>
#include <string>

namespace transport {
namespace {

constexpr unsigned depth = 1'000; // it was read within the limit already

std::string text_in(std::string_view meta, std::string_view key) {
    const auto raw = vmcp::json_optional(meta, key, depth);
    return raw.kind == vmcp::json_kind::string ? vmcp::unquoted(raw.raw).value_or("") : std::string();
}

std::optional<vmcp::trace_context> context_in(std::string_view parent, std::string_view state) {
    if (parent.empty())
        return std::nullopt;
    auto out = vmcp::read_traceparent(parent);
    if (out)
        out->state = vmcp::read_tracestate(state);
    return out;
}

// The name of a span has few values: what a client makes up is not in it.
std::string name_of(const vmcp::message& m, const std::string& subject, bool found) {
    const auto* const known = std::ranges::find(counted_methods, m.method);
    std::string out(known != counted_methods.end() ? m.method : std::string_view("other"));
    if (found && !subject.empty() && (m.method == "tools/call" || m.method == "prompts/get"))
        out.append(" ").append(subject);
    return out;
}

void add_request(vmcp::span& to, const admitted_request& request, const vmcp::message& m,
                 const std::string& subject) {
    constexpr std::size_t session_prefix = 8; // whole ids are credentials
    to.add("mcp.method.name", m.method);
    if (m.method == "tools/call") {
        to.add("gen_ai.operation.name", "execute_tool");
        to.add("gen_ai.tool.name", subject);
    } else if (m.method == "prompts/get") {
        to.add("gen_ai.prompt.name", subject);
    } else if (m.method == "resources/read") {
        to.add("mcp.resource.uri", subject);
    }
    to.add("jsonrpc.request.id", vmcp::unquoted(m.id.raw).value_or(std::string(m.id.raw)));
    to.add("mcp.protocol.version", request.fields.protocol_version.value_or(""));
    to.add("mcp.session.id", request.fields.session_id.value_or("").substr(0, session_prefix));
    to.add("network.transport", "tcp");
    to.add("network.protocol.name", "http");
    to.add("network.protocol.version", "1.1");
    to.add("client.address", request.http.connection.peer());
    to.add("vmcp.request.id", request.id);
}

void add_end(vmcp::span& to, const answered_call& call, const answer_note& note) {
    to.add("vmcp.backend", call.backend);
    if (note.code)
        to.add("rpc.response.status_code", std::to_string(*note.code));
    if (call.end == call_end::cancelled)
        to.fail("cancelled", {});
    else if (call.end == call_end::tool_error)
        to.fail("tool_error", {});
    else if (call.end == call_end::error)
        to.fail(note.code ? std::to_string(*note.code) : "error", note.message);
    if (!note.reason.empty())
        to.add("vmcp.reason", note.reason);
}

} // namespace

incoming_trace read_incoming_trace(const request_fields& fields, const vmcp::message& m) {
    incoming_trace out;
    auto header = context_in(fields.traceparent, fields.tracestate);
    auto meta = m.param.meta.kind == vmcp::json_kind::object && !m.param.meta.empty()
                    ? context_in(text_in(m.param.meta.raw, vmcp::traceparent_field),
                                 text_in(m.param.meta.raw, vmcp::tracestate_field))
                    : std::nullopt;
    if (!meta || (header && header->trace_id == meta->trace_id)) {
        if (header)
            out.parent = *std::move(header);
    } else {
        out.parent = *std::move(meta);
        out.linked = std::move(header);
    }
    return out;
}

vmcp::trace_context begin_call_trace(const admitted_request& request, const vmcp::message& m) {
    auto* const to = vmcp::tracing();
    if (to == nullptr)
        return context_in(request.fields.traceparent, request.fields.tracestate)
            .value_or(vmcp::trace_context{});
    return to->begin(read_incoming_trace(request.fields, m).parent);
}

void end_call_trace(const admitted_request& request, const vmcp::message& m, const answered_call& call,
                    const answer_note& note) {
    auto* const to = vmcp::tracing();
    if (to == nullptr || !call.trace->sampled)
        return;
    auto incoming = read_incoming_trace(request.fields, m);
    if (incoming.parent.span_id == call.trace->span_id)
        return; // traces were switched on while it ran
    vmcp::span out{.context = *call.trace,
                   .parent = incoming.parent.span_id,
                   .linked = std::move(incoming.linked),
                   .kind = vmcp::span_kind::server,
                   .ended = std::chrono::system_clock::now()};
    if (call.went_on != nullptr && call.went_on->known())
        out.linked = *call.went_on;
    out.began = out.ended - std::chrono::duration_cast<std::chrono::system_clock::duration>(
                                vmcp::steady_clock::now() - call.began);
    const auto subject = subject_of(m);
    out.name = name_of(m, subject, !call.backend.empty());
    add_request(out, request, m, subject);
    add_end(out, call, note);
    to->ended(std::move(out));
}

} // namespace transport
