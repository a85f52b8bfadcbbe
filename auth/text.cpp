#include "auth/text.hpp"

#include "vmcp/base/excerpt.hpp"

#include <algorithm>

namespace auth {

std::string shown(std::string_view text) {
    return "'" + vmcp::excerpt_of(text) + "'";
}

bool has_control(std::string_view text) noexcept {
    return std::any_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7F'; });
}

std::string lower_case(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return out;
}

int hex_value(char digit) noexcept {
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    const char low = static_cast<char>(digit | 0x20);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

} // namespace auth
