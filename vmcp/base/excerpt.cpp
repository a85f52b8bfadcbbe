#include "vmcp/base/excerpt.hpp"

#include <algorithm>
#include <cstdint>

namespace vmcp {
namespace {

constexpr bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\v' || c == '\f';
}

struct character {
    std::size_t length = 1; // bytes it takes in the source
    bool printable = false;
};

// Characters that would let a peer hide or reorder what a reader sees: C1 controls, bidirectional controls,
// line separators, zero width characters, the byte order mark.
constexpr bool misleading(std::uint32_t code) {
    return (code >= 0x80 && code <= 0x9F) || (code >= 0x200B && code <= 0x200F) ||
           (code >= 0x2028 && code <= 0x202E) || (code >= 0x2060 && code <= 0x206F) || code == 0xFEFF;
}

// The UTF-8 character (RFC 3629) at the start of `text`, which is not empty.
character first_character(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(0);
    if (lead < 0x80)
        return {1, lead >= 0x20 && lead != 0x7F};
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < length)
        return {1, false};
    std::uint32_t code = lead & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0) != 0x80)
            return {1, false};
        code = code << 6 | (byte(i) & 0x3F);
    }
    constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (code < least[length] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
        return {1, false};
    return {length, !misleading(code)};
}

} // namespace

bool looks_binary(std::string_view body) {
    const std::string_view head = body.substr(0, 512);
    std::size_t strange = 0;
    for (std::size_t at = 0; at < head.size();) {
        const character c = first_character(head.substr(at));
        if (head[at] == '\0')
            return true;
        if (!c.printable && !is_space(head[at]))
            ++strange;
        at += c.length;
    }
    return strange * 8 > head.size();
}

std::string without_secrets(std::string_view bytes, std::span<const std::string> secrets) {
    std::string text(bytes);
    for (const std::string& secret : secrets) {
        if (secret.size() < 4)
            continue;
        for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at + 3))
            text.replace(at, secret.size(), "***");
    }
    return text;
}

std::string excerpt_of(std::string_view bytes, std::span<const std::string> secrets, std::size_t limit) {
    // A secret that begins inside the excerpt may end behind it: look a good bit further before cutting.
    std::size_t longest = 0;
    for (const std::string& secret : secrets)
        longest = std::max(longest, secret.size());
    const std::size_t considered = limit * 4 + 64 + longest;
    const std::string text = without_secrets(bytes.substr(0, considered), secrets);
    std::string out;
    bool space = false;
    for (std::size_t at = 0; at < text.size();) {
        const auto [length, printable] = first_character(std::string_view(text).substr(at));
        const std::string_view piece =
            printable ? std::string_view(text).substr(at, length) : std::string_view("?");
        if (is_space(text[at])) {
            space = !out.empty();
            at += length;
            continue;
        }
        if (out.size() + piece.size() + (space ? 1 : 0) > limit)
            return out + "...";
        if (space)
            out.push_back(' ');
        space = false;
        out.append(piece);
        at += length;
    }
    return bytes.size() > considered ? out + "..." : out;
}

std::string shown_url(std::string_view url) {
    url = url.substr(0, url.find_first_of("?#"));
    const std::size_t scheme = url.find("://");
    if (scheme == std::string_view::npos)
        return excerpt_of(url, {}, 512);
    const std::size_t authority = scheme + 3;
    const std::size_t path = std::min(url.find('/', authority), url.size());
    const std::size_t at = url.substr(0, path).rfind('@');
    std::string shown(url.substr(0, authority));
    shown.append(url.substr(at == std::string_view::npos || at < authority ? authority : at + 1));
    return excerpt_of(shown, {}, 512);
}

} // namespace vmcp
