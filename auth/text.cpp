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

} // namespace auth
