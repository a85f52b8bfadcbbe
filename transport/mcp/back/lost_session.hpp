// Whether a backend's answer means "I do not know that session", in all the ways real servers say it.
#pragma once

#include <string_view>

namespace transport {

// `status` and `body` answer a request that carried an Mcp-Session-Id. MCP (2025-11-25, basic/transports,
// "Session Management") says 404; real servers also answer 410, 400 ("No valid session ID provided"), 401 or 503
// with a text about the session, or a JSON-RPC error with code -32001, or -32600 and such a text. In each of these
// cases the request was refused before it was executed, so that it may be sent again. A JSON-RPC error under
// `our_id`, the raw id of the request, is an answer to it unless both its code and its text are about the session.
// A session that is busy, or a request that took too long in it, is not lost.
[[nodiscard]] bool means_lost_session(unsigned status, std::string_view body,
                                      std::string_view our_id = {}) noexcept;

// The same of an answer to a POST over HTTP+SSE (MCP 2024-11-05), where all requests share one stream that ends with the session:
// 404, 410, or words that say "not found". Those of an answer to a `request` that speaks of sessions itself prove nothing: many
// servers repeat what they refuse.
[[nodiscard]] bool means_lost_conversation(unsigned status, std::string_view body, std::string_view our_id,
                                           std::string_view request) noexcept;

// The same of an answer to the GET of a session's stream, which servers refuse with about anything: it needs a status or
// words that say "not found".
[[nodiscard]] bool means_lost_stream(unsigned status, std::string_view body) noexcept;

// The session has a stream already, which the server takes for a living one, or no room for another now: 409, or such words.
[[nodiscard]] bool means_busy_stream(unsigned status, std::string_view body) noexcept;

// The backend has said that the session is no more, so that it need not be told to end it.
[[nodiscard]] constexpr bool needs_no_goodbye(unsigned status) noexcept {
    return status == 404 || status == 410;
}

} // namespace transport
