// The UTF-8 byte order mark, which some servers write before their JSON; a reader may ignore it (RFC 8259 section 8.1).
#pragma once

#include <string_view>

namespace vmcp {

inline constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

// `text` behind the mark it may begin with.
[[nodiscard]] constexpr std::string_view without_byte_order_mark(std::string_view text) noexcept {
    return text.starts_with(byte_order_mark) ? text.substr(byte_order_mark.size()) : text;
}

} // namespace vmcp
