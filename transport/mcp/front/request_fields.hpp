// The header fields of a client's request that the MCP endpoint reads, found in one pass over all of them.
#pragma once

#include "transport/http/accept.hpp"
#include "transport/http/server_connection.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace transport {

inline constexpr std::string_view session_header = "Mcp-Session-Id";
inline constexpr std::string_view version_header = "MCP-Protocol-Version";

// Views into the request's head. Absent fields are empty optionals; of a field that comes twice the first counts, but for Accept,
// whose lists add up.
struct request_fields {
    std::optional<std::string_view> origin{};
    std::string_view authorization{};
    std::string_view content_type{};
    std::optional<std::string_view> session_id{};
    std::optional<std::string_view> protocol_version{};
    std::optional<std::string_view> last_event_id{};
    std::optional<std::string_view> mcp_method{}; // MCP 2026-07-28, basic/transports/streamable-http
    std::optional<std::string_view> mcp_name{};   // the same
    std::string via{};                            // all lines of it, joined by commas
    std::string_view traceparent{};               // W3C Trace Context; one that is given twice is none
    std::string tracestate{};                     // the same; all lines of it, joined by commas
    // A field that may stand once and is given twice with different values; empty: none.
    std::string_view contradiction{};
    // The same of a field that repeats the body of stateless revisions (Mcp-Method, Mcp-Name): theirs to refuse.
    std::string_view mirror_contradiction{};
    accepted_media accepts{};
};

// What lets a page of this origin read the answer (Fetch standard, CORS protocol). The views must outlive the fields.
void append_cors_fields(std::vector<header_field>& out, std::string_view origin);

[[nodiscard]] request_fields read_request_fields(const request_reader::header_type& head);

} // namespace transport
