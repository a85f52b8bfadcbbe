// What an access token says, and whether it says so to us, now: the claims of RFC 7519 and RFC 9068, and the
// members of an introspection response (RFC 7662 section 2.2), which are the same.
#pragma once

#include "auth/rejection.hpp"
#include "auth/time.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace auth {

// What the sender of a token must prove to hold (RFC 7800 `cnf`). Both may be asked for.
struct confirmation {
    std::optional<std::string> key{};         // jkt: thumbprint of the key that signs DPoP proofs (RFC 9449)
    std::optional<std::string> certificate{}; // x5t#S256: digest of the TLS client certificate (RFC 8705)

    [[nodiscard]] bool empty() const noexcept { return !key && !certificate; }
    friend bool operator==(const confirmation&, const confirmation&) = default;
};

// The caller, once a token was verified. `json` is the whole object of claims as it was signed or answered.
struct token_claims {
    std::string issuer{};
    std::string subject{};
    std::vector<std::string> audience{};
    std::vector<std::string> scopes{};
    wall_time expiry{};
    confirmation bound_to{};
    std::string json{};

    friend bool operator==(const token_claims&, const token_claims&) = default;
};

enum class subject_fallback : std::uint8_t {
    none,
    client_id, // a token without `sub` belongs to its `client_id`: tokens of machines, with some issuers
};

struct claim_rules {
    std::string issuer{};                 // compared byte by byte
    std::vector<std::string> audiences{}; // one of them must be in `aud`; with none, every token is refused
    seconds leeway{60};                   // how far the clocks of issuer and gateway may be apart: 0 to 120 s
    subject_fallback fallback = subject_fallback::none;
    // Whether proofs of possession are checked later on. A bound token is refused otherwise: letting it in
    // would make it a bearer token that whoever stole it can use.
    bool checks_dpop = false;
    bool checks_certificates = false;
};

enum class claim_source : std::uint8_t {
    token,         // a JWT: iss and exp must be there
    introspection, // the issuer's own answer: iss and exp are optional, it says `active` itself
};

// Longest time between now and the expiry of what an issuer calls active without saying until when.
inline constexpr seconds unsaid_lifetime{30};

// Judges the claims in `json`, which must be one strict JSON object. Refuses with refusal::invalid_token.
[[nodiscard]] verdict<token_claims> judge_claims(std::string json, const claim_rules& rules,
                                                 claim_source source, wall_time now);

// Those of `required` that the token does not grant, in order. RFC 6749 section 3.3: scopes are compared
// exactly.
[[nodiscard]] std::vector<std::string> missing_scopes(const token_claims& claims,
                                                      std::span<const std::string> required);

} // namespace auth
