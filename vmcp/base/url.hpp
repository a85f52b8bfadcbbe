// A strict parser for the http and https URLs of backends, token endpoints and redirects.
#pragma once

#include "vmcp/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace vmcp {

// An absolute http or https URL (RFC 3986, RFC 9110 section 4.2), ready to connect to and to ask for.
struct url {
    bool tls = false;
    std::string host{}; // lower case, IPv6 without brackets: what to resolve, and the name to check in TLS
    std::uint16_t port = 0;
    std::string target{};    // path and query as written; at least "/"
    std::string authority{}; // the value of the Host field: host, and the port unless it is the scheme's own

    // "http://host:port/path", the normalised form.
    [[nodiscard]] std::string text() const;

    // Same scheme, host and port: the meaning of "same origin" for redirects.
    [[nodiscard]] bool same_origin(const url& other) const noexcept {
        return tls == other.tls && port == other.port && host == other.host;
    }

    friend bool operator==(const url&, const url&) = default;
};

// "host:port" as it stands in a URL: an IPv6 address gets its brackets.
[[nodiscard]] std::string host_and_port(std::string_view host, std::uint16_t port);

// Parses an absolute URL. Refused, because each hides a mistake or a secret: other schemes, user information,
// fragments, IPv6 zones, percent signs in the host, half-numeric IPv4 spellings such as 127.1, and any byte
// that RFC 3986 does not allow. Fails with errc::config; the detail says what is wrong and never repeats
// user information.
[[nodiscard]] result<url> parse_url(std::string_view text);

} // namespace vmcp
