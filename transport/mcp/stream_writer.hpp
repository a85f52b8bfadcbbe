// Carries a client_stream over one HTTP connection as server-sent events, with keep-alive comments.
#pragma once

#include "transport/http/server_connection.hpp"
#include "transport/mcp/client_stream.hpp"

#include <chrono>
#include <memory>
#include <string_view>

namespace transport {

struct stream_options {
    std::chrono::milliseconds keep_alive{15'000};
    std::chrono::milliseconds retry{1'000};
    event_log::limits replay{};
    bool priming_event =
        false; // MCP 2025-11-25 and later: older clients take an event without data for a broken message
};

// Writes the head, then events until the stream is over, the reader is displaced or the client is gone.
// `fields` are added to the head. The connection must stay alive until the coroutine ends.
asio::awaitable<void> write_stream(server_connection& connection, std::shared_ptr<client_stream> from,
                                   std::uint64_t reader, stream_options options,
                                   std::span<const header_field> fields);

// Fields of every event stream: no buffering, no transformation on the way.
inline constexpr header_field stream_fields[] = {
    {"Cache-Control", "no-cache, no-transform"},
    {"X-Accel-Buffering", "no"},
};

} // namespace transport
