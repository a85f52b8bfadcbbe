// The span that stands for one call of a client (OpenTelemetry's semantic conventions for MCP, "Server").
#pragma once

#include "transport/mcp/front/admitted_request.hpp"
#include "transport/mcp/front/call_account.hpp"
#include "vmcp/model/message.hpp"
#include "vmcp/model/trace_context.hpp"
#include "vmcp/model/tracer.hpp"

#include <optional>

namespace transport {

// What a request says of the trace that it is part of.
struct incoming_trace {
    vmcp::trace_context parent{}; // not known: it says nothing
    std::optional<vmcp::trace_context> linked{};
};

// `params._meta` (MCP 2026-07-28, basic, "_meta": traceparent, tracestate) names the client's own span, and HTTP's header fields
// that of whoever sent the request, which may be a proxy. Within one trace a proxy is nearer: the header's span is the
// parent. Of two traces that of the message is (the conventions of MCP), as one HTTP connection may carry many; the other one
// is linked.
[[nodiscard]] incoming_trace read_incoming_trace(const request_fields& fields, const vmcp::message& m);

// Of the span of this call; where traces are off, what came, which goes on as it is (W3C Trace Context, 3.4: who takes no
// part forwards the fields).
[[nodiscard]] vmcp::trace_context begin_call_trace(const admitted_request& request, const vmcp::message& m);

// Whether answer_note is to be written: for the audit log, or for the span.
[[nodiscard]] inline bool wants_note(const admitted_request& request, const vmcp::trace_context& trace) {
    return request.audit.on() || (trace.sampled && vmcp::tracing() != nullptr);
}

// Ends the span that begin_call_trace() gave the context of. `call.trace` is not null.
void end_call_trace(const admitted_request& request, const vmcp::message& m, const answered_call& call,
                    const answer_note& note);

} // namespace transport
