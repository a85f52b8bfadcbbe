#include "auth/endpoint_url.hpp"

#include "vmcp/config/own_url.hpp"

namespace auth {

parsed<vmcp::url> read_endpoint(std::string_view text, bool allow_http) {
    auto url = vmcp::parse_url(text);
    if (!url)
        return flawed(url.error().detail);
    if (!url->tls && !allow_http && !vmcp::is_loopback(url->host))
        return flawed("the URL must start with https://");
    return std::move(*url);
}

} // namespace auth
