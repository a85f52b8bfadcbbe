// Carries a client_stream over one HTTP connection as server-sent events, with keep-alive comments.
#pragma once

#include "transport/http/server_connection.hpp"
#include "transport/mcp/front/client_stream.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace transport {

class stream_shelf;

struct stream_options {
    bool allowed = true; // the client takes an event stream in answer to a POST
    std::chrono::milliseconds keep_alive{15'000};
    std::chrono::milliseconds retry{1'000};
    event_log::limits replay{};
    stream_shelf* shelf = nullptr; // of the session's streams
    bool priming_event =
        false; // MCP 2025-11-25 and later: older clients take an event without data for a broken message
    bool resumable = true;         // events have ids, to come back with
    std::string preface{};         // server-sent events that come before all others
    std::string_view event_name{}; // of every event, a literal; empty: none is written, which means "message"
    std::string request_id{};      // of the request that is answered
    std::string origin{};          // of the page that may read the answer; empty: no browser asks
};

// Writes the head, then events until the stream is over, the reader is displaced or the client is gone.
// The connection must stay alive until the coroutine ends.
asio::awaitable<void> write_stream(server_connection& connection, std::shared_ptr<client_stream> from,
                                   std::uint64_t reader, stream_options options);

// The head fields of every answer: the request's id, and what browsers ask for. Views of `options`.
[[nodiscard]] std::vector<header_field> answer_fields(const stream_options& options);

// Those of every event stream: also no buffering, no transformation on the way.
[[nodiscard]] std::vector<header_field> stream_fields(const stream_options& options);

} // namespace transport
