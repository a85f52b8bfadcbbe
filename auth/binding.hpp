// Whether a request proves what its token asks it to prove (RFC 9449 section 7.1, RFC 8705 section 3).
#pragma once

#include "auth/bearer.hpp"
#include "auth/token_claims.hpp"

#include <string>
#include <string_view>

namespace auth {

// What the request has shown besides its token.
struct presented {
    token_scheme scheme = token_scheme::bearer;
    std::string_view dpop_key{};    // dpop_proof::key of a proof that passed check_dpop(); empty: none
    std::string_view certificate{}; // DER of the verified TLS client certificate; empty: none
};

// refusal::invalid_token when the token is bound to another key or certificate than was shown, or to a key
// and comes as a bearer token; also when it comes as a DPoP token and is bound to no key, because the proof
// then proves nothing.
[[nodiscard]] verdict<void> check_binding(const confirmation& bound_to, const presented& by);

// base64url of the SHA-256 of the certificate's DER (RFC 8705 section 3.1, x5t#S256).
[[nodiscard]] std::string certificate_thumbprint(std::string_view der);

} // namespace auth
