// What an issuer publishes about itself: where it does so (RFC 8414 section 3, OpenID Connect Discovery
// section 4), and what of it a resource server needs.
#pragma once

#include "auth/flaw.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace auth {

struct provider_metadata {
    std::string issuer{};
    std::string jwks_uri{};
    std::string introspection_endpoint{}; // empty: none
    std::string document{};               // as it came
    friend bool operator==(const provider_metadata&, const provider_metadata&) = default;
};

// The places to look, in order: OpenID Connect's, which appends to the issuer, then RFC 8414's, which inserts
// between host and path, then OpenID Connect's document inserted in the same way. The last is the first for
// an issuer without a path. `issuer` must have passed read_issuer().
[[nodiscard]] std::vector<std::string> discovery_urls(std::string_view issuer);

// Whether this can be an issuer (RFC 8414 section 2): https, or what `allow_http` lets through, without query
// or fragment.
[[nodiscard]] parsed<void> check_issuer(std::string_view issuer, bool allow_http);

// Reads a document. A flaw when it is no strict JSON object, its `issuer` is not exactly `issuer` (RFC 8414
// section 3.3: such a document must not be used), or it has no usable `jwks_uri`.
[[nodiscard]] parsed<provider_metadata> read_provider_metadata(std::string_view document,
                                                               std::string_view issuer, bool allow_http);

} // namespace auth
