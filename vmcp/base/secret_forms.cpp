#include "vmcp/base/secret_forms.hpp"

#include "vmcp/base/ascii.hpp"
#include "vmcp/base/base64url.hpp"
#include "vmcp/base/percent.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace vmcp {
namespace {

constexpr std::size_t least = 4;

constexpr bool is_blank(char c) noexcept {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

// The other alphabet of RFC 4648: that of section 4.
std::string with_slashes(std::string of_urls) {
    std::ranges::replace(of_urls, '-', '+');
    std::ranges::replace(of_urls, '_', '/');
    return of_urls;
}

// Nothing where it is no base64.
std::optional<std::string> from_base64(std::string_view text) {
    std::string of_urls(text.substr(0, text.find_last_not_of('=') + 1));
    std::ranges::replace(of_urls, '+', '-');
    std::ranges::replace(of_urls, '/', '_');
    return base64url_decode(of_urls);
}

void add_form(std::vector<std::string>& to, std::string form) {
    if (form.size() >= least && std::ranges::find(to, form) == to.end())
        to.push_back(std::move(form));
}

// The base64 digits that `secret` alone decides, behind 0, 1 or 2 other bytes.
void add_base64_forms(std::vector<std::string>& to, std::string_view secret) {
    for (std::size_t before = 0; before < 3; ++before) {
        const std::string whole = base64url_encode(std::string(before, '\0').append(secret));
        const std::size_t begin = before == 0 ? 0 : before + 1;
        const std::size_t end = (before + secret.size()) * 8 / 6;
        std::string form = whole.substr(begin, end - begin);
        if (form.size() < 2 * least)
            continue;
        add_form(to, with_slashes(form));
        add_form(to, std::move(form));
    }
}

written_character read_escape(std::string_view text) noexcept {
    const char c = text[1];
    if (c == 'u' && text.size() >= 6 && text[2] == '0' && text[3] == '0' && hex_value(text[4]) >= 0 &&
        hex_value(text[5]) >= 0)
        return {static_cast<char>(hex_value(text[4]) * 16 + hex_value(text[5])), 6};
    constexpr std::string_view names = "\"\\/bfnrt";
    constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    const auto known = names.find(c);
    return known == std::string_view::npos ? written_character{text[0], 1}
                                           : written_character{meanings[known], 2};
}

// "&#38;", "&#x26;"; at most two hexadecimal or three decimal digits.
std::optional<written_character> read_numeric_entity(std::string_view text) noexcept {
    const bool hex = text.size() > 2 && (text[2] == 'x' || text[2] == 'X');
    std::size_t at = hex ? 3 : 2;
    int code = 0;
    const auto begin = at;
    for (; at < text.size() && at < begin + 3 && hex_value(text[at]) >= 0; ++at)
        code = code * (hex ? 16 : 10) + hex_value(text[at]);
    if (at == begin || at >= text.size() || text[at] != ';' || code == 0 || code > 0xFF)
        return std::nullopt;
    return written_character{static_cast<char>(code), at + 1};
}

written_character read_entity(std::string_view text) noexcept {
    if (text.starts_with("&#"))
        return read_numeric_entity(text).value_or(written_character{text[0], 1});
    constexpr std::pair<std::string_view, char> known[] = {
        {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};
    for (const auto& [name, meant] : known)
        if (text.starts_with(name))
            return {meant, name.size()};
    return {text[0], 1};
}

// The length of what `text` begins with and stands for `wanted` blanks: white space of any length, or as many pluses
// (application/x-www-form-urlencoded).
std::size_t blanks_at(std::string_view text, std::size_t wanted) {
    std::size_t length = 0;
    while (length < text.size()) {
        const auto one = first_written(text.substr(length));
        if (!is_blank(one.meant))
            break;
        length += one.length;
    }
    return length > 0 ? length : std::min(std::min(text.find_first_not_of('+'), text.size()), wanted);
}

// An escape that the end of the text cuts.
bool is_cut(std::string_view rest) {
    return (rest[0] == '%' && rest.size() < 3) || (rest[0] == '\\' && rest.size() < 6) ||
           (rest[0] == '&' && rest.size() < 6);
}

} // namespace

std::vector<std::string> secret_forms(std::string_view value) {
    std::vector<std::string> plain;
    add_form(plain, std::string(value));
    const auto space = value.find(' ');
    if (space != std::string_view::npos) {
        const auto behind = value.substr(std::min(value.find_first_not_of(' ', space), value.size()));
        add_form(plain, std::string(behind));
        if (const auto pair = from_base64(behind); pair && iequals(value.substr(0, space), "basic")) {
            add_form(plain, *pair);
            const auto colon = std::min(pair->find(':'), pair->size());
            add_form(plain, pair->substr(0, colon));
            add_form(plain, pair->substr(std::min(colon + 1, pair->size())));
        }
    }
    auto out = plain;
    for (const auto& form : plain)
        add_base64_forms(out, form);
    // The longest first, so that no part of a form remains of which another form is the middle.
    std::ranges::sort(out, [](const std::string& a, const std::string& b) {
        return a.size() > b.size() || (a.size() == b.size() && a < b);
    });
    return out;
}

written_character first_written(std::string_view text) noexcept {
    if (const auto byte = percent_byte(text))
        return {*byte, 3};
    if (text[0] == '\\' && text.size() >= 2)
        return read_escape(text);
    return text[0] == '&' ? read_entity(text) : written_character{text[0], 1};
}

std::size_t secret_at(std::string_view text, std::string_view secret, std::size_t front) noexcept {
    std::size_t at = 0;
    std::size_t matched = 0;
    while (matched < secret.size()) {
        const auto rest = text.substr(at);
        if (rest.empty())
            return matched >= front ? at : 0;
        if (is_blank(secret[matched])) {
            const auto behind = std::find_if_not(secret.begin() + static_cast<std::ptrdiff_t>(matched),
                                                 secret.end(), is_blank);
            const auto wanted = static_cast<std::size_t>(behind - secret.begin()) - matched;
            const std::size_t blanks = blanks_at(rest, wanted);
            if (blanks == 0)
                return 0;
            at += blanks;
            matched += wanted;
            continue;
        }
        auto one = first_written(rest);
        if (one.meant != secret[matched] && rest[0] == secret[matched])
            one = {rest[0], 1}; // the secret itself has a percent sign, a backslash or an ampersand
        if (one.meant != secret[matched])
            return matched >= front && is_cut(rest) ? text.size() : 0;
        at += one.length;
        ++matched;
    }
    return at;
}

text_span find_secret(std::string_view text, std::string_view secret, std::size_t from) {
    if (secret.size() < least)
        return {};
    for (std::size_t at = from; at < text.size(); ++at)
        if (const std::size_t length = secret_at(text.substr(at), secret); length > 0)
            return {at, at + length};
    return {};
}

} // namespace vmcp
