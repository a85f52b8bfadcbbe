// Which authorization scenarios of the official conformance suite apply to a gateway that nobody sits in front of.
#include "vmcp/program/commands/compatibility.hpp"

#include <array>

namespace vmcp {
namespace {

constexpr std::string_view person = "a person in a browser: the authorization code grant";
constexpr std::string_view registers =
    "as above, and the gateway does not register itself: its client is configured";

// `needs` empty: it is run.
constexpr std::array<suite_scenario, 33> scenarios{{
    {"auth/client-credentials-basic", ""},
    {"auth/client-credentials-jwt", ""},
    {"auth/enterprise-managed-authorization", ""},
    {"auth/pre-registration", ""},
    {"auth/resource-mismatch", ""},
    {"auth/metadata-issuer-mismatch", ""},
    {"auth/metadata-default", person},
    {"auth/metadata-var1", person},
    {"auth/metadata-var2", person},
    {"auth/metadata-var3", person},
    {"auth/basic-cimd", registers},
    {"auth/token-endpoint-auth-basic", registers},
    {"auth/token-endpoint-auth-post", registers},
    {"auth/token-endpoint-auth-none", registers},
    {"auth/scope-from-www-authenticate", person},
    {"auth/scope-from-scopes-supported", person},
    {"auth/scope-omitted-when-undefined", person},
    {"auth/scope-step-up", person},
    {"auth/scope-retry-limit", person},
    {"auth/offline-access-scope", person},
    {"auth/offline-access-not-supported", person},
    {"auth/authorization-server-migration", registers},
    {"auth/iss-supported", person},
    {"auth/iss-not-advertised", person},
    {"auth/iss-supported-missing", person},
    {"auth/iss-wrong-issuer", person},
    {"auth/iss-unexpected", person},
    {"auth/iss-normalized", person},
    {"auth/2025-03-26-oauth-metadata-backcompat", person},
    {"auth/2025-03-26-oauth-endpoint-fallback", person},
    {"auth/dpop", "as above, and tokens for backends are not bound to a key"},
    {"auth/dpop-nonce", "as above, and tokens for backends are not bound to a key"},
    {"auth/wif-jwt-bearer", "no strategy brings the token of a workload as the grant itself"},
}};

} // namespace

std::span<const suite_scenario> suite_scenarios() noexcept {
    return scenarios;
}

} // namespace vmcp
