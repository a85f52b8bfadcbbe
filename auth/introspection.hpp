// Asking the issuer about a token that only it can read (RFC 7662), and judging what it says.
#pragma once

#include "auth/fetch.hpp"
#include "auth/token_claims.hpp"

#include <string>
#include <string_view>

namespace auth {

inline constexpr std::size_t max_introspection = std::size_t{64} << 10; // bytes of an answer

// A POST with Content-Type: application/x-www-form-urlencoded and Accept: application/json.
struct introspection_request {
    std::string authorization{}; // the value of that field: a secret
    std::string body{};          // holds the token
};

// RFC 7662 section 2.1, with the gateway's own credentials by RFC 6749 section 2.3.1. Without a client id
// there is no Authorization field.
[[nodiscard]] introspection_request make_introspection_request(std::string_view token,
                                                               std::string_view client_id,
                                                               std::string_view client_secret);

// refusal::invalid_token when the issuer says that the token is not active, or its members do not pass
// `rules`; refusal::unavailable when the answer is none. All other members stay in the claims.
[[nodiscard]] verdict<token_claims> judge_introspection(const fetch_result& answer, const claim_rules& rules,
                                                        wall_time now);

// How long it may be used that a token is active: what is left of its life, 30 s at most.
[[nodiscard]] milliseconds keep_active(wall_time expiry, wall_time now);

// How long a refusal may be used: 5 s for a token that is not active, not at all when the issuer could not be
// asked.
[[nodiscard]] milliseconds keep_refusal(refusal why);

// The value of an Authorization field by which a client with a secret says who it is (RFC 6749 section 2.3.1): a secret.
[[nodiscard]] std::string client_basic(std::string_view client_id, std::string_view client_secret);

// application/x-www-form-urlencoded (the URL Standard's serializer).
[[nodiscard]] std::string form_urlencoded(std::string_view text);

} // namespace auth
