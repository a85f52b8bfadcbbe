#include "vmcp/base/excerpt.hpp"

#include "vmcp/base/characters.hpp"
#include "vmcp/base/known_secrets.hpp"
#include "vmcp/base/secret_forms.hpp"

#include <algorithm>

namespace vmcp {
namespace {

constexpr std::string_view struck = "***";

constexpr bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\v' || c == '\f';
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
        auto found = find_secret(text, secret, 0);
        while (found.end > found.begin) {
            text.replace(found.begin, found.end - found.begin, struck);
            found = find_secret(text, secret, found.begin + struck.size());
        }
    }
    return any_secret_known() ? strike_known(text) : text;
}

namespace {

// `text` on one line, without what cannot be shown; `more`: it is the front of a longer one.
std::string shown_part(std::string_view text, std::size_t limit, bool more) {
    std::string out;
    bool space = false;
    for (std::size_t at = 0; at < text.size();) {
        const auto [length, code, printable] = first_character(text.substr(at));
        const std::string_view piece = printable ? text.substr(at, length) : std::string_view("?");
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
    return more ? out + "..." : out;
}

} // namespace

std::string excerpt_of(std::string_view bytes, std::span<const std::string> secrets, std::size_t limit) {
    // A secret that begins inside the excerpt may end behind it: look a good bit further before cutting.
    std::size_t longest = longest_known_secret();
    for (const std::string& secret : secrets)
        longest = std::max(longest, secret.size());
    const std::size_t considered = limit * 4 + 64 + longest;
    return shown_part(without_secrets(bytes.substr(0, considered), secrets), limit,
                      bytes.size() > considered);
}

std::string shown_url(std::string_view url) {
    constexpr std::size_t longest = 512;
    url = url.substr(0, url.find_first_of("?#"));
    const std::size_t scheme = url.find("://");
    if (scheme == std::string_view::npos)
        return excerpt_of(url, {}, longest);
    const std::size_t authority = scheme + 3;
    const std::size_t path = std::min(url.find('/', authority), url.size());
    const std::size_t at = url.substr(0, path).rfind('@');
    std::string shown(url.substr(0, authority));
    const std::size_t host = at == std::string_view::npos || at < authority ? authority : at + 1;
    shown.append(url.substr(host, path - host));
    // Some servers have their keys in the path. The host is the operator's own word, whatever it is like.
    const bool cut = url.size() - path > longest * 4;
    return shown_part(shown.append(without_secrets(url.substr(path, longest * 4), {})), longest, cut);
}

} // namespace vmcp
