#include "transport/mcp/front/legacy_call.hpp"

#include "transport/mcp/front/call_room.hpp"
#include "transport/mcp/front/call_trace.hpp"

namespace transport {

// A client that disconnects does not cancel its calls (MCP 2025-11-25, basic/transports, "Sending Messages to the
// Server").
vmcp::result<std::shared_ptr<vmcp::call>>
begin_legacy_call(const admitted_request& request, const vmcp::message& m,
                  const std::shared_ptr<vmcp::live_session>& session, const front_counters& counters) {
    if (auto full = no_room_for_call(request, counters))
        return *std::move(full);
    auto call = std::make_shared<vmcp::call>(m,
                                             vmcp::call_terms{.spoken = vmcp::era::legacy,
                                                              .version = session->version(),
                                                              .from = request.from,
                                                              .can = session->shared_capabilities(),
                                                              .session = session,
                                                              .when_gone = vmcp::on_disconnect::run_on,
                                                              .headers = request.passed_through(),
                                                              .via = request.fields.via,
                                                              .trace = begin_call_trace(request, m)},
                                             request.http.connection.home().executor());
    auto begun = session->begin_call(m.id.raw, call, request.settings->max_in_flight_per_session);
    if (!begun)
        return begun.error();
    return call;
}

void note_policy_class(const vmcp::admission& policy, const vmcp::caller& caller,
                       vmcp::live_session& session) {
    if (!policy.allows_all(caller))
        session.set_policy_class(policy.policy_class(caller));
}

} // namespace transport
