// Exact arithmetic only: a duration or size that cannot be represented is refused, never rounded.
#include "vmcp/config/value_text.hpp"

#include "vmcp/base/ascii.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <numeric>
#include <vector>

namespace vmcp {
namespace {

constexpr std::int64_t ten_years = std::int64_t{10} * 365 * 24 * 3'600'000;

struct unit {
    std::string_view name;
    std::int64_t factor;
};

// Longest names first, where one is the start of another.
constexpr std::array<unit, 4> duration_units{{{"ms", 1}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}}};
constexpr std::array<unit, 9> size_units{{{"GiB", 1 << 30},
                                          {"MiB", 1 << 20},
                                          {"KiB", 1 << 10},
                                          {"GB", 1'000'000'000},
                                          {"MB", 1'000'000},
                                          {"KB", 1'000},
                                          {"kB", 1'000},
                                          {"B", 1},
                                          {"", 1}}};

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

std::string_view take_digits(std::string_view& text) noexcept {
    const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
    const auto digits = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    text.remove_prefix(digits.size());
    return digits;
}

std::optional<std::int64_t> to_number(std::string_view digits) noexcept {
    std::int64_t value = 0;
    const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (digits.empty() || ec != std::errc{} || end != digits.data() + digits.size())
        return std::nullopt;
    return value;
}

// 0.`fraction` times `factor`, where that is a whole number.
std::optional<std::int64_t> fraction_of(std::string_view fraction, std::int64_t factor) noexcept {
    if (fraction.size() > 9)
        return std::nullopt;
    std::int64_t scale = 1;
    for (std::size_t i = 0; i < fraction.size(); ++i)
        scale *= 10;
    const auto product = to_number(fraction).value_or(0) * factor;
    if (product % scale != 0)
        return std::nullopt;
    return product / scale;
}

// One `number[.fraction]unit` from the front of `text`, in milliseconds.
std::optional<std::int64_t> take_duration_part(std::string_view& text) noexcept {
    const auto whole = to_number(take_digits(text));
    if (!whole)
        return std::nullopt;
    std::string_view fraction;
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        fraction = take_digits(text);
        if (fraction.empty())
            return std::nullopt;
    }
    const auto found = std::find_if(duration_units.begin(), duration_units.end(),
                                    [text](const unit& u) { return text.starts_with(u.name); });
    if (found == duration_units.end() || *whole > ten_years / found->factor)
        return std::nullopt;
    text.remove_prefix(found->name.size());
    const auto rest = fraction_of(fraction, found->factor);
    if (!rest)
        return std::nullopt;
    return *whole * found->factor + *rest;
}

} // namespace

std::optional<bool> parse_bool(std::string_view text) noexcept {
    if (text == "true" || text == "True" || text == "TRUE")
        return true;
    if (text == "false" || text == "False" || text == "FALSE")
        return false;
    return std::nullopt;
}

std::optional<std::int64_t> parse_integer(std::string_view text) noexcept {
    if (text.starts_with('+')) {
        text.remove_prefix(1);
        if (text.empty() || !is_digit(text.front()))
            return std::nullopt;
    }
    return to_number(text);
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) noexcept {
    if (text == "0")
        return std::chrono::milliseconds(0);
    if (text.empty())
        return std::nullopt;
    std::int64_t total = 0;
    while (!text.empty()) {
        const auto part = take_duration_part(text);
        if (!part || *part > ten_years - total)
            return std::nullopt;
        total += *part;
    }
    return std::chrono::milliseconds(total);
}

std::optional<std::int64_t> parse_size(std::string_view text) noexcept {
    const auto number = to_number(take_digits(text));
    const auto found =
        std::find_if(size_units.begin(), size_units.end(), [text](const unit& u) { return text == u.name; });
    if (!number || found == size_units.end() ||
        *number > std::numeric_limits<std::int64_t>::max() / found->factor)
        return std::nullopt;
    return *number * found->factor;
}

std::string duration_text(std::chrono::milliseconds value) {
    std::int64_t left = value.count();
    std::string out;
    for (const auto& [name, factor] :
         {unit{"h", 3'600'000}, unit{"m", 60'000}, unit{"s", 1'000}, unit{"ms", 1}}) {
        if (left / factor != 0)
            out.append(std::to_string(left / factor)).append(name);
        left %= factor;
    }
    return out.empty() ? "0s" : out;
}

std::string size_text(std::int64_t bytes) {
    for (const auto& [name, factor] : {unit{"GiB", 1 << 30}, unit{"MiB", 1 << 20}, unit{"KiB", 1 << 10}}) {
        if (bytes != 0 && bytes % factor == 0)
            return std::to_string(bytes / factor) + std::string(name);
    }
    return std::to_string(bytes);
}

std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit) {
    if (std::max(a.size(), b.size()) - std::min(a.size(), b.size()) >= limit)
        return limit;
    // Rows of the table of distances between the beginnings of both: this one, the last, and the one before.
    std::vector<std::size_t> row(b.size() + 1), last(b.size() + 1), before(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    const auto same = [&](std::size_t i, std::size_t j) { return same_letters(a[i], b[j]); };
    for (std::size_t i = 0; i < a.size(); ++i) {
        before.swap(last);
        last.swap(row);
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            row[j + 1] = std::min({last[j] + (same(i, j) ? 0 : 1), last[j + 1] + 1, row[j] + 1});
            if (i > 0 && j > 0 && same(i, j - 1) && same(i - 1, j))
                row[j + 1] = std::min(row[j + 1], before[j - 1] + 1);
        }
    }
    return std::min(row[b.size()], limit);
}

} // namespace vmcp
