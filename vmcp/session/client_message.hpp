// What a client with a session sends besides requests: answers to questions, and notifications.
#pragma once

#include "vmcp/model/message.hpp"
#include "vmcp/session/live_session.hpp"

namespace vmcp {

// Nothing comes back to the client, whatever it is. `m` is no request. False: nothing in this process waited for it, or others
// have to hear it too; where sessions are shared, it may concern what goes on in another replica.
[[nodiscard]] bool take_client_message(const message& m, live_session& session);

} // namespace vmcp
