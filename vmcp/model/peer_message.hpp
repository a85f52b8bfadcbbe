// What a peer answers, read for calls and probes alike.
#pragma once

#include "vmcp/model/message.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace vmcp {

// How deep a backend's payload may nest: it is passed on, not understood.
inline constexpr unsigned backend_json_depth = 1000;

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
    [[nodiscard]] bool next(message& out);

private:
    std::string_view single_{};
    std::vector<std::string_view> batch_{};
    std::size_t at_ = 0;
};

} // namespace vmcp
