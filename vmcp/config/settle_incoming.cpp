// Rules between the keys of incomingAuth. A mistake here stops the gateway: nobody is let in by accident.
#include "vmcp/base/url.hpp"
#include "vmcp/config/expand_env.hpp"
#include "vmcp/config/own_url.hpp"
#include "vmcp/config/settle_parts.hpp"
#include "vmcp/config/text_rules.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmcp {
namespace {

key_path section() {
    return key_path{} / "incomingAuth" / "oidc";
}

// A URL of the issuer: whoever can change what comes from it lets in whom he likes.
void check_issuer_url(settling& at, const std::string& text, std::string_view key) {
    const auto url = parse_url(text);
    if (!url)
        return; // absent, or wrong and reported
    if (!url->tls && !at.draft.out.incoming.oidc.allow_http && !is_loopback(url->host))
        at.complain(section() / key,
                    "must start with https:// (or set insecureAllowHttp: true, for tests only)");
    if (key == "issuer" && text.find('?') != std::string::npos)
        at.complain(section() / key, "an issuer has no query");
}

// Each stands for the other where it can.
void settle_audience(settling& at) {
    auto& oidc = at.draft.out.incoming.oidc;
    if (!at.has(section() / "audience") && !at.has(section() / "resource"))
        return at.complain(section(),
                           "give audience or resource: without them, tokens for any other service would do");
    if (!at.has(section() / "audience"))
        oidc.audience = oidc.resource;
    else if (!at.has(section() / "resource") && parse_url(oidc.audience))
        oidc.resource = oidc.audience;
    if (oidc.dpop_nonce && !oidc.dpop)
        at.complain(section() / "dpopNonce", "needs dpop: true: it is proofs that hold nonces");
    if (at.has(section() / "resource") || !oidc.resource.empty())
        return;
    if (oidc.dpop)
        at.complain(section() / "dpop", "needs resource: proofs name the URL that clients call");
    else
        at.warn(section(),
                "without resource, the URL that clients call, they cannot find out where to get a token");
}

void settle_client(settling& at) {
    auto& draft = at.draft;
    auto& oidc = draft.out.incoming.oidc;
    if (!draft.oidc_secret_env.empty() && !at.has(section() / "clientId"))
        return at.complain(section() / "clientSecretEnv", "needs clientId");
    if (!at.has(section() / "introspectionUrl")) {
        if (at.has(section() / "clientId"))
            at.warn(section() / "clientId", "is used at introspectionUrl only, which is not given");
        return;
    }
    if (draft.oidc_secret_env.empty())
        return; // not given, or wrong and reported
    const auto value = at.sources.environment(draft.oidc_secret_env);
    if (!value)
        at.complain(section() / "clientSecretEnv",
                    "environment variable '" + draft.oidc_secret_env + "' is not set", true);
    else if (const auto found = rules::header_value.problem(*value))
        at.complain(section() / "clientSecretEnv", "the value of '" + draft.oidc_secret_env + "' " + *found,
                    true);
    else
        oidc.client_secret = *value;
}

void settle_authorities(settling& at) {
    auto& oidc = at.draft.out.incoming.oidc;
    if (oidc.ca_bundle_path.empty())
        return;
    oidc.ca_bundle_path = resolve_path(at.document.file, oidc.ca_bundle_path);
    auto pem = read_pem(at, oidc.ca_bundle_path, "CERTIFICATE");
    if (!pem.problem.empty())
        at.complain(section() / "caBundlePath", std::move(pem.problem), true);
    oidc.ca_bundle = std::move(pem.content);
}

} // namespace

void settle_incoming(settling& at) {
    auto& incoming = at.draft.out.incoming;
    const bool given = at.has(section());
    if (incoming.type != incoming_auth::kind::oidc) {
        if (given)
            at.complain(section(),
                        fmt::format("has no effect with type {}; write 'type: oidc'",
                                    incoming.type == incoming_auth::kind::local ? "local" : "anonymous"));
        return;
    }
    if (!given)
        return at.complain(section(), "required by type oidc");
    check_issuer_url(at, incoming.oidc.issuer, "issuer");
    check_issuer_url(at, incoming.oidc.jwks_url, "jwksUrl");
    check_issuer_url(at, incoming.oidc.introspection_url, "introspectionUrl");
    settle_audience(at);
    settle_client(at);
    settle_authorities(at);
}

} // namespace vmcp
