// Access tokens that are JSON Web Tokens (RFC 7519, RFC 9068): taken apart, judged, and verified, in this
// order, so that nothing that could not be let in anyway costs a signature check.
#pragma once

#include "auth/jwk.hpp"
#include "auth/jws.hpp"
#include "auth/token_claims.hpp"

#include <string_view>

namespace auth {

struct token_rules {
    claim_rules claims{};
    algorithm_set algorithms = default_algorithms;
    // Only tokens that say that they are access tokens (`typ` at+jwt, RFC 9068 section 2.1). Without it,
    // tokens without a type or of type JWT are let in too, because many issuers send those.
    bool require_at_jwt = false;
};

// A token whose claims would do, if only it is genuine. Nothing in it is to be believed.
struct unverified_token {
    jws parts{}; // without the payload, which is claims.json
    token_claims claims{};
};

// Everything that can be said without a key. What fails here and what fails in verify_token() looks the same
// from outside: refusal::invalid_token.
[[nodiscard]] verdict<unverified_token> read_token(std::string_view token, const token_rules& rules,
                                                   wall_time now);

// `key` must be the one that jwk_set::choose() gives for the header. Costs what verify_signature() says.
[[nodiscard]] verdict<token_claims> verify_token(unverified_token token, const jwk& key);

// Whether a token is meant to be a JWT, rather than an opaque one that only its issuer can read: three parts,
// of which the first is a JSON object with an `alg`.
[[nodiscard]] bool looks_like_jwt(std::string_view token);

} // namespace auth
