// Reads the head of an HTTP/1.1 message (RFC 9112) as far as the benchmark programs need it. Trusts its peer:
// it is no HTTP parser for the open network.
#pragma once

#include <cstdint>
#include <string_view>

namespace bench {

// Views point into the bytes given to parse_head.
struct http_head {
    std::string_view start_line;
    std::size_t size = 0; // of the head, with the empty line
    std::uint64_t content_length = 0;
    bool has_content_length = false;
    bool chunked = false;
    bool close = false; // "Connection: close"
    bool event_stream = false;
    std::string_view session_id; // Mcp-Session-Id
};

enum class head_state { incomplete, complete, broken };

[[nodiscard]] head_state parse_head(std::string_view bytes, http_head& out);

// "POST" of a request's start line.
[[nodiscard]] std::string_view request_method(std::string_view start_line);

// 200 of "HTTP/1.1 200 OK"; 0 when there is no number.
[[nodiscard]] unsigned response_status(std::string_view start_line);

} // namespace bench
