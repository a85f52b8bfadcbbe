// Judges the replies that the load generator gets: a fast wrong answer is no answer. No sockets here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace bench {

enum class verdict {
    right,
    rpc_error,       // a JSON-RPC error for this id
    tool_error,      // a tool result with isError: true
    wrong_reply,     // not the reply of this id, or not JSON-RPC at all
    progress_missing // another number of progress notifications than expected
};

[[nodiscard]] std::string to_string(verdict v);

// Judges one JSON reply. `body` may be cut off behind the first kilobytes when the id stands before the
// result, as servers write it; isError is looked for only in the bytes given, and only when `look_inside` is
// set.
[[nodiscard]] verdict judge_reply(std::string_view body, std::uint64_t id, bool look_inside);

// Judges a whole event stream: `progress` progress notifications with token `id`, then the reply for `id`.
// Comments, events without data and other notifications are ignored.
[[nodiscard]] verdict judge_event_stream(std::string_view stream, std::uint64_t id, std::size_t progress);

} // namespace bench
