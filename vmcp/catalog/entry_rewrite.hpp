// Changes single members of a JSON object by splicing: every other byte stays as the backend wrote it.
#pragma once

#include "vmcp/config/config.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace vmcp {

struct json_assignment {
    std::string_view key{};
    std::string_view value{}; // raw JSON
};

// Replaces the value of the first member called `key` and stops looking there. Nothing when `object` is no
// JSON object up to that place, or has no such member.
[[nodiscard]] std::optional<std::string> replace_member(std::string_view object, std::string_view key,
                                                        std::string_view raw_value);

// Sets every member of `assignments`: an existing one is replaced (each time it occurs: parsers differ in
// which they take), a missing one is inserted at the front. Nothing when `object` is not a JSON object.
[[nodiscard]] std::optional<std::string> set_members(std::string_view object,
                                                     std::span<const json_assignment> assignments);

// One tool as it is exposed: with another name, and description and annotations as `changes` says. Nothing
// when `raw` is not an object with a `name`.
[[nodiscard]] std::optional<std::string> rewrite_tool(std::string_view raw, std::string_view quoted_name,
                                                      const tool_override& changes);

} // namespace vmcp
