// Lets ${NAME} stand unquoted in [...] and {...} of YAML, where braces, commas and colons mean something.
#pragma once

#include <string>
#include <string_view>

namespace vmcp {

// `text` with the characters inside of `${...}` that YAML would read replaced by control characters, one for
// one, so that every place stays the same. References that reach over a line end, or hold quotes or
// backslashes, are left as they are. `text` must not hold control characters other than tab and line ends.
[[nodiscard]] std::string mask_references(std::string_view text);

// Puts the characters back.
void unmask_references(std::string& text) noexcept;

} // namespace vmcp
