#include "vmcp/base/json_text.hpp"

#include "vmcp/base/ascii.hpp"
#include "vmcp/base/characters.hpp"

#include <cstdint>

namespace vmcp {
namespace {

std::uint32_t hex4(std::string_view digits) {
    std::uint32_t value = 0;
    for (const char c : digits.substr(0, 4))
        value = value * 16 + static_cast<std::uint32_t>(hex_value(c));
    return value;
}

// Appends the character of the \uXXXX at the start of `rest` and returns how many bytes it took; 0 for a lone
// surrogate.
std::size_t append_unicode_escape(std::string& out, std::string_view rest) {
    if (rest.size() < 6)
        return 0;
    std::uint32_t code = hex4(rest.substr(2));
    std::size_t used = 6;
    if (code >= 0xD800 && code <= 0xDBFF) {
        if (rest.size() < 12 || rest[6] != '\\' || rest[7] != 'u')
            return 0;
        const std::uint32_t low = hex4(rest.substr(8));
        if (low < 0xDC00 || low > 0xDFFF)
            return 0;
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        used = 12;
    } else if (code >= 0xDC00 && code <= 0xDFFF) {
        return 0;
    }
    append_utf8(out, code);
    return used;
}

char simple_escape(char c) {
    switch (c) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return c; // quote, backslash, slash
    }
}

} // namespace

void append_quoted(std::string& out, std::string_view text) {
    constexpr char hex[] = "0123456789abcdef";
    out.push_back('"');
    for (const char c : text) {
        switch (c) {
        case '"':
            out += "\\\"";
            break;
        case '\\':
            out += "\\\\";
            break;
        case '\n':
            out += "\\n";
            break;
        case '\r':
            out += "\\r";
            break;
        case '\t':
            out += "\\t";
            break;
        default:
            if (static_cast<unsigned char>(c) < 0x20) {
                out += "\\u00";
                out.push_back(hex[static_cast<unsigned char>(c) >> 4]);
                out.push_back(hex[static_cast<unsigned char>(c) & 0xF]);
            } else {
                out.push_back(c);
            }
        }
    }
    out.push_back('"');
}

std::string quoted(std::string_view text) {
    std::string out;
    out.reserve(text.size() + 2);
    append_quoted(out, text);
    return out;
}

std::optional<std::string> unquoted(std::string_view raw) {
    if (raw.size() < 2 || raw.front() != '"' || raw.back() != '"')
        return std::nullopt;
    std::string_view rest = raw.substr(1, raw.size() - 2);
    std::string out;
    out.reserve(rest.size());
    while (!rest.empty()) {
        const std::size_t slash = rest.find('\\');
        out.append(rest.substr(0, slash));
        if (slash == std::string_view::npos)
            break;
        rest.remove_prefix(slash);
        if (rest.size() < 2)
            return std::nullopt;
        if (rest[1] == 'u') {
            const std::size_t used = append_unicode_escape(out, rest);
            if (used == 0)
                return std::nullopt;
            rest.remove_prefix(used);
        } else {
            out.push_back(simple_escape(rest[1]));
            rest.remove_prefix(2);
        }
    }
    return out;
}

bool json_key_is(std::string_view raw_key, std::string_view key) noexcept {
    if (raw_key.size() < 2)
        return false;
    const std::string_view inner = raw_key.substr(1, raw_key.size() - 2);
    // An escape is longer than what it stands for: most keys that differ need no second look.
    if (inner.size() < key.size() || (inner.size() == key.size() && inner != key))
        return false;
    if (inner.find('\\') == std::string_view::npos)
        return inner == key;
    const auto plain = unquoted(raw_key);
    return plain && *plain == key;
}

} // namespace vmcp
