// What an answered call leaves behind: a figure in the metrics, a line in the access log, a record in the audit log.
#pragma once

#include "transport/mcp/front/admitted_request.hpp"
#include "transport/mcp/front/audit_trail.hpp"
#include "transport/mcp/front/call_counters.hpp"
#include "vmcp/model/message.hpp"

#include <cstddef>
#include <string_view>

namespace transport {

// Views live until account_for() has returned.
struct answered_call {
    std::string_view backend{}; // empty: the gateway answered
    call_end end = call_end::success;
    std::size_t bytes = 0; // of the response
    vmcp::steady_clock::time_point began{};
    const vmcp::trace_context* trace = nullptr; // of its span; null: it has none
    const vmcp::trace_context* went_on =
        nullptr; // of an earlier request's span, whose call this one brought answers for
};

void account_for(front_counters& counters, const admitted_request& request, const vmcp::message& m,
                 const answered_call& call, answer_note note);

} // namespace transport
