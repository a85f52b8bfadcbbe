// RFC 3986 as far as http and https need it; everything unusual is refused with a reason.
#include "vmcp/base/url.hpp"
#include "vmcp/base/ascii.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace vmcp {
namespace {

constexpr std::size_t max_url = 8192;
constexpr std::size_t max_host = 253; // RFC 1035 section 2.3.4
constexpr std::size_t max_label = 63;

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}
bool is_alpha(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_hex(char c) noexcept {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

failure bad(std::string detail) {
    return fail(errc::config, std::move(detail));
}

// pchar, "/" and "?" of RFC 3986 section 3.3 and 3.4.
bool is_target_char(char c) noexcept {
    constexpr std::string_view marks = "-._~!$&'()*+,;=:@/?";
    return is_alpha(c) || is_digit(c) || marks.find(c) != std::string_view::npos;
}

result<std::string> parse_target(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '#')
            return bad("a fragment (#...) has no meaning here, remove it");
        if (c == '%') {
            if (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2]))
                return bad("'%' in the path must be followed by two hexadecimal digits");
            i += 2;
        } else if (!is_target_char(c)) {
            return bad("the path or query holds a character that must be percent-encoded");
        }
    }
    if (text.empty() || text.front() == '?')
        return "/" + std::string(text);
    return std::string(text);
}

result<std::uint16_t> parse_port(std::string_view digits) {
    unsigned value = 0;
    const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (digits.empty() || ec != std::errc{} || end != digits.data() + digits.size() || value == 0 ||
        value > 65535)
        return bad("the port must be a number from 1 to 65535");
    return static_cast<std::uint16_t>(value);
}

result<std::string> parse_ipv6(std::string_view text) {
    if (text.find('%') != std::string_view::npos)
        return bad("an IPv6 zone is not supported");
    std::string host = lowered(text);
    std::array<unsigned char, 16> address{};
    // inet_pton stops at a NUL, hence the first test.
    if (host.find('\0') != std::string::npos || inet_pton(AF_INET6, host.c_str(), address.data()) != 1)
        return bad("the IPv6 address between '[' and ']' is not valid");
    return host;
}

// What is wrong with one label of a name, or nothing. Underscores occur in real container names.
std::optional<std::string> label_problem(std::string_view label) {
    if (label.empty())
        return "the host has an empty part";
    if (label.size() > max_label)
        return "a part of the host is longer than 63 characters";
    for (const char c : label) {
        if (!is_alpha(c) && !is_digit(c) && c != '-' && c != '_')
            return "the host may hold letters, digits, '-', '_' and '.' only";
    }
    if (label.front() == '-' || label.back() == '-')
        return "a part of the host starts or ends with '-'";
    return std::nullopt;
}

bool is_number(std::string_view label) noexcept {
    if (label.size() > 1 && label[0] == '0' && lower(label[1]) == 'x')
        return std::all_of(label.begin() + 2, label.end(), is_hex);
    return std::all_of(label.begin(), label.end(), is_digit);
}

result<std::string> parse_name(std::string_view text) {
    if (text.empty())
        return bad("the host is missing");
    if (text.size() > max_host)
        return bad("the host is longer than 253 characters");
    std::string_view rest = text;
    if (rest.back() == '.') // an absolute name
        rest.remove_suffix(1);
    std::string_view last;
    for (bool more = true; more;) {
        const auto dot = rest.find('.');
        last = rest.substr(0, dot);
        if (auto problem = label_problem(last))
            return bad(std::move(*problem));
        more = dot != std::string_view::npos;
        if (more)
            rest.remove_prefix(dot + 1);
    }
    std::string host = lowered(text);
    std::array<unsigned char, 4> address{};
    if (is_number(last) && inet_pton(AF_INET, host.c_str(), address.data()) != 1)
        return bad("the IPv4 address must be written as four decimal numbers");
    return host;
}

struct authority_parts {
    std::string host{};
    bool ipv6 = false;
    std::optional<std::uint16_t> port{};
};

result<authority_parts> parse_authority(std::string_view text) {
    if (text.find('@') != std::string_view::npos)
        return bad("user information before '@' is not allowed; use outgoingAuth for credentials");
    authority_parts out;
    std::string_view host = text;
    std::string_view after;
    if (!text.empty() && text.front() == '[') {
        const auto close = text.find(']');
        if (close == std::string_view::npos)
            return bad("']' is missing after the IPv6 address");
        host = text.substr(1, close - 1);
        after = text.substr(close + 1);
        out.ipv6 = true;
    } else if (const auto colon = text.find(':'); colon != std::string_view::npos) {
        host = text.substr(0, colon);
        after = text.substr(colon);
    }
    auto parsed = out.ipv6 ? parse_ipv6(host) : parse_name(host);
    if (!parsed)
        return parsed.error();
    out.host = std::move(*parsed);
    if (after.empty())
        return out;
    if (after.front() != ':')
        return bad("only a port may follow the IPv6 address");
    auto port = parse_port(after.substr(1));
    if (!port)
        return port.error();
    out.port = *port;
    return out;
}

} // namespace

std::string url::text() const {
    return (tls ? "https://" : "http://") + authority + target;
}

std::string host_and_port(std::string_view host, std::uint16_t port) {
    const bool bare_ipv6 = host.find(':') != std::string_view::npos && !host.starts_with('[');
    return fmt::format("{}{}{}:{}", bare_ipv6 ? "[" : "", host, bare_ipv6 ? "]" : "", port);
}

result<url> parse_url(std::string_view text) {
    if (text.size() > max_url)
        return bad("the URL is longer than 8192 bytes");
    const auto colon = text.find("://");
    const std::string scheme =
        colon == std::string_view::npos ? std::string{} : lowered(text.substr(0, colon));
    if (scheme != "http" && scheme != "https")
        return bad("the URL must start with http:// or https://");

    const std::string_view rest = text.substr(colon + 3);
    const auto slash = std::min(rest.find_first_of("/?#"), rest.size());
    auto authority = parse_authority(rest.substr(0, slash));
    if (!authority)
        return authority.error();
    auto target = parse_target(rest.substr(slash));
    if (!target)
        return target.error();

    url out;
    out.tls = scheme == "https";
    const std::uint16_t own_port = out.tls ? 443 : 80;
    out.port = authority->port.value_or(own_port);
    out.authority = authority->ipv6 ? "[" + authority->host + "]" : authority->host;
    if (out.port != own_port)
        out.authority.append(":").append(std::to_string(out.port));
    out.host = std::move(authority->host);
    out.target = std::move(*target);
    return out;
}

} // namespace vmcp
