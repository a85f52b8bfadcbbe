#include "vmcp/base/base64url.hpp"

#include <array>
#include <cstdint>

namespace vmcp {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t none = 0xFF;

constexpr std::array<std::uint8_t, 256> values = [] {
    std::array<std::uint8_t, 256> table{};
    table.fill(none);
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
    return table;
}();

std::uint32_t byte_of(char c) noexcept {
    return static_cast<unsigned char>(c);
}

} // namespace

std::string base64url_encode(std::string_view bytes) {
    std::string out;
    out.reserve((bytes.size() * 4 + 2) / 3);
    std::uint32_t window = 0;
    unsigned bits = 0;
    for (const char c : bytes) {
        window = (window << 8) | byte_of(c);
        for (bits += 8; bits >= 6; bits -= 6)
            out.push_back(alphabet[(window >> (bits - 6)) & 0x3F]);
    }
    if (bits > 0)
        out.push_back(alphabet[(window << (6 - bits)) & 0x3F]);
    return out;
}

std::optional<std::string> base64url_decode(std::string_view text) {
    if (text.size() % 4 == 1)
        return std::nullopt;
    std::string out;
    out.reserve(text.size() * 3 / 4);
    std::uint32_t window = 0;
    unsigned bits = 0;
    for (const char c : text) {
        const std::uint8_t value = values[byte_of(c)];
        if (value == none)
            return std::nullopt;
        window = (window << 6) | value;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out.push_back(static_cast<char>((window >> bits) & 0xFF));
        }
    }
    if ((window & ((1U << bits) - 1)) != 0)
        return std::nullopt;
    return out;
}

} // namespace vmcp
