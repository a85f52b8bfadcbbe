// Writes server-sent events, and the HTTP chunks around them, into a buffer that the caller owns and reuses.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace transport {

// ---- Events (HTML standard, section 9.2.5) ----
//
// `id` and `event` are ours to choose and hold no CR, LF or NUL; one that does, and an empty one, is left
// out, because it would end the line early and let its rest pass as another field.

// Appends one event. Line ends in `data` (LF, CR, CRLF) become the borders of its data lines, which the
// reader joins with LF: JSON keeps its meaning, as raw line ends can only stand between its tokens.
void append_event(std::string& out, std::string_view id, std::string_view event, std::string_view data);

// The same for data that comes in pieces.
void append_event(std::string& out, std::string_view id, std::string_view event,
                  std::span<const std::string_view> data);

// For a gather write of data without line ends: append_event_head(), the data itself, event_end.
void append_event_head(std::string& out, std::string_view id, std::string_view event);
inline constexpr std::string_view event_end = "\n\n";
[[nodiscard]] bool has_line_end(std::string_view data) noexcept;

// Appends the priming event of MCP 2025-11-25 (basic/transports, "Sending Messages to the Server"): an id and
// empty data, so that the client can resume from before the first message; `retry` tells it how long to wait
// before it reconnects.
void append_priming_event(std::string& out, std::string_view id,
                          std::optional<std::chrono::milliseconds> retry = std::nullopt);

// A comment: keeps intermediaries from closing an idle stream, and readers ignore it.
inline constexpr std::string_view keep_alive_comment = ": keep-alive\n\n";

// ---- Chunked transfer coding (RFC 9112, section 7.1) ----

// Frames what is written to the end of a string while the scope lives as one chunk, in place: room for the
// size is reserved first and filled in by close(), which the destructor calls. A scope in which nothing was
// written leaves nothing, because an empty chunk would end the body.
//     { chunk_scope chunk(out); append_event(out, id, {}, data); }
class chunk_scope {
public:
    explicit chunk_scope(std::string& out);
    chunk_scope(const chunk_scope&) = delete;
    chunk_scope& operator=(const chunk_scope&) = delete;
    ~chunk_scope() { close(); }

    // At most 4 GiB - 1 were written since the constructor. Idempotent.
    void close();

private:
    std::string* out_;
    std::size_t start_;
};

inline constexpr std::string_view chunk_end = "\r\n";
inline constexpr std::string_view last_chunk = "0\r\n\r\n";

} // namespace transport
