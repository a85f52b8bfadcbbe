// Characters of ASCII: letters without regard to case (names of header fields, schemes, media types, hosts), and digits.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace vmcp {

[[nodiscard]] constexpr char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

[[nodiscard]] inline std::string lowered(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        c = lower(c);
    return out;
}

[[nodiscard]] constexpr bool same_letters(char a, char b) noexcept {
    return lower(a) == lower(b);
}

[[nodiscard]] constexpr bool iequals(std::string_view a, std::string_view b) noexcept {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), same_letters);
}

[[nodiscard]] constexpr bool istarts_with(std::string_view text, std::string_view prefix) noexcept {
    return iequals(text.substr(0, prefix.size()), prefix);
}

[[nodiscard]] constexpr bool icontains(std::string_view text, std::string_view word) noexcept {
    return std::search(text.begin(), text.end(), word.begin(), word.end(), same_letters) != text.end();
}

// What a hexadecimal digit stands for; -1 for any other byte.
[[nodiscard]] constexpr int hex_value(char digit) noexcept {
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    const char low = lower(digit);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

} // namespace vmcp
