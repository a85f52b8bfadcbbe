// What a backend says, read and sorted: which request of ours a message answers, or whom else it concerns.
#pragma once

#include "vmcp/model/message.hpp"
#include "vmcp/model/reply.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace transport {

// How deep a backend's payload may nest: it is passed on, not understood.
inline constexpr unsigned backend_json_depth = 1000;

enum class backend_says : std::uint8_t {
    response,         // result or error of a request of ours, by its id; an error may have none
    progress,         // of a request of ours, by its token
    question,         // a request
    withdrawal,       // notifications/cancelled: it does not want the answer to a question any more
    lists_changed,    // one of its lists
    resource_updated, // a resource that somebody subscribed to
    log,
    notification, // any other
};
[[nodiscard]] backend_says kind_of(const vmcp::message& m) noexcept;

// What kind of reply the response `m` is to a request of `method`.
[[nodiscard]] vmcp::answer_kind reply_kind_of(const vmcp::message& m, std::string_view method) noexcept;

// The number in a raw JSON-RPC id or progress token; the ids we give are such numbers, and servers that turn
// numbers into strings are forgiven.
[[nodiscard]] std::optional<std::uint64_t> our_id(std::string_view raw) noexcept;

// The messages of a text: a single one, or each of a JSON-RPC batch (which servers of 2025-03-26 may send).
// What is no JSON-RPC message is left out.
class message_sequence {
public:
    // `text` must live until the last message of it was used.
    void open(std::string_view text);
    // False at the end.
    [[nodiscard]] bool next(vmcp::message& out);

private:
    std::string_view single_{};
    std::vector<std::string_view> batch_{};
    std::size_t at_ = 0;
};

} // namespace transport
