// Where a message goes that came over a session_carrier: to the request that it names or that it most likely belongs to, or to
// the session as a whole.
#pragma once

#include "vmcp/model/awaitable.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace transport {

struct session_core;

// Where all messages come on one line, a question or a log message names no request: it is taken to belong to the call of the one client that has some
// under way (server_stream::take() has what remains, and the rule for questions where several clients have). A JSON-RPC batch
// (2025-03-26) is taken message by message. `garbage` is told of what is no message. Returns when there is room for the next;
// a client that does not keep up loses progress and log messages, and nobody else waits for it longer than a moment.
[[nodiscard]] vmcp::awaitable<void> dispatch(session_core& in, std::string line,
                                             const std::function<void(std::string_view)>& garbage);

} // namespace transport
