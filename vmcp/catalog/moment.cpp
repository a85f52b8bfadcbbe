#include "vmcp/catalog/moment.hpp"

#include <algorithm>
#include <chrono>

namespace vmcp {
namespace {

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

// Whether `text` has a digit wherever `pattern` has a 'd', and the same characters elsewhere.
bool looks_like(std::string_view text, std::string_view pattern) noexcept {
    return text.size() == pattern.size() &&
           std::ranges::equal(text, pattern, [](char c, char p) { return p == 'd' ? is_digit(c) : c == p; });
}

int number_at(std::string_view text, std::size_t at, std::size_t digits = 2) noexcept {
    int out = 0;
    for (const char c : text.substr(at, digits))
        out = out * 10 + (c - '0');
    return out;
}

bool is_zone(std::string_view text) noexcept {
    if (text == "Z")
        return true;
    return (looks_like(text, "+dd:dd") || looks_like(text, "-dd:dd")) && number_at(text, 1) < 24 &&
           number_at(text, 4) < 60;
}

} // namespace

bool is_moment(std::string_view text) noexcept {
    constexpr std::string_view pattern = "dddd-dd-ddTdd:dd:dd";
    if (!looks_like(text.substr(0, pattern.size()), pattern))
        return false;
    const std::chrono::year_month_day day(std::chrono::year(number_at(text, 0, 4)),
                                          std::chrono::month(static_cast<unsigned>(number_at(text, 5))),
                                          std::chrono::day(static_cast<unsigned>(number_at(text, 8))));
    if (!day.ok() || number_at(text, 11) > 23 || number_at(text, 14) > 59 || number_at(text, 17) > 59)
        return false;
    auto rest = text.substr(pattern.size());
    if (rest.starts_with('.')) {
        const auto end = std::min(rest.find_first_not_of("0123456789", 1), rest.size());
        if (end == 1)
            return false;
        rest.remove_prefix(end);
    }
    return is_zone(rest);
}

} // namespace vmcp
