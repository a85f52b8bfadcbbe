// The strategies of outgoingAuth that get tokens: what belongs together, secrets, keys.
#include "vmcp/config/expand_env.hpp"
#include "vmcp/config/settle_parts.hpp"
#include "vmcp/config/text_rules.hpp"

#include "vmcp/base/url.hpp"

#include <algorithm>
#include <array>

namespace vmcp {
namespace {

using kind = auth_strategy::kind;

struct named_type {
    kind type;
    std::string_view name;
    std::string_view section;
};
constexpr std::array<named_type, 4> types{
    {{kind::token_exchange, "token_exchange", "tokenExchange"},
     {kind::client_credentials, "client_credentials", "clientCredentials"},
     {kind::xaa, "xaa", "xaa"},
     {kind::aws_sts, "aws_sts", "awsSts"}}};

// A token in clear text on a network is everybody's.
void check_endpoint(settling& at, const key_path& path, const std::string& text) {
    const auto url = parse_url(text);
    if (text.empty() || !url || url->tls)
        return; // wrong, and reported
    const bool here = url->host == "localhost" || url->host == "::1" || url->host.starts_with("127.");
    if (!here)
        at.complain(path, "must be https: http is for this machine only");
}

void settle_secret(settling& at, const key_path& path, token_client& client, const std::string& variable,
                   std::string_view prefix) {
    const auto key = [&](std::string_view name) {
        std::string out(prefix);
        out.append(name);
        if (prefix.empty())
            out.front() = static_cast<char>(out.front() - 'A' + 'a');
        return out;
    };
    if (at.has(path / key("ClientSecret")) && at.has(path / key("ClientSecretEnv")))
        return at.complain(path, "give either " + key("ClientSecret") + " or " + key("ClientSecretEnv"));
    if (!variable.empty()) {
        const auto value = at.sources.environment(variable);
        if (!value)
            return at.complain(path / key("ClientSecretEnv"),
                               "environment variable '" + variable + "' is not set", true);
        if (const auto found = rules::header_value.problem(*value))
            return at.complain(path / key("ClientSecretEnv"), "the value of '" + variable + "' " + *found,
                               true);
        client.secret = *value;
    }
    const bool has_secret = at.has(path / key("ClientSecret")) || at.has(path / key("ClientSecretEnv"));
    if (has_secret && !at.has(path / key("ClientId")))
        at.complain(path, "a secret needs " + key("ClientId"));
    if (prefix.empty())
        return;
    if (!has_secret && at.has(path / key("ClientId")))
        at.complain(path,
                    key("ClientId") + " needs " + key("ClientSecret") + " or " + key("ClientSecretEnv"));
}

void settle_key(settling& at, const key_path& path, token_client& client) {
    if (!at.has(path / "privateKeyPath")) {
        if (at.has(path / "keyId"))
            at.complain(path / "keyId", "has no effect without privateKeyPath");
        return;
    }
    if (at.has(path / "clientSecret") || at.has(path / "clientSecretEnv"))
        at.complain(path, "give either a secret or privateKeyPath");
    if (!at.has(path / "clientId"))
        at.complain(path, "privateKeyPath needs clientId");
    if (client.key_path.empty())
        return; // wrong, and reported
    client.key_path = resolve_path(at.document.file, client.key_path);
    auto pem = read_pem(at, client.key_path, "PRIVATE KEY");
    if (!pem.problem.empty())
        at.complain(path / "privateKeyPath", std::move(pem.problem), true);
    client.key = std::move(pem.content);
}

// Where a token endpoint is found and not given, the backend says who is asked for a token. Whoever that is gets what
// the gateway proves itself with, and the caller's token: that must be somebody the operator trusts. Only a signature
// that is made for one issuer is of no use to another.
void settle_discovery(settling& at, const key_path& path, const auth_strategy& auth) {
    if (at.has(path / "tokenUrl")) {
        for (const std::string_view key : {"issuer", "allowPrivateIp"})
            if (at.has(path / key))
                at.complain(path / key, "has no effect with tokenUrl");
        return;
    }
    const auto& issuer = auth.tokens.issuer;
    check_endpoint(at, path / "issuer", issuer);
    if (issuer.find('?') != std::string::npos)
        at.complain(path / "issuer", "an issuer has no query");
    const bool bound = auth.type == kind::client_credentials && at.has(path / "privateKeyPath");
    if (!at.has(path / "issuer") && !bound)
        at.complain(path, "give tokenUrl, or issuer: without them the backend would choose who gets the "
                          "credentials");
}

void settle_target(settling& at, const key_path& path, const token_strategy& tokens) {
    if (at.has(path / "targetTokenUrl")) {
        if (at.has(path / "allowPrivateIp"))
            at.complain(path / "allowPrivateIp", "has no effect with targetTokenUrl");
        return check_endpoint(at, path / "targetTokenUrl", tokens.target.url);
    }
    if (at.has(path / "targetAudience") && !parse_url(tokens.audience))
        return at.complain(path / "targetTokenUrl", "required, as targetAudience is no issuer's URL");
    check_endpoint(at, path / "targetAudience", tokens.audience);
}

void settle_bundle(settling& at, const key_path& path, token_strategy& tokens) {
    if (tokens.ca_bundle_path.empty())
        return; // not given, or wrong and reported
    tokens.ca_bundle_path = resolve_path(at.document.file, tokens.ca_bundle_path);
    auto pem = read_pem(at, tokens.ca_bundle_path, "CERTIFICATE");
    if (!pem.problem.empty())
        at.complain(path / "caBundlePath", std::move(pem.problem), true);
    tokens.ca_bundle = std::move(pem.content);
}

} // namespace

void settle_tokens(settling& at, strategy_draft& strategy) {
    const auto* const wanted = std::ranges::find(types, strategy.auth.type, &named_type::type);
    for (const auto& section : strategy.sections)
        if (strategy.has_type && (wanted == types.end() || section != wanted->section))
            at.complain(strategy.path / section,
                        "has no effect with this type; write 'type: " +
                            std::string(std::ranges::find(types, section, &named_type::section)->name) + "'");
    if (wanted == types.end())
        return;
    const auto path = strategy.path / wanted->section;
    if (!at.has(path))
        return at.complain(path, "required by type " + std::string(wanted->name));
    if (wanted->type != kind::client_credentials && at.draft.out.incoming.type != incoming_auth::kind::oidc)
        at.warn(path, "no call can succeed unless incomingAuth.type is oidc: there is no token to trade");
    strategy.auth.header_name = "Authorization";
    auto& tokens = strategy.auth.tokens;
    settle_bundle(at, path, tokens);
    if (wanted->type == kind::aws_sts) {
        check_endpoint(at, path / "stsUrl", tokens.aws.sts_url);
        return settle_aws(at, strategy);
    }
    if (wanted->type == kind::xaa) {
        check_endpoint(at, path / "idpTokenUrl", tokens.endpoint.url);
        settle_target(at, path, tokens);
        settle_secret(at, path, tokens.endpoint, strategy.secret_env, "idp");
        return settle_secret(at, path, tokens.target, strategy.target_secret_env, "target");
    }
    check_endpoint(at, path / "tokenUrl", tokens.endpoint.url);
    settle_discovery(at, path, strategy.auth);
    settle_secret(at, path, tokens.endpoint, strategy.secret_env, "");
    settle_key(at, path, tokens.endpoint);
    const bool proves =
        at.has(path / "clientSecret") || at.has(path / "clientSecretEnv") || at.has(path / "privateKeyPath");
    if (wanted->type == kind::client_credentials && !proves)
        at.complain(path, "client_credentials needs clientSecret, clientSecretEnv or privateKeyPath");
}

} // namespace vmcp
