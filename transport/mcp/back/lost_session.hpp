// Whether a backend's answer means "I do not know that session", in all the ways real servers say it.
#pragma once

#include <string_view>

namespace transport {

// `status` and `body` answer a request that carried an Mcp-Session-Id. MCP (2025-11-25, basic/transports,
// "Session Management") says 404; real servers also answer 410, 400 ("No valid session ID provided"), 401 or 503
// with a text about the session, or a JSON-RPC error with code -32001, or -32600 and such a text. In each of these
// cases the request was refused before it was executed, so that it may be sent again. A JSON-RPC error under
// `our_id`, the raw id of the request, is an answer to it unless both its code and its text are about the session.
[[nodiscard]] bool means_lost_session(unsigned status, std::string_view body,
                                      std::string_view our_id = {}) noexcept;

} // namespace transport
