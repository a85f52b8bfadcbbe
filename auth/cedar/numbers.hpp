// JSON numbers as Cedar values, which are 64-bit integers and decimals with four digits behind the point.
#pragma once

#include "auth/cedar/values.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace auth {

enum class number_mapping : std::uint8_t {
    // What has the value of an integer is a Long, everything else a decimal, rounded to four digits.
    cedar,
    // Everything is a decimal, cut to four digits, from a double: what ToolHive makes of numbers.
    toolhive,
};

// The value of a JSON number token. Nothing when it is too large for what it would become.
[[nodiscard]] std::optional<cedar_value> cedar_number(std::string_view token, number_mapping mapping);

} // namespace auth
