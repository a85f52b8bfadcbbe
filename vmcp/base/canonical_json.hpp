// One spelling for all JSON texts that mean the same: to compare what was written twice. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vmcp {

// Of valid JSON: members in the order of their names, no white space, strings with as few escapes as can be, numbers by their exact
// value (1, 1.0 and 10e-1 are one; numbers that only a double takes for the same are two). What cannot be read stays as it is.
[[nodiscard]] std::string canonical_json(std::string_view text);

// The same of a number; nothing where the text is not one as JSON writes it.
[[nodiscard]] std::optional<std::string> canonical_number(std::string_view text);

} // namespace vmcp
