#include "vmcp/base/canonical_json.hpp"

#include "vmcp/base/json_cursor.hpp"
#include "vmcp/base/json_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>
#include <vector>

namespace vmcp {
namespace {

// As integer digits without zeros around them, and a power of ten.
std::string number_text(std::string_view raw) {
    const auto e = std::min(raw.find_first_of("eE"), raw.size());
    auto mantissa = raw.substr(0, e);
    auto power = raw.substr(std::min(e + 1, raw.size()));
    if (power.starts_with('+'))
        power.remove_prefix(1);
    std::int64_t exponent = 0;
    constexpr std::int64_t most = std::int64_t{1} << 60;
    if (!power.empty() &&
        (std::from_chars(power.data(), power.data() + power.size(), exponent).ec != std::errc() ||
         exponent > most || exponent < -most))
        return std::string(raw);
    const bool negative = mantissa.starts_with('-');
    mantissa.remove_prefix(negative ? 1 : 0);
    const auto point = std::min(mantissa.find('.'), mantissa.size());
    std::string digits(mantissa.substr(0, point));
    const auto fraction = mantissa.substr(std::min(point + 1, mantissa.size()));
    digits.append(fraction);
    exponent -= static_cast<std::int64_t>(fraction.size());
    digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
    if (digits.empty())
        return "0";
    const auto last = digits.find_last_not_of('0');
    exponent += static_cast<std::int64_t>(digits.size() - 1 - last);
    digits.resize(last + 1);
    return fmt::format("{}{}e{}", negative ? "-" : "", digits, exponent);
}

void append(std::string& out, const json_slice& value);

std::string string_text(std::string_view raw) {
    const auto text = unquoted(raw);
    return text ? quoted(*text) : std::string(raw);
}

void append_object(std::string& out, std::string_view raw) {
    json_cursor cursor(raw, any_depth);
    std::vector<std::pair<std::string, json_slice>> members;
    std::string_view key;
    json_slice value;
    bool done = false;
    if (cursor.enter_object())
        while (cursor.next_member(key, done) && !done && cursor.value(value))
            members.emplace_back(string_text(key), value);
    // Of several with one name the order counts.
    std::ranges::sort(
        members, {}, [](const auto& m) { return std::pair(std::string_view(m.first), m.second.raw.data()); });
    out.push_back('{');
    bool first = true;
    for (const auto& [name, member] : members) {
        out.append(std::exchange(first, false) ? "" : ",").append(name).append(":");
        append(out, member);
    }
    out.push_back('}');
}

void append_array(std::string& out, std::string_view raw) {
    json_cursor cursor(raw, any_depth);
    json_slice value;
    bool done = false;
    bool first = true;
    out.push_back('[');
    if (cursor.enter_array())
        while (cursor.next_element(done) && !done && cursor.value(value)) {
            out.append(std::exchange(first, false) ? "" : ",");
            append(out, value);
        }
    out.push_back(']');
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as whoever read the text lets it be
void append(std::string& out, const json_slice& value) {
    switch (value.kind) {
    case json_kind::object:
        return append_object(out, value.raw);
    case json_kind::array:
        return append_array(out, value.raw);
    case json_kind::string:
        out.append(string_text(value.raw));
        return;
    case json_kind::number:
        out.append(number_text(value.raw));
        return;
    case json_kind::boolean:
    case json_kind::null:
        out.append(value.raw);
        return;
    }
}

} // namespace

std::string canonical_json(std::string_view text) {
    json_cursor cursor(text, any_depth);
    json_slice value;
    if (!cursor.value(value) || !cursor.at_end())
        return std::string(text);
    std::string out;
    append(out, value);
    return out;
}

std::optional<std::string> canonical_number(std::string_view text) {
    json_cursor cursor(text);
    json_slice value;
    if (!cursor.value(value) || value.kind != json_kind::number || value.raw.size() != text.size())
        return std::nullopt;
    return number_text(value.raw);
}

} // namespace vmcp
