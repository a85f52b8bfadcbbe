#include "transport/mcp/front/call_account.hpp"

#include "transport/mcp/front/access_log.hpp"
#include "transport/mcp/front/call_trace.hpp"
#include "vmcp/base/log.hpp"

#include <chrono>
#include <utility>

namespace transport {

void account_for(front_counters& counters, const admitted_request& request, const vmcp::message& m,
                 const answered_call& call, answer_note note) {
    const auto took = vmcp::steady_clock::now() - call.began;
    counters.calls.record(m.method, call.end, request.http.connection.home().index(), took);
    if (call.trace != nullptr)
        end_call_trace(request, m, call, note);
    audit_call(request, m, call.backend, call.end, std::move(note), call.bytes, call.began);
    if (!request.settings->access_log || !vmcp::log::enabled(vmcp::log::level::info))
        return;
    const auto subject = subject_of(m);
    const auto& who = request.from->who.subject;
    vmcp::log::info("{}", access_line({.request_id = request.id,
                                       .session = request.fields.session_id.value_or(""),
                                       .caller = who,
                                       .method = m.method,
                                       .name = subject,
                                       .backend = call.backend,
                                       .end = call_ends[static_cast<std::size_t>(call.end)],
                                       .took = std::chrono::duration_cast<std::chrono::microseconds>(took),
                                       .bytes = call.bytes}));
}

} // namespace transport
