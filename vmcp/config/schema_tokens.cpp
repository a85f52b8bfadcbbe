// The rows of the strategies of outgoingAuth that get tokens.
#include "vmcp/config/schema_builders.hpp"

namespace vmcp::schema {
namespace {

constexpr auto strategy = &config_draft::strategy;
constexpr auto draft_auth = &strategy_draft::auth;
constexpr auto tokens = &auth_strategy::tokens;
constexpr auto endpoint = &token_strategy::endpoint;
constexpr auto target = &token_strategy::target;

// Its own words for each strategy, so that a key can be looked up in the page.
struct section_rows {
    std::vector<schema_row>& rows;
    std::string at;

    void add(std::string_view key, value_spec spec, std::string_view doc, store_fn store,
             bool required = false) {
        rows.push_back({.path = at + "." + std::string(key),
                        .spec = std::move(spec),
                        .doc = doc,
                        .store = store,
                        .required = required});
    }
    void later(std::string_view key) {
        rows.push_back({.path = at + "." + std::string(key), .doc = "", .not_yet = true});
    }
};

// Of every URL that a token comes from.
void add_bundle(section_rows& to) {
    to.add("caBundlePath", text(rules::path),
           "PEM file of the certificate authorities that the certificates of authorization servers must come "
           "from. Without it: the system's. Read again when it changes.",
           into_current<strategy, draft_auth, tokens, &token_strategy::ca_bundle_path>);
}

void add_private(section_rows& to) {
    to.add("allowPrivateIp", boolean(),
           "Lets this gateway connect to a private or loopback address where a token endpoint is found, not "
           "given.",
           into_current<strategy, draft_auth, tokens, &token_strategy::allow_private_ip>);
}

void add_client(section_rows& to) {
    to.add(
        "tokenUrl", text(rules::http_url),
        "The token endpoint: https, or http on this machine. Without it, it is found: by the metadata that "
        "the backend's 401 points to (RFC 9728), and that of the authorization server (RFC 8414).",
        into_current<strategy, draft_auth, tokens, endpoint, &token_client::url>);
    to.add("issuer", text(rules::http_url),
           "The authorization server whose token endpoint is asked where `tokenUrl` is not given: a backend "
           "that names another one gets no token. Required without `tokenUrl`, except with `privateKeyPath` "
           "and `client_credentials`.",
           into_current<strategy, draft_auth, tokens, &token_strategy::issuer>);
    add_private(to);
    add_bundle(to);
    to.add("clientId", text(rules::line), "Who the gateway is there.",
           into_current<strategy, draft_auth, tokens, endpoint, &token_client::id>);
    to.add("clientSecret", secret(rules::header_value),
           "Its secret, usually `${VAR}` or `${file:PATH}`; sent as HTTP Basic.",
           into_current<strategy, draft_auth, tokens, endpoint, &token_client::secret>);
    to.add("clientSecretEnv", text(rules::variable_name),
           "The environment variable that holds the secret; instead of `clientSecret`.",
           into_current<strategy, &strategy_draft::secret_env>);
    to.add("privateKeyPath", text(rules::path),
           "A PEM private key (RSA, P-256, P-384, Ed25519) that proves who the gateway is with a signature "
           "(`private_key_jwt`); instead of a secret.",
           into_current<strategy, draft_auth, tokens, endpoint, &token_client::key_path>);
    to.add("keyId", text(rules::line), "The `kid` of that key.",
           into_current<strategy, draft_auth, tokens, endpoint, &token_client::key_id>);
}

void add_wanted(section_rows& to) {
    to.add("audience", text(rules::line), "What the token is wanted for: the parameter `audience`.",
           into_current<strategy, draft_auth, tokens, &token_strategy::audience>);
    to.add("resource", text(rules::http_url),
           "... and the parameter `resource`. Where the token endpoint is found: what the backend calls "
           "itself, unless it is given.",
           into_current<strategy, draft_auth, tokens, &token_strategy::resource>);
    to.add("scopes", list_of(text(rules::line)), "Scopes to ask for.",
           into_current<strategy, draft_auth, tokens, &token_strategy::scopes>);
}

void add_subject_type(section_rows& to, const char* doc) {
    to.add("subjectTokenType",
           choice({"access_token", "id_token", "jwt", "urn:ietf:params:oauth:token-type:access_token",
                   "urn:ietf:params:oauth:token-type:id_token", "urn:ietf:params:oauth:token-type:jwt"}),
           doc, into_current<strategy, draft_auth, tokens, &token_strategy::subject_token_type>);
}

void add_exchange(std::vector<schema_row>& rows, const std::string& at) {
    rows.push_back({.path = at,
                    .spec = section(),
                    .doc =
                        "How `token_exchange` trades the caller's token (RFC 8693). With a secret or a key, "
                        "probes and readings of lists bring a token of the gateway's own.",
                    .store = [](config_draft& draft, const config_value&) {
                        draft.strategy->sections.emplace_back("tokenExchange");
                    }});
    section_rows to{rows, at};
    add_client(to);
    add_wanted(to);
    add_subject_type(to, "What the caller's token is; without it `access_token`.");
    to.later("subjectProviderName");
}

void add_own(std::vector<schema_row>& rows, const std::string& at) {
    rows.push_back({.path = at,
                    .spec = section(),
                    .doc =
                        "How `client_credentials` gets a token of the gateway's own, which all callers share "
                        "(RFC 6749).",
                    .store = [](config_draft& draft, const config_value&) {
                        draft.strategy->sections.emplace_back("clientCredentials");
                    }});
    section_rows to{rows, at};
    add_client(to);
    add_wanted(to);
}

void add_xaa(std::vector<schema_row>& rows, const std::string& at) {
    rows.push_back(
        {.path = at,
         .spec = section(),
         .doc = "How `xaa` gets a token of another authorization server: the caller's token is traded at "
                "the identity provider for an assertion (ID-JAG), and that for the token.",
         .store = [](config_draft& draft, const config_value&) {
             draft.strategy->sections.emplace_back("xaa");
         }});
    section_rows to{rows, at};
    to.add("idpTokenUrl", text(rules::http_url), "The identity provider's token endpoint.",
           into_current<strategy, draft_auth, tokens, endpoint, &token_client::url>, true);
    to.add("idpClientId", text(rules::line), "Who the gateway is there.",
           into_current<strategy, draft_auth, tokens, endpoint, &token_client::id>);
    to.add("idpClientSecret", secret(rules::header_value), "Its secret.",
           into_current<strategy, draft_auth, tokens, endpoint, &token_client::secret>);
    to.add("idpClientSecretEnv", text(rules::variable_name), "The variable that holds it.",
           into_current<strategy, &strategy_draft::secret_env>);
    to.add(
        "targetTokenUrl", text(rules::http_url),
        "The token endpoint of the backend's authorization server. Without it, it is found by the metadata "
        "that the backend's 401 points to (RFC 9728), and that of `targetAudience` (RFC 8414).",
        into_current<strategy, draft_auth, tokens, target, &token_client::url>);
    add_private(to);
    add_bundle(to);
    to.add("targetClientId", text(rules::line), "Who the gateway is there.",
           into_current<strategy, draft_auth, tokens, target, &token_client::id>);
    to.add("targetClientSecret", secret(rules::header_value), "Its secret.",
           into_current<strategy, draft_auth, tokens, target, &token_client::secret>);
    to.add("targetClientSecretEnv", text(rules::variable_name), "The variable that holds it.",
           into_current<strategy, &strategy_draft::target_secret_env>);
    to.add("targetAudience", text(rules::line), "The issuer of the backend's authorization server.",
           into_current<strategy, draft_auth, tokens, &token_strategy::audience>, true);
    to.add("targetResource", text(rules::http_url),
           "The resource that the assertion must name. Where the token endpoint is found: what the backend "
           "calls itself, unless it is given.",
           into_current<strategy, draft_auth, tokens, &token_strategy::resource>);
    to.add("scopes", list_of(text(rules::line)), "Scopes to ask for.",
           into_current<strategy, draft_auth, tokens, &token_strategy::scopes>);
    add_subject_type(
        to, "What the caller's token is; without it `access_token`, as that is what callers come with. "
            "`id_token`: the issuer of `incomingAuth` hands out ID tokens for this gateway, and the "
            "identity provider takes nothing else.");
    to.later("insecureTargetTokenUrl");
    to.later("subjectProviderName");
}

} // namespace

void add_token_rows(std::vector<schema_row>& rows, const std::string& at) {
    add_exchange(rows, at + ".tokenExchange");
    add_own(rows, at + ".clientCredentials");
    add_xaa(rows, at + ".xaa");
}

} // namespace vmcp::schema
