#include "auth/shown.hpp"

namespace auth {

std::string shown(std::string_view text) {
    std::string out = "'";
    for (const char c : text.substr(0, 120))
        out.push_back(c >= ' ' && c < 127 && c != '\'' ? c : '?');
    return out + (text.size() > 120 ? "...'" : "'");
}

} // namespace auth
