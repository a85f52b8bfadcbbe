// Small questions about text that a peer sent.
#pragma once

#include <string>
#include <string_view>

namespace auth {

// As it may stand in an operator's log: quoted, printable, cut short (vmcp::excerpt_of).
[[nodiscard]] std::string shown(std::string_view text);

// Holds a control character of ASCII, line breaks and NUL among them.
[[nodiscard]] bool has_control(std::string_view text) noexcept;

} // namespace auth
