// Letters of ASCII without regard to case: names of header fields, schemes, media types, hosts.
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

} // namespace vmcp
