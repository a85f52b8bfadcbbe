#include "vmcp/base/uri_normal.hpp"

#include "vmcp/base/ascii.hpp"

#include <algorithm>

namespace vmcp {
namespace {

// RFC 3986, 2.3.
constexpr bool is_unreserved(char c) noexcept {
    const char l = lower(c);
    return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
}

bool is_scheme(std::string_view text) {
    const auto letter = [](char c) { return lower(c) >= 'a' && lower(c) <= 'z'; };
    return !text.empty() && letter(text.front()) && std::ranges::all_of(text, [&](char c) {
        return letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
    });
}

// Where the host stands in an authority: behind user information.
std::size_t host_begin(std::string_view uri, std::size_t authority, std::size_t end) {
    const auto at = uri.substr(authority, end - authority).rfind('@');
    return at == std::string_view::npos ? authority : authority + at + 1;
}

} // namespace

std::string normal_uri(std::string_view uri) {
    const auto colon = uri.find(':');
    if (colon == std::string_view::npos || !is_scheme(uri.substr(0, colon)))
        return std::string(uri);
    std::size_t host = 0;
    std::size_t host_end = 0;
    if (uri.substr(colon + 1).starts_with("//")) {
        host_end = std::min(uri.find_first_of("/?#", colon + 3), uri.size());
        host = host_begin(uri, colon + 3, host_end);
    }
    std::string out;
    out.reserve(uri.size());
    for (std::size_t i = 0; i < uri.size(); ++i) {
        const bool any_case = i < colon || (i >= host && i < host_end);
        const int high = uri[i] == '%' && i + 2 < uri.size() ? hex_value(uri[i + 1]) : -1;
        const int low = high < 0 ? -1 : hex_value(uri[i + 2]);
        if (low < 0) {
            out.push_back(any_case ? lower(uri[i]) : uri[i]);
            continue;
        }
        constexpr char digits[] = "0123456789ABCDEF";
        const char meant = static_cast<char>(high * 16 + low);
        if (is_unreserved(meant))
            out.push_back(any_case ? lower(meant) : meant);
        else
            out.append({'%', digits[high], digits[low]});
        i += 2;
    }
    return out;
}

} // namespace vmcp
