// Byte-level checks of configuration text.
#include "vmcp/config/source_text.hpp"

#include "vmcp/config/value_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmcp {
namespace {

bool in_range(unsigned char c, unsigned char low, unsigned char high) noexcept {
    return c >= low && c <= high;
}

// The length of the well-formed sequence at the front of `text` (RFC 3629 section 4), or 0.
std::size_t utf8_length(std::string_view text) noexcept {
    const auto byte = [text](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : static_cast<unsigned char>(0);
    };
    const unsigned char first = byte(0);
    const auto tail = [&](std::size_t i) { return in_range(byte(i), 0x80, 0xBF); };
    if (first < 0x80)
        return 1;
    if (in_range(first, 0xC2, 0xDF))
        return tail(1) ? 2 : 0;
    if (in_range(first, 0xE0, 0xEF)) {
        const unsigned char low = first == 0xE0 ? 0xA0 : 0x80;
        const unsigned char high = first == 0xED ? 0x9F : 0xBF;
        return in_range(byte(1), low, high) && tail(2) ? 3 : 0;
    }
    if (in_range(first, 0xF0, 0xF4)) {
        const unsigned char low = first == 0xF0 ? 0x90 : 0x80;
        const unsigned char high = first == 0xF4 ? 0x8F : 0xBF;
        return in_range(byte(1), low, high) && tail(2) && tail(3) ? 4 : 0;
    }
    return 0;
}

bool is_control(char c) noexcept {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7F;
}

} // namespace

std::optional<std::size_t> first_bad_utf8(std::string_view text) noexcept {
    std::size_t at = 0;
    while (at < text.size()) {
        const auto length = utf8_length(text.substr(at));
        if (length == 0)
            return at;
        at += length;
    }
    return std::nullopt;
}

line_index::line_index(std::string_view text) {
    for (auto at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1))
        starts_.push_back(at + 1);
}

text_position line_index::at(std::size_t offset) const noexcept {
    const auto after = std::upper_bound(starts_.begin(), starts_.end(), offset);
    return {static_cast<unsigned>(after - starts_.begin()), static_cast<unsigned>(offset - *(after - 1) + 1)};
}

bool check_source_text(std::string_view text, problem_list& problems) {
    if (text.size() > max_config_bytes) {
        problems.add({}, "",
                     fmt::format("the configuration has {} bytes, more than the {} allowed", text.size(),
                                 size_text(max_config_bytes)));
        return false;
    }
    if (const auto bad = first_bad_utf8(text)) {
        problems.add(line_index(text).at(*bad), "", "the text is not UTF-8; save the file in that encoding");
        return false;
    }
    const auto control = std::find_if(text.begin(), text.end(), is_control);
    if (control != text.end()) {
        const auto offset = static_cast<std::size_t>(control - text.begin());
        problems.add(
            line_index(text).at(offset), "",
            fmt::format("control character 0x{:02x} in the text", static_cast<unsigned char>(*control)));
        return false;
    }
    return true;
}

} // namespace vmcp
