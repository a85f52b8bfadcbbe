#include "vmcp/base/uri_normal.hpp"

#include "vmcp/base/ascii.hpp"
#include "vmcp/base/percent.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace vmcp {
namespace {

// What cannot stand in a URI as it is.
constexpr bool must_be_encoded(char c) noexcept {
    return c <= ' ' || c >= '\x7f' || std::string_view("\"<>\\^`{|}").find(c) != std::string_view::npos;
}

bool is_scheme(std::string_view text) {
    const auto letter = [](char c) { return lower(c) >= 'a' && lower(c) <= 'z'; };
    return !text.empty() && letter(text.front()) && std::ranges::all_of(text, [&](char c) {
        return letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
    });
}

// Schemes whose URLs parsers know more about (URL standard, "special schemes").
struct known_scheme {
    std::string_view name;
    std::string_view default_port;
};
constexpr std::array<known_scheme, 6> known_schemes{
    {{"file", ""}, {"ftp", ":21"}, {"http", ":80"}, {"https", ":443"}, {"ws", ":80"}, {"wss", ":443"}}};

// Without blanks around it and line breaks in it.
std::string trimmed(std::string_view text) {
    const auto blank = [](char c) { return c >= '\0' && c <= ' '; };
    while (!text.empty() && blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && blank(text.back()))
        text.remove_suffix(1);
    std::string out(text);
    std::erase_if(out, [](char c) { return c == '\t' || c == '\n' || c == '\r'; });
    return out;
}

// `any_case`: letters are the same in both cases.
std::string encoded_alike(std::string_view text, bool any_case = false) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const auto encoded = percent_byte(text);
        const char meant = encoded.value_or(text[0]);
        if (encoded ? !is_unreserved(meant) : must_be_encoded(meant))
            append_percent(out, meant);
        else
            out.push_back(any_case ? lower(meant) : meant);
        text.remove_prefix(encoded ? 3 : 1);
    }
    return out;
}

// RFC 3986, 5.2.4, of a path that begins with '/'.
std::string without_dots(std::string_view path) {
    std::vector<std::string_view> kept;
    for (std::size_t begin = 1; begin <= path.size();) {
        const auto end = std::min(path.find('/', begin), path.size());
        const auto segment = path.substr(begin, end - begin);
        if (segment == ".." && !kept.empty())
            kept.pop_back();
        if (segment != "." && segment != "..")
            kept.push_back(segment);
        else if (end == path.size())
            kept.emplace_back();
        begin = end + 1;
    }
    std::string out;
    for (const auto segment : kept)
        out.append("/").append(segment);
    return out;
}

// User information has its case, the host has none.
std::string normal_authority(std::string_view authority, const known_scheme* scheme) {
    const auto at = authority.rfind('@');
    const auto host = at == std::string_view::npos ? 0 : at + 1;
    std::string out = encoded_alike(authority.substr(0, host)) + encoded_alike(authority.substr(host), true);
    if (scheme == nullptr)
        return out;
    if (!scheme->default_port.empty() && out.ends_with(scheme->default_port))
        out.resize(out.size() - scheme->default_port.size());
    if (scheme->name == "file" && out == "localhost")
        out.clear();
    return out;
}

// What is behind the scheme, as parsers read it that know the scheme.
std::string as_known(std::string_view rest, const known_scheme& scheme) {
    const auto path_end = std::min(rest.find_first_of("?#"), rest.size());
    std::string out(rest);
    std::replace(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(path_end), '\\', '/');
    if (scheme.name != "file")
        return "//" + out.substr(std::min(out.find_first_not_of('/'), out.size()));
    if (out.starts_with("//"))
        return out;
    return (out.starts_with('/') ? "//" : "///") + out;
}

} // namespace

std::string normal_uri(std::string_view uri) {
    const std::string text = trimmed(uri);
    const auto colon = text.find(':');
    if (colon == std::string::npos || !is_scheme(std::string_view(text).substr(0, colon)))
        return std::string(uri);
    const std::string scheme = lowered(std::string_view(text).substr(0, colon));
    const auto* const row = std::ranges::find(known_schemes, scheme, &known_scheme::name);
    const auto* const known = row == known_schemes.end() ? nullptr : row;
    const std::string behind =
        known != nullptr ? as_known(text.substr(colon + 1), *known) : text.substr(colon + 1);
    const std::string_view rest = behind;
    const bool has_authority = rest.starts_with("//");
    const std::size_t path_at = has_authority ? std::min(rest.find_first_of("/?#", 2), rest.size()) : 0;
    const std::size_t path_end = std::min(rest.find_first_of("?#", path_at), rest.size());
    std::string out = scheme + ":";
    if (has_authority)
        out.append("//").append(normal_authority(rest.substr(2, path_at - 2), known));
    auto path = encoded_alike(rest.substr(path_at, path_end - path_at));
    if (path.starts_with('/'))
        // What began with "//" without an authority would have one.
        if (auto shorter = without_dots(path); has_authority || !shorter.starts_with("//"))
            path = std::move(shorter);
    if (path.empty() && known != nullptr)
        path = "/";
    return out.append(path).append(encoded_alike(rest.substr(path_end)));
}

} // namespace vmcp
