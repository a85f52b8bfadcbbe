// The four kinds of strings in TOML.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace vmcp {

// The string that starts at text[at] with a quote (TOML 1.0, "String"): its value, and `at` moved behind it. With
// `key` only the kinds of one line. Nothing when it is not closed or holds an escape that there is not; `at` is then
// where it went wrong.
[[nodiscard]] std::optional<std::string> take_toml_string(std::string_view text, std::size_t& at, bool key);

} // namespace vmcp
