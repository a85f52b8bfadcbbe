// What incomingAuth.oidc means, in the terms of auth/.
#pragma once

#include "auth/challenge.hpp"
#include "auth/issuer_keys.hpp"
#include "auth/jwt.hpp"
#include "auth/protected_resource.hpp"
#include "vmcp/config/config.hpp"
#include "vmcp/door/fetcher.hpp"
#include "vmcp/door/introspector.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vmcp {

struct oidc_rules {
    auth::token_rules tokens{};
    std::vector<std::string> required_scopes{};
    auth::challenge_settings challenge{};
    auth::issuer_settings issuer{};
    std::optional<introspection_settings> introspection{};
    std::string proofs_for{}; // the URL that DPoP proofs must name; empty: there is no DPoP
    bool proofs_have_nonces = false;
    fetcher_settings fetching{};
    // The metadata of this gateway as a resource (RFC 9728); null where it is not known by which URL clients call.
    std::shared_ptr<const auth::protected_resource> resource{};
};

// A pure function. Fails with errc::config, but not for a configuration that was validated.
[[nodiscard]] result<oidc_rules> make_oidc_rules(const oidc_config& from);

// Those of `required` that are not in `granted`, in order.
[[nodiscard]] std::vector<std::string> lacking(const std::vector<std::string>& granted,
                                               const std::vector<std::string>& required);

} // namespace vmcp
