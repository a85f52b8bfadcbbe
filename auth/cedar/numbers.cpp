#include "auth/cedar/numbers.hpp"

#include <charconv>
#include <limits>
#include <string>
#include <system_error>

namespace auth {
namespace {

constexpr int decimal_places = 4;
// An exponent beyond this is the same as this one: the result is too large, or is zero.
constexpr long long exponent_ceiling = 1'000'000'000;

// A number as sign, digits without leading and trailing zeros (none for zero), and the power of ten of the last.
struct exact_number {
    bool negative = false;
    std::string digits{};
    long long exponent = 0;
};

long long exponent_of(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+'))
        text.remove_prefix(1);
    long long value = 0;
    for (const char c : text)
        if (value < exponent_ceiling)
            value = value * 10 + (c - '0');
    return negative ? -value : value;
}

exact_number read(std::string_view token) {
    exact_number out;
    out.negative = token.starts_with('-');
    if (out.negative)
        token.remove_prefix(1);
    const auto mark = token.find_first_of("eE");
    if (mark != std::string_view::npos)
        out.exponent = exponent_of(token.substr(mark + 1));
    bool behind_point = false;
    for (const char c : token.substr(0, mark)) {
        if (c == '.') {
            behind_point = true;
            continue;
        }
        out.exponent -= behind_point ? 1 : 0;
        if (c != '0' || !out.digits.empty())
            out.digits.push_back(c);
    }
    while (out.digits.ends_with('0')) {
        out.digits.pop_back();
        ++out.exponent;
    }
    return out;
}

std::optional<std::int64_t> integer(bool negative, std::string_view digits, long long zeros) {
    constexpr long long most_digits = std::numeric_limits<std::int64_t>::digits10 + 1;
    if (digits.empty())
        return 0;
    if (static_cast<long long>(digits.size()) + zeros > most_digits)
        return std::nullopt;
    std::string text = negative ? "-" : "";
    text.append(digits).append(static_cast<std::size_t>(zeros), '0');
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{})
        return std::nullopt;
    return value;
}

// In ten-thousandths, rounded half away from zero.
std::optional<std::int64_t> rounded(const exact_number& number) {
    const auto shift = number.exponent + decimal_places;
    if (shift >= 0)
        return integer(number.negative, number.digits, shift);
    const auto dropped = -shift;
    const auto size = static_cast<long long>(number.digits.size());
    if (dropped > size)
        return 0;
    const auto kept = static_cast<std::size_t>(size - dropped);
    const auto value = integer(number.negative, std::string_view(number.digits).substr(0, kept), 0);
    if (!value || number.digits[kept] < '5')
        return value;
    if (*value == std::numeric_limits<std::int64_t>::max() ||
        *value == std::numeric_limits<std::int64_t>::min())
        return std::nullopt;
    return number.negative ? *value - 1 : *value + 1;
}

std::optional<std::int64_t> cut(std::string_view token, const exact_number& number) {
    constexpr double limit = 9223372036854775808.0; // 2^63
    double value = 0;
    const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), value);
    if (error == std::errc::result_out_of_range) {
        const bool tiny = number.exponent + static_cast<long long>(number.digits.size()) <= 0;
        return tiny ? std::optional<std::int64_t>(0) : std::nullopt;
    }
    const double scaled = value * 10'000;
    if (!(scaled < limit && scaled >= -limit))
        return std::nullopt;
    return static_cast<std::int64_t>(scaled);
}

} // namespace

std::optional<cedar_value> cedar_number(std::string_view token, number_mapping mapping) {
    const auto number = read(token);
    if (mapping == number_mapping::toolhive) {
        const auto value = cut(token, number);
        return value ? std::optional(cedar_value{cedar_decimal{*value}}) : std::nullopt;
    }
    if (number.digits.empty() || number.exponent >= 0) {
        const auto value = integer(number.negative, number.digits, number.exponent);
        return value ? std::optional(cedar_value{*value}) : std::nullopt;
    }
    const auto value = rounded(number);
    return value ? std::optional(cedar_value{cedar_decimal{*value}}) : std::nullopt;
}

} // namespace auth
