#include "vmcp/yaml/toml_string.hpp"

#include "vmcp/base/characters.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <system_error>

namespace vmcp {
namespace {

constexpr std::size_t npos = std::string_view::npos;

// What stands behind a backslash at text[at]; moves `at` behind it.
bool take_escape(std::string_view text, std::size_t& at, std::string& out) {
    constexpr std::string_view names = "btnfre\"\\";
    constexpr std::string_view values = "\b\t\n\f\r\x1B\"\\";
    const char kind = at < text.size() ? text[at] : '\0';
    if (const auto simple = names.find(kind); kind != '\0' && simple != npos) {
        out.push_back(values[simple]);
        ++at;
        return true;
    }
    const std::size_t digits = kind == 'x' ? 2 : kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
    const auto number = text.substr(std::min(at + 1, text.size()), digits);
    std::uint32_t code = 0;
    const auto [end, ec] = std::from_chars(number.data(), number.data() + number.size(), code, 16);
    if (digits == 0 || number.size() != digits || ec != std::errc{} || end != number.data() + digits ||
        code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) // no character has this number
        return false;
    append_utf8(out, code);
    at += 1 + digits;
    return true;
}

// In a basic string of several lines: a backslash at the end of a line joins it with the next text.
bool joins_lines(std::string_view text, std::size_t& at) {
    const auto end = text.find_first_not_of(" \t\r", at);
    if (end == npos || text[end] != '\n')
        return false;
    at = std::min(text.find_first_not_of(" \t\r\n", end), text.size());
    return true;
}

std::optional<std::string> take_long(std::string_view text, std::size_t& at, char quote) {
    const std::string fence(3, quote);
    std::string out;
    if (text.substr(at).starts_with("\r\n"))
        ++at;
    if (text.substr(at).starts_with('\n'))
        ++at;
    while (at < text.size()) {
        if (text.substr(at).starts_with(fence)) {
            // Up to two quotes more belong to the text.
            for (at += 3; at < text.size() && text[at] == quote; ++at)
                out.push_back(quote);
            return out;
        }
        const char c = text[at++];
        if (c != '\\' || quote == '\'')
            out.push_back(c);
        else if (!joins_lines(text, at) && !take_escape(text, at, out))
            return std::nullopt;
    }
    return std::nullopt;
}

} // namespace

std::optional<std::string> take_toml_string(std::string_view text, std::size_t& at, bool key) {
    const char quote = text[at];
    if (!key && text.substr(at).starts_with(std::string(3, quote))) {
        at += 3;
        return take_long(text, at, quote);
    }
    std::string out;
    for (++at; at < text.size() && text[at] != '\n';) {
        const char c = text[at++];
        if (c == quote)
            return out;
        if (c != '\\' || quote == '\'')
            out.push_back(c);
        else if (!take_escape(text, at, out))
            return std::nullopt;
    }
    return std::nullopt;
}

} // namespace vmcp
