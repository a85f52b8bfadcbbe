// A call of a client with a session, as its request says it.
#pragma once

#include "transport/mcp/front/admitted_request.hpp"
#include "vmcp/base/result.hpp"
#include "vmcp/model/admission.hpp"
#include "vmcp/model/call.hpp"
#include "vmcp/session/live_session.hpp"

#include <memory>

namespace transport {

// The call that `m`, a request in the body of `request`, asks for, as one of its session; it has views of both until it is
// made to own its bytes. `counters` count it already. Fails where there is no room for it, in the gateway or in its session;
// else whoever has it ends it by a vmcp::call_scope.
[[nodiscard]] vmcp::result<std::shared_ptr<vmcp::call>>
begin_legacy_call(const admitted_request& request, const vmcp::message& m,
                  const std::shared_ptr<vmcp::live_session>& session, const front_counters& counters);

// The lists of a session are those of the caller of its last request.
void note_policy_class(const vmcp::admission& policy, const vmcp::caller& caller,
                       vmcp::live_session& session);

} // namespace transport
