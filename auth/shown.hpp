// A peer's words as they may stand in an operator's log.
#pragma once

#include <string>
#include <string_view>

namespace auth {

// Quoted, printable, at most 120 bytes.
[[nodiscard]] std::string shown(std::string_view text);

} // namespace auth
