#include "auth/endpoint_url.hpp"

#include <arpa/inet.h>

#include <string>

namespace auth {

bool is_loopback_host(std::string_view host) noexcept {
    constexpr std::size_t longest = 39; // of an IPv6 address
    if (host == "localhost" || host == "::1")
        return true;
    in_addr address{};
    return host.size() <= longest && inet_pton(AF_INET, std::string(host).c_str(), &address) == 1 &&
           ntohl(address.s_addr) >> 24 == 127;
}

parsed<vmcp::url> read_endpoint(std::string_view text, bool allow_http) {
    auto url = vmcp::parse_url(text);
    if (!url)
        return flawed(url.error().detail);
    if (!url->tls && !allow_http && !is_loopback_host(url->host))
        return flawed("the URL must start with https://");
    return std::move(*url);
}

} // namespace auth
