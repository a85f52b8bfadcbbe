// Checks on the raw bytes of a configuration before any parser sees them, and places in it.
#pragma once

#include "vmcp/config/config_problem.hpp"

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace vmcp {

// A configuration is written by people: beyond this it is another file. (1,000 backends take about 200 KB.)
inline constexpr std::size_t max_config_bytes = std::size_t{4} << 20;
// Nesting of lists and mappings; the schema needs 8.
inline constexpr unsigned max_config_depth = 64;

// The offset of the first byte that is not part of well-formed UTF-8 (RFC 3629), or nothing.
[[nodiscard]] std::optional<std::size_t> first_bad_utf8(std::string_view text) noexcept;

// From byte offsets to lines and columns.
class line_index {
public:
    explicit line_index(std::string_view text);
    [[nodiscard]] text_position at(std::size_t offset) const noexcept;

private:
    std::vector<std::size_t> starts_{0};
};

// Reports text that is too long, not UTF-8, or holds control characters other than tab and line ends; returns
// whether it was fine. A byte order mark must have been removed.
[[nodiscard]] bool check_source_text(std::string_view text, problem_list& problems);

} // namespace vmcp
