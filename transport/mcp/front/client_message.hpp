// What a client with a session sends besides requests: answers to questions, and notifications.
#pragma once

#include "vmcp/model/message.hpp"
#include "vmcp/session/live_session.hpp"

namespace transport {

// Nothing comes back, whatever it is. `m` is no request.
void take_client_message(const vmcp::message& m, vmcp::live_session& session);

} // namespace transport
