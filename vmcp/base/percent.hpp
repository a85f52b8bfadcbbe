// Percent-encoding (RFC 3986, 2.1).
#pragma once

#include "vmcp/base/ascii.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace vmcp {

// Characters that mean the same encoded or not (RFC 3986, 2.3).
[[nodiscard]] constexpr bool is_unreserved(char c) noexcept {
    const char low = lower(c);
    return (low >= 'a' && low <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
           c == '~';
}

// The byte that is written "%XX" at the begin of `text`; nothing where it begins otherwise.
[[nodiscard]] constexpr std::optional<char> percent_byte(std::string_view text) noexcept {
    if (text.size() < 3 || text[0] != '%' || hex_value(text[1]) < 0 || hex_value(text[2]) < 0)
        return std::nullopt;
    return static_cast<char>(hex_value(text[1]) * 16 + hex_value(text[2]));
}

inline void append_percent(std::string& to, char c) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    to.append({'%', digits[byte >> 4], digits[byte & 0xF]});
}

// A '%' that begins no byte stays as it is.
[[nodiscard]] inline std::string percent_decoded_loosely(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto byte = percent_byte(text);
        out.push_back(byte.value_or(text[0]));
        text.remove_prefix(byte ? 3 : 1);
    }
    return out;
}

// Nothing where a '%' begins no byte.
[[nodiscard]] inline std::optional<std::string> percent_decoded(std::string_view text) {
    for (auto at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 3))
        if (!percent_byte(text.substr(at)))
            return std::nullopt;
    return percent_decoded_loosely(text);
}

} // namespace vmcp
