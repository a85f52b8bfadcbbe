// How a back tells a front under which key its backend wants the answer to a question (MCP 2026-07-28, basic/patterns/mrtr): the id of
// the request that the client is asked with. Pure.
#pragma once

#include "vmcp/base/json_text.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace vmcp {

// What such an id begins with. Ids that backends with sessions choose say nothing to anybody, and are no keys.
inline constexpr std::string_view input_key_prefix = "input:";

// The raw id of the question with that key.
[[nodiscard]] inline std::string input_id(std::string_view key) {
    return quoted(std::string(input_key_prefix).append(key));
}

// The key; nothing: the question has none.
[[nodiscard]] inline std::optional<std::string> input_key(std::string_view raw_id) {
    auto text = unquoted(raw_id);
    if (!text || !text->starts_with(input_key_prefix))
        return std::nullopt;
    return text->substr(input_key_prefix.size());
}

} // namespace vmcp
