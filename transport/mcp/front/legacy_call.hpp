// A call of a client with a session, as its request says it.
#pragma once

#include "transport/mcp/front/admitted_request.hpp"
#include "vmcp/model/admission.hpp"
#include "vmcp/model/call.hpp"
#include "vmcp/session/live_session.hpp"

#include <memory>

namespace transport {

// `m` is a request in the body of `request`; the call has views of both until it is made to own its bytes.
[[nodiscard]] std::shared_ptr<vmcp::call>
make_legacy_call(const admitted_request& request, const vmcp::message& m,
                 const std::shared_ptr<vmcp::live_session>& session);

// The lists of a session are those of the caller of its last request.
void note_policy_class(const vmcp::admission& policy, const vmcp::caller& caller,
                       vmcp::live_session& session);

} // namespace transport
