// One function per grammar.
#include "vmcp/config/text_rules.hpp"

#include "vmcp/base/ascii.hpp"
#include "vmcp/base/url.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace vmcp {
namespace {

using problem = std::optional<std::string>;
constexpr std::size_t npos = std::string_view::npos;
constexpr std::string_view alphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
constexpr std::size_t max_name = 64;

// Only letters, digits and `others`.
bool made_of(std::string_view text, std::string_view others) noexcept {
    return std::all_of(text.begin(), text.end(),
                       [others](char c) { return alphanumeric.find(c) != npos || others.find(c) != npos; });
}

bool has_control(std::string_view text, std::string_view except) noexcept {
    return std::any_of(text.begin(), text.end(), [except](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 || byte == 0x7F) && except.find(c) == npos;
    });
}

problem check_line(std::string_view text) {
    if (text.empty())
        return "must not be empty";
    if (has_control(text, ""))
        return "must be one line without control characters";
    return std::nullopt;
}

problem check_prose(std::string_view text) {
    if (has_control(text, "\t\r\n"))
        return "must not hold control characters";
    return std::nullopt;
}

problem check_argument(std::string_view text) {
    if (text.find('\0') != npos)
        return "must not hold a zero byte";
    return std::nullopt;
}

problem check_name(std::string_view text) {
    if (text.empty())
        return "must not be empty";
    if (text.size() > max_name)
        return "must have at most 64 characters";
    if (!made_of(text, "_.-"))
        return "may hold letters, digits, '_', '.' and '-' only";
    return std::nullopt;
}

problem check_backend_name(std::string_view text) {
    if (auto found = check_name(text))
        return found;
    if (!made_of(text.substr(0, 1), ""))
        return "must start with a letter or a digit";
    return std::nullopt;
}

problem check_prefix_format(std::string_view text) {
    constexpr std::string_view placeholder = "{workload}";
    std::string rest(text);
    for (auto at = rest.find(placeholder); at != npos; at = rest.find(placeholder))
        rest.erase(at, placeholder.size());
    if (text.empty())
        return "must not be empty; '{workload}_' is the usual form";
    if (rest.size() > max_name)
        return "must add at most 64 characters";
    if (!made_of(rest, "_.-"))
        return "may hold {workload}, letters, digits, '_', '.' and '-' only";
    return std::nullopt;
}

problem check_url(std::string_view text) {
    const auto parsed = parse_url(text);
    return parsed ? std::nullopt : problem(parsed.error().detail);
}

problem check_scope(std::string_view text) {
    const bool fits = std::all_of(text.begin(), text.end(),
                                  [](char c) { return c > ' ' && c <= '~' && c != '"' && c != '\\'; });
    if (text.empty() || text.size() > 256 || !fits)
        return "is not one scope: visible ASCII characters without blanks, quotes and backslashes";
    return std::nullopt;
}

problem check_identifier(std::string_view text) {
    if (text.empty())
        return "must not be empty";
    if (!std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; }))
        return "may hold visible ASCII characters and blanks only";
    return std::nullopt;
}

problem check_header_name(std::string_view text) {
    if (text.empty())
        return "must not be empty";
    if (text.size() > 256)
        return "must have at most 256 characters";
    if (!made_of(text, "!#$%&'*+-.^_`|~"))
        return "is not an HTTP header name";
    return std::nullopt;
}

// Fields that describe one connection or one message (RFC 9110 sections 7.6.1, 8.6 and 7.2), or that MCP
// itself uses: vmcp writes them, and another value would break the exchange.
bool is_message_header(std::string_view name) noexcept {
    constexpr std::array<std::string_view, 16> names{
        "accept",         "accept-encoding",   "connection",    "content-encoding",
        "content-length", "content-type",      "expect",        "host",
        "http2-settings", "keep-alive",        "last-event-id", "te",
        "trailer",        "transfer-encoding", "upgrade",       "proxy-connection"};
    return std::find(names.begin(), names.end(), name) != names.end() || name.starts_with("mcp-");
}

problem check_injected_header(std::string_view text) {
    if (auto found = check_header_name(text))
        return found;
    if (is_message_header(lowered(text)))
        return "names a header that vmcp itself writes; it cannot be set";
    return std::nullopt;
}

// Credentials meant for vmcp, and what a proxy in front says about the client: a backend must not take them
// from a client.
problem check_passthrough_header(std::string_view text) {
    if (auto found = check_header_name(text))
        return found;
    constexpr std::array<std::string_view, 5> names{"authorization", "cookie", "dpop", "forwarded",
                                                    "x-real-ip"};
    const std::string name = lowered(text);
    if (is_message_header(name) || name.starts_with("x-forwarded-") || name.starts_with("proxy-") ||
        std::find(names.begin(), names.end(), name) != names.end())
        return "names a header that must not be passed from clients to backends";
    return std::nullopt;
}

problem check_header_value(std::string_view text) {
    if (text.empty())
        return "must not be empty";
    if (text.size() > 16'384)
        return "must have at most 16384 characters";
    const bool visible =
        std::all_of(text.begin(), text.end(), [](char c) { return (c >= 0x20 && c < 0x7F) || c == '\t'; });
    if (!visible)
        return "may hold visible ASCII characters and blanks only, no line ends";
    constexpr std::string_view blanks = " \t";
    if (blanks.find(text.front()) != npos || blanks.find(text.back()) != npos)
        return "must not start or end with a blank";
    return std::nullopt;
}

problem check_variable_name(std::string_view text) {
    if (text.empty() || !made_of(text, "_") || (text.front() >= '0' && text.front() <= '9'))
        return "is not the name of an environment variable";
    return std::nullopt;
}

problem check_entity_type(std::string_view text) {
    if (check_variable_name(text))
        return "must be letters, digits and '_', and not begin with a digit";
    return std::nullopt;
}

bool is_address(int family, std::string_view text) noexcept {
    std::array<char, 64> copy{};
    std::array<unsigned char, 16> bytes{};
    if (text.size() >= copy.size() || text.find('\0') != npos)
        return false;
    std::copy(text.begin(), text.end(), copy.begin());
    return inet_pton(family, copy.data(), bytes.data()) == 1;
}

problem check_address(std::string_view text) {
    if (is_address(AF_INET, text) || is_address(AF_INET6, text))
        return std::nullopt;
    return "is not an IP address; write 127.0.0.1 for this machine only, 0.0.0.0 or :: for every interface";
}

bool is_port(std::string_view text, bool star) noexcept {
    unsigned value = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    return (star && text == "*") || (!text.empty() && ec == std::errc{} && end == text.data() + text.size() &&
                                     value > 0 && value <= 65535);
}

bool is_host_and_port(std::string_view text, bool star) noexcept {
    auto end = std::min(text.find(':'), text.size());
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == npos || !is_address(AF_INET6, text.substr(1, close - 1)))
            return false;
        end = close + 1;
    } else if (end == 0 || !made_of(text.substr(0, end), "-._")) {
        return false;
    }
    return end == text.size() || (text[end] == ':' && is_port(text.substr(end + 1), star));
}

problem check_origin(std::string_view text) {
    const auto colon = text.find("://");
    if (text == "*" || text == "null" ||
        (colon != npos && colon > 0 && made_of(text.substr(0, colon), "+-.") &&
         is_host_and_port(text.substr(colon + 3), true)))
        return std::nullopt;
    return "is not an origin; write scheme://host or scheme://host:port without a path, or '*' for every "
           "origin";
}

problem check_host(std::string_view text) {
    if (text == "*" || is_host_and_port(text, true))
        return std::nullopt;
    return "is not a host; write name, name:port or [address]:port without a scheme, or '*' for every host";
}

} // namespace

namespace rules {

constexpr std::string_view token = "^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$";

const text_rule line{"text", "", check_line};
const text_rule prose{"text", "", check_prose};
const text_rule argument{"text", "", check_argument};
const text_rule path{"file path", "", check_line};
const text_rule backend_name{"name", "^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$", check_backend_name};
const text_rule tool_name{"tool name", "^[A-Za-z0-9_.-]{1,64}$", check_name};
const text_rule prefix_format{"text", "^([A-Za-z0-9_.-]|\\{workload\\})+$", check_prefix_format};
const text_rule http_url{"URL", "^[Hh][Tt][Tt][Pp][Ss]?://[^#]+$", check_url};
const text_rule scope{"scope", R"(^[!#-\[\]-~]{1,256}$)", check_scope};
const text_rule identifier{"text", "^[ -~]+$", check_identifier};
const text_rule injected_header{"header name", token, check_injected_header};
const text_rule passthrough_header{"header name", token, check_passthrough_header};
const text_rule header_value{"header value", "", check_header_value};
const text_rule variable_name{"variable name", "^[A-Za-z_][A-Za-z0-9_]*$", check_variable_name};
const text_rule entity_type{"entity type", "^[A-Za-z_][A-Za-z0-9_]*$", check_entity_type};
const text_rule address{"IP address", "", check_address};
const text_rule origin{"origin", "", check_origin};
const text_rule host{"host", "", check_host};

} // namespace rules
} // namespace vmcp
