// Proofs of possession of RFC 9449: whether the sender of a request holds the key that its token is bound to.
#pragma once

#include "auth/algorithm.hpp"
#include "auth/digest.hpp"
#include "auth/flaw.hpp"
#include "auth/rejection.hpp"
#include "auth/time.hpp"

#include <span>
#include <string>
#include <string_view>

namespace auth {

struct dpop_rules {
    algorithm_set algorithms = default_algorithms;
    seconds max_age{60}; // of a proof
    seconds leeway{30};  // how far the clocks of sender and gateway may be apart
};

// What the proof must be about.
struct dpop_request {
    std::span<const std::string_view> proofs{}; // the values of all DPoP fields
    std::string_view method{};
    std::string_view url{}; // as clients know it: scheme, host and path; a query and a fragment are left out
    std::string_view token{}; // the access token that came with it
    // The nonces that are good now; empty: none is asked for (section 9).
    std::span<const std::string> nonces{};
};

struct dpop_proof {
    std::string key{};       // thumbprint: must be the token's cnf.jkt, see check_binding()
    sha256_digest id{};      // of this proof by this key: what must not come twice
    milliseconds keep_for{}; // how long its coming twice must be noticed
    friend bool operator==(const dpop_proof&, const dpop_proof&) = default;
};

// Checks everything of section 4.3 but replay: that takes a replay_cache, after the token and its binding
// were checked. Refuses with refusal::invalid_dpop_proof or refusal::use_dpop_nonce. Costs one signature
// check.
[[nodiscard]] verdict<dpop_proof> check_dpop(const dpop_rules& rules, const dpop_request& request,
                                             wall_time now);

// The URL without query and fragment, normalised as RFC 3986 sections 6.2.2 and 6.2.3 say: two that are the
// same place are the same text.
[[nodiscard]] parsed<std::string> normalised_target(std::string_view url);

} // namespace auth
