// Compares by text: a check of a configuration looks up no names.
#include "vmcp/config/own_url.hpp"

namespace vmcp {
namespace {

bool is_wildcard(std::string_view host) noexcept {
    return host == "0.0.0.0" || host == "::" || host == "0:0:0:0:0:0:0:0";
}

// What usually leads to this machine, names included that a DNS server may resolve elsewhere.
bool is_near(std::string_view host) noexcept {
    return is_loopback(host) || is_wildcard(host) || host.ends_with(".localhost") ||
           host == "::ffff:127.0.0.1";
}

} // namespace

bool is_loopback(std::string_view host) noexcept {
    const bool ipv4 = host.find_first_not_of("0123456789.") == std::string_view::npos;
    return host == "localhost" || host == "::1" || (ipv4 && host.starts_with("127."));
}

bool leads_to(const url& to, std::string_view host, std::uint16_t port) noexcept {
    if (port == 0 || to.port != port)
        return false;
    return (is_near(to.host) && is_near(host)) || to.host == host;
}

} // namespace vmcp
