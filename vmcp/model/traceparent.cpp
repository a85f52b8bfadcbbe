#include "vmcp/model/traceparent.hpp"

#include <algorithm>
#include <span>
#include <vector>

namespace vmcp {
namespace {

// Upper case is malformed (section 3.2.2.3).
constexpr int lower_hex(char c) noexcept {
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool read_hex(std::string_view text, std::span<std::uint8_t> to) noexcept {
    for (std::size_t i = 0; i < to.size(); ++i) {
        const int high = lower_hex(text[2 * i]);
        const int low = lower_hex(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        to[i] = static_cast<std::uint8_t>(high * 16 + low);
    }
    return true;
}

void append_hex(std::string& out, std::span<const std::uint8_t> bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    for (const auto byte : bytes) {
        out.push_back(digits[byte >> 4U]);
        out.push_back(digits[byte & 0xFU]);
    }
}

bool is_zero(std::span<const std::uint8_t> bytes) noexcept {
    return std::ranges::all_of(bytes, [](std::uint8_t b) { return b == 0; });
}

constexpr bool is_small_or_digit(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_key_part(std::string_view text, std::size_t most) noexcept {
    return !text.empty() && text.size() <= most && is_small_or_digit(text[0]) &&
           std::ranges::all_of(text, [](char c) {
               return is_small_or_digit(c) || c == '_' || c == '-' || c == '*' || c == '/';
           });
}

// Section 3.3.1.3.1. Levels 1 and 2 differ in which characters a key may begin with: what one of them allows passes.
bool is_state_key(std::string_view key) noexcept {
    constexpr std::size_t longest = 256;
    constexpr std::size_t longest_tenant = 241;
    constexpr std::size_t longest_system = 14;
    const auto sign = key.find('@');
    if (sign == std::string_view::npos)
        return is_key_part(key, longest);
    return is_key_part(key.substr(0, sign), longest_tenant) &&
           is_key_part(key.substr(sign + 1), longest_system);
}

// Section 3.3.1.3.2.
bool is_state_value(std::string_view value) noexcept {
    constexpr std::size_t longest = 256;
    return !value.empty() && value.size() <= longest && value.back() != ' ' &&
           std::ranges::all_of(value, [](char c) { return c >= 0x20 && c <= 0x7E && c != ',' && c != '='; });
}

std::string_view trimmed(std::string_view text) noexcept {
    constexpr std::string_view space = " \t";
    const auto begin = text.find_first_not_of(space);
    if (begin == std::string_view::npos)
        return {};
    return text.substr(begin, text.find_last_not_of(space) + 1 - begin);
}

} // namespace

std::optional<trace_context> read_traceparent(std::string_view text) noexcept {
    constexpr std::size_t length = 55; // 00-<32>-<16>-<2>
    if (text.size() < length || text[2] != '-' || text[35] != '-' || text[52] != '-')
        return std::nullopt;
    std::array<std::uint8_t, 1> version{};
    std::array<std::uint8_t, 1> flags{};
    trace_context out;
    if (!read_hex(text, version) || !read_hex(text.substr(3), out.trace_id) ||
        !read_hex(text.substr(36), out.span_id) || !read_hex(text.substr(53), flags))
        return std::nullopt;
    const bool longer = text.size() > length;
    if (version[0] == 0xFF || (longer && (version[0] == 0 || text[length] != '-')))
        return std::nullopt;
    if (is_zero(out.trace_id) || is_zero(out.span_id))
        return std::nullopt;
    out.sampled = (flags[0] & 1U) != 0;
    return out;
}

std::string traceparent_text(const trace_context& context) {
    constexpr std::size_t length = 55;
    std::string out;
    out.reserve(length);
    out.append("00-");
    append_hex(out, context.trace_id);
    out.push_back('-');
    append_hex(out, context.span_id);
    out.append(context.sampled ? "-01" : "-00");
    return out;
}

std::string read_tracestate(std::string_view text) {
    constexpr std::size_t longest_read = 8 * 1024;
    if (text.size() > longest_read)
        return {};
    std::vector<std::string_view> keys;
    std::string out;
    bool full = false; // members on the left are the newest: the others go
    while (!text.empty()) {
        const auto comma = std::min(text.find(','), text.size());
        const auto member = trimmed(text.substr(0, comma));
        text.remove_prefix(std::min(comma + 1, text.size()));
        if (member.empty())
            continue;
        const auto equals = member.find('=');
        if (equals == std::string_view::npos)
            return {};
        const auto key = member.substr(0, equals);
        if (!is_state_key(key) || !is_state_value(member.substr(equals + 1)) ||
            std::ranges::find(keys, key) != keys.end() || keys.size() == most_tracestate_members)
            return {};
        keys.push_back(key);
        full = full || out.size() + member.size() + (out.empty() ? 0U : 1U) > most_tracestate_bytes;
        if (!full)
            out.append(out.empty() ? "" : ",").append(member);
    }
    return out;
}

std::string hex_text(const std::array<std::uint8_t, 16>& id) {
    std::string out;
    append_hex(out, id);
    return out;
}

std::string hex_text(const std::array<std::uint8_t, 8>& id) {
    std::string out;
    append_hex(out, id);
    return out;
}

} // namespace vmcp
