#include "vmcp/door/oidc_rules.hpp"

#include "auth/endpoint_url.hpp"
#include "auth/provider_metadata.hpp"

#include <algorithm>

namespace vmcp {
namespace {

failure wrong(std::string_view key, const auth::flaw& why) {
    return fail(errc::config, "incomingAuth.oidc." + std::string(key) + ": " + why.text);
}

result<void> check_urls(const oidc_config& from) {
    if (const auto fine = auth::check_issuer(from.issuer, from.allow_http); !fine)
        return wrong("issuer", fine.error());
    for (const auto& [key, url] :
         {std::pair{"jwksUrl", from.jwks_url}, std::pair{"introspectionUrl", from.introspection_url}})
        if (!url.empty())
            if (const auto fine = auth::read_endpoint(url, from.allow_http); !fine)
                return wrong(key, fine.error());
    return {};
}

auth::token_rules token_rules_of(const oidc_config& from) {
    auth::token_rules out;
    out.claims.issuer = from.issuer;
    out.claims.audiences = {from.audience};
    out.claims.checks_dpop = from.dpop;
    out.claims.checks_certificates = from.client_certificates;
    out.require_at_jwt = from.require_at_jwt;
    out.claims.leeway = std::chrono::duration_cast<auth::seconds>(from.leeway);
    if (from.subject_fallback == oidc_config::subject_source::client_id)
        out.claims.fallback = auth::subject_fallback::client_id;
    if (!from.algorithms.empty())
        out.algorithms = {};
    for (const auto& name : from.algorithms)
        if (const auto known = auth::algorithm_from(name))
            out.algorithms.insert(*known);
    return out;
}

// The scopes that clients are told of: those that are advertised, and those that every request needs.
std::vector<std::string> supported_scopes(const oidc_config& from) {
    auto out = from.scopes;
    for (const auto& one : lacking(from.scopes, from.required_scopes))
        out.push_back(one);
    return out;
}

} // namespace

std::vector<std::string> lacking(const std::vector<std::string>& granted,
                                 const std::vector<std::string>& required) {
    std::vector<std::string> out;
    for (const auto& one : required)
        if (std::find(granted.begin(), granted.end(), one) == granted.end())
            out.push_back(one);
    return out;
}

result<oidc_rules> make_oidc_rules(const oidc_config& from) {
    if (const auto fine = check_urls(from); !fine)
        return fine.error();
    oidc_rules out;
    out.tokens = token_rules_of(from);
    out.required_scopes = from.required_scopes;
    out.challenge.scopes = from.required_scopes.empty() ? from.scopes : from.required_scopes;
    out.challenge.dpop = from.dpop;
    out.issuer = {.issuer = from.issuer, .jwks_uri = from.jwks_url, .allow_http = from.allow_http};
    out.fetching = {.ca_bundle = from.ca_bundle,
                    .allow_private = from.jwks_allow_private_ip || from.resource_allow_private_ip};
    if (!from.introspection_url.empty())
        out.introspection = introspection_settings{.url = from.introspection_url,
                                                   .client_id = from.client_id,
                                                   .client_secret = from.client_secret,
                                                   .rules = out.tokens.claims};
    if (from.dpop)
        out.proofs_for = from.resource;
    out.proofs_have_nonces = from.dpop_nonce;
    if (from.resource.empty())
        return out;
    auto resource = auth::protected_resource::make({.resource = from.resource,
                                                    .authorization_servers = {from.issuer},
                                                    .scopes = supported_scopes(from),
                                                    .dpop = from.dpop,
                                                    .certificate_bound_tokens = from.client_certificates});
    if (!resource)
        return wrong("resource", resource.error());
    out.challenge.resource_metadata = resource->metadata_url();
    out.resource = std::make_shared<const auth::protected_resource>(std::move(*resource));
    return out;
}

} // namespace vmcp
