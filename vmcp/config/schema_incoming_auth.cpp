// The rows of incomingAuth: who may call, and how that is found out.
#include "vmcp/config/schema_builders.hpp"

namespace vmcp::schema {
namespace {

constexpr auto in = &config::incoming;
constexpr auto oidc = &incoming_auth::oidc;

void add_issuer_rows(std::vector<schema_row>& rows, const std::string& at) {
    rows.push_back({.path = at + "issuer",
                    .spec = text(rules::http_url),
                    .doc = "Who issues the tokens: its URL, written exactly as in the `iss` of tokens.",
                    .store = into<in, oidc, &oidc_config::issuer>,
                    .required = true});
    rows.push_back({.path = at + "audience",
                    .spec = text(rules::identifier),
                    .doc = "What the `aud` of a token must hold. Without it: `resource`.",
                    .store = into<in, oidc, &oidc_config::audience>});
    rows.push_back(
        {.path = at + "resource",
         .spec = text(rules::http_url),
         .doc = "The URL by which clients call this gateway, such as `https://mcp.example.com/mcp`. Clients "
                "find the issuer by it (RFC 9728). Without it: `audience`, where that is a URL.",
         .store = into<in, oidc, &oidc_config::resource>});
    rows.push_back({.path = at + "jwksUrl",
                    .spec = text(rules::http_url),
                    .doc = "Where the issuer's keys are. Without it they are discovered.",
                    .store = into<in, oidc, &oidc_config::jwks_url>});
}

void add_introspection_rows(std::vector<schema_row>& rows, const std::string& at) {
    rows.push_back(
        {.path = at + "introspectionUrl",
         .spec = text(rules::http_url),
         .doc = "Where the issuer is asked about tokens that are not JWTs (RFC 7662). Without it such tokens "
                "are refused.",
         .store = into<in, oidc, &oidc_config::introspection_url>});
    rows.push_back({.path = at + "clientId",
                    .spec = text(rules::identifier),
                    .doc = "The client that this gateway is at `introspectionUrl`.",
                    .store = into<in, oidc, &oidc_config::client_id>});
    rows.push_back({.path = at + "clientSecretEnv",
                    .spec = text(rules::variable_name),
                    .doc = "The environment variable that holds this client's secret.",
                    .store = [](config_draft& draft, const config_value& value) {
                        draft.oidc_secret_env = value.text;
                    }});
}

void add_rule_rows(std::vector<schema_row>& rows, const std::string& at) {
    rows.push_back({.path = at + "scopes",
                    .spec = list_of(text(rules::scope)),
                    .doc =
                        "Scopes that clients are told of: `scopes_supported` of the metadata, and what a 401 "
                        "asks for where there are no `requiredScopes`. Tokens need not have them.",
                    .store = into<in, oidc, &oidc_config::scopes>});
    rows.push_back({.path = at + "requiredScopes",
                    .spec = list_of(text(rules::scope)),
                    .doc = "Scopes that every token must have; without one of them the answer is 403, which "
                           "tells the client to ask for them.",
                    .store = into<in, oidc, &oidc_config::required_scopes>});
    rows.push_back({.path = at + "algorithms",
                    .spec = list_of(choice({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256",
                                            "ES384", "ES512", "EdDSA"})),
                    .doc = "The signature algorithms of tokens. Without it: RS256, PS256, ES256 and EdDSA.",
                    .store = into<in, oidc, &oidc_config::algorithms>});
    rows.push_back({.path = at + "requireAtJwt",
                    .spec = boolean(),
                    .fallback = "false",
                    .doc =
                        "Takes only JWTs that say that they are access tokens: `typ` is `at+jwt` (RFC 9068). "
                        "Without it those of type `JWT`, or of none, are taken too, as many issuers send "
                        "them. Opaque tokens are not concerned.",
                    .store = into<in, oidc, &oidc_config::require_at_jwt>});
    rows.push_back({.path = at + "leeway",
                    .spec = duration(0, 2 * minute),
                    .fallback = "1m",
                    .doc = "How far the clocks of the issuer and of this machine may be apart.",
                    .store = into<in, oidc, &oidc_config::leeway>});
    rows.push_back({.path = at + "subjectFallback",
                    .spec = choice({"none", "client_id"}),
                    .fallback = "none",
                    .doc = "Who a token without `sub` belongs to: nobody, and it is refused, or its "
                           "`client_id`, as some issuers write tokens of programs.",
                    .store = [](config_draft& draft, const config_value& value) {
                        draft.out.incoming.oidc.subject_fallback =
                            value.text == "client_id" ? oidc_config::subject_source::client_id
                                                      : oidc_config::subject_source::sub;
                    }});
    rows.push_back(
        {.path = at + "dpop",
         .spec = boolean(),
         .fallback = "false",
         .doc = "Takes tokens that are bound to a key of the caller, from who proves with each request "
                "to hold it (DPoP, RFC 9449), beside those that are not bound. Without it bound tokens "
                "are refused. Needs `resource`.",
         .store = into<in, oidc, &oidc_config::dpop>});
    rows.push_back(
        {.path = at + "dpopNonce",
         .spec = boolean(),
         .fallback = "false",
         .doc = "Proofs must hold a nonce of this gateway (RFC 9449, section 9), which is another one every "
                "five minutes: none can be made long before it is used. A client without it is answered 401 "
                "with `error=\"use_dpop_nonce\"` and the field `DPoP-Nonce`. Each process has its own: "
                "behind a load balancer, clients have to stay with one. Needs `dpop`.",
         .store = into<in, oidc, &oidc_config::dpop_nonce>});
}

void add_connection_rows(std::vector<schema_row>& rows, const std::string& at) {
    rows.push_back(
        {.path = at + "caBundlePath",
         .spec = text(rules::path),
         .doc = "PEM file of the certificate authorities that the issuer's certificate must come from. "
                "Without it: the system's.",
         .store = into<in, oidc, &oidc_config::ca_bundle_path>});
    rows.push_back({.path = at + "jwksAllowPrivateIp",
                    .spec = boolean(),
                    .fallback = "false",
                    .doc = "Lets this gateway connect to an issuer at a private or loopback address: "
                           "discovery, keys and introspection.",
                    .store = into<in, oidc, &oidc_config::jwks_allow_private_ip>});
    rows.push_back({.path = at + "protectedResourceAllowPrivateIp",
                    .spec = boolean(),
                    .fallback = "false",
                    .doc = "The same; either of the two is enough.",
                    .store = into<in, oidc, &oidc_config::resource_allow_private_ip>});
    rows.push_back(
        {.path = at + "insecureAllowHttp",
         .spec = boolean(),
         .fallback = "false",
         .doc = "Lets the issuer's URLs be `http://`, also where they do not lead to this machine. For "
                "tests only.",
         .store = into<in, oidc, &oidc_config::allow_http>});
}

} // namespace

void add_incoming_auth_rows(std::vector<schema_row>& rows) {
    rows.push_back({.path = "incomingAuth", .spec = section(), .doc = "Who may call this gateway."});
    rows.push_back(
        {.path = "incomingAuth.type",
         .spec = choice({"anonymous", "oidc", "local"}),
         .fallback = "anonymous",
         .doc = "`anonymous`: everybody who can reach the listener. `oidc`: who has an access token of "
                "the issuer in `oidc`. `local`: everybody who can reach the listener, under the name of "
                "the user whose process the gateway is, for policies and logs.",
         .store = [](config_draft& draft, const config_value& value) {
             using kind = incoming_auth::kind;
             draft.out.incoming.type = value.text == "oidc"    ? kind::oidc
                                       : value.text == "local" ? kind::local
                                                               : kind::anonymous;
         }});
    rows.push_back(
        {.path = "incomingAuth.oidc",
         .spec = section(),
         .doc = "The issuer of access tokens (OAuth 2.1, OpenID Connect), and what they must hold."});
    const std::string at = "incomingAuth.oidc.";
    add_issuer_rows(rows, at);
    add_introspection_rows(rows, at);
    add_rule_rows(rows, at);
    add_connection_rows(rows, at);
    add_authz_rows(rows);
}

} // namespace vmcp::schema
