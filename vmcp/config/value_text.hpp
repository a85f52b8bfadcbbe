// Reads single values as people write them in a configuration: booleans, integers, durations, sizes.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vmcp {

// `true` or `false`, also with a capital first letter or all capitals (YAML 1.2 core schema). Not
// yes/no/on/off.
[[nodiscard]] std::optional<bool> parse_bool(std::string_view text) noexcept;

// Decimal digits with an optional sign, in the range of int64.
[[nodiscard]] std::optional<std::int64_t> parse_integer(std::string_view text) noexcept;

// One or more numbers with a unit, as Go writes durations: `250ms`, `30s`, `1.5s`, `1h30m`; and `0`. Units:
// h, m, s, ms. Nothing for negative ones, for a missing unit, for fractions of a millisecond, and beyond ten
// years.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) noexcept;

// Bytes: `4MiB`, `512KiB`, `1GiB` (powers of 1024), `10MB`, `64kB` (powers of 1000), or a plain number.
[[nodiscard]] std::optional<std::int64_t> parse_size(std::string_view text) noexcept;

// The shortest text that parse_duration and parse_size read back.
[[nodiscard]] std::string duration_text(std::chrono::milliseconds value);
[[nodiscard]] std::string size_text(std::int64_t bytes);

// The number of single-character insertions, deletions, replacements and swaps of neighbours between two
// keys, letters compared without case; stops counting at `limit`.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit);

} // namespace vmcp
