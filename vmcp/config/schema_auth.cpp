// The rows of outgoingAuth and passthroughHeaders.
#include "vmcp/config/schema_builders.hpp"

namespace vmcp::schema {
namespace {

constexpr auto strategy = &config_draft::strategy;

void begin_default(config_draft& draft, const config_value& value) {
    draft.strategy = &draft.default_strategy.emplace();
    draft.strategy->path = value.path;
}

void begin_strategy(config_draft& draft, const config_value& value) {
    if (value.event == item_event::begin)
        return;
    draft.strategy = &draft.strategies[value.key];
    draft.strategy->path = value.path;
}

void store_type(config_draft& draft, const config_value& value) {
    draft.strategy->has_type = true;
    using kind = auth_strategy::kind;
    draft.strategy->auth.type = value.text == "header_injection"     ? kind::header_injection
                                : value.text == "token_exchange"     ? kind::token_exchange
                                : value.text == "client_credentials" ? kind::client_credentials
                                : value.text == "xaa"                ? kind::xaa
                                : value.text == "aws_sts"            ? kind::aws_sts
                                                                     : kind::unauthenticated;
}

void add_strategy(std::vector<schema_row>& rows, const std::string& at) {
    rows.push_back(
        {.path = at + ".type",
         .spec = choice({"unauthenticated", "header_injection", "token_exchange", "client_credentials", "xaa",
                         "aws_sts"},
                        {"upstream_inject", "obo"}),
         .doc = "`unauthenticated` adds nothing; `header_injection` sets one header on every request; "
                "`token_exchange` sends a token that the caller's is traded for, `client_credentials` one of "
                "the gateway's own, `xaa` one of another authorization server; `aws_sts` signs requests as "
                "AWS asks for it, with credentials that the caller's token is traded for.",
         .store = store_type,
         .required = true});
    rows.push_back({.path = at + ".headerInjection",
                    .spec = section(),
                    .doc = "The header that `header_injection` sets.",
                    .store = [](config_draft& draft, const config_value&) {
                        draft.strategy->has_header_injection = true;
                    }});
    rows.push_back({.path = at + ".headerInjection.headerName",
                    .spec = text(rules::injected_header),
                    .doc = "Name of the header.",
                    .store = into_current<strategy, &strategy_draft::auth, &auth_strategy::header_name>,
                    .required = true});
    rows.push_back(
        {.path = at + ".headerInjection.headerValue",
         .spec = secret(rules::header_value),
         .doc = "Its value, usually `${VAR}` or `${file:PATH}`. A secret: it never appears in logs or "
                "messages.",
         .store = into_current<strategy, &strategy_draft::auth, &auth_strategy::header_value>});
    rows.push_back({.path = at + ".headerInjection.headerValueEnv",
                    .spec = text(rules::variable_name),
                    .doc = "The environment variable that holds the value; instead of `headerValue`.",
                    .store = into_current<strategy, &strategy_draft::header_value_env>});
    add_token_rows(rows, at);
    add_aws_rows(rows, at);
    for (const std::string_view key : {"upstreamInject", "obo"})
        rows.push_back({.path = at + "." + std::string(key), .doc = "", .not_yet = true});
}

} // namespace

void add_auth_rows(std::vector<schema_row>& rows) {
    add_incoming_auth_rows(rows);

    rows.push_back({.path = "outgoingAuth",
                    .spec = section(),
                    .doc = "How this gateway authenticates to its backends."});
    rows.push_back(
        {.path = "outgoingAuth.source",
         .spec = choice({"inline", "discovered"}),
         .fallback = "inline",
         .doc = "`inline`: as written here. `discovered`: the backends of the group `groupRef` are "
                "found in the Kubernetes cluster, with what they refer to there, and followed while "
                "they change; an entry of `backends` below wins over that, and `default` is for those "
                "that refer to nothing. See kubernetes.md.",
         .store = [](config_draft& draft, const config_value& value) {
             draft.out.cluster.discover = value.text == "discovered";
         }});
    rows.push_back({.path = "outgoingAuth.default",
                    .spec = section(),
                    .doc = "The strategy for backends without their own. Without it: `unauthenticated`.",
                    .store = begin_default});
    add_strategy(rows, "outgoingAuth.default");
    rows.push_back({.path = "outgoingAuth.backends",
                    .spec = map_of(section(), rules::backend_name),
                    .doc = "Strategies by backend name.",
                    .store = begin_strategy});
    add_strategy(rows, "outgoingAuth.backends.*");

    rows.push_back(
        {.path = "passthroughHeaders",
         .spec = list_of(text(rules::passthrough_header)),
         .doc = "Names of headers copied from a client's request to the backends. Never allowed: "
                "`Authorization`, `Cookie`, `DPoP`, `Host`, `Forwarded`, `X-Forwarded-*`, `X-Real-Ip`, "
                "`Proxy-*`, `Mcp-*`, and headers that describe the message or the connection.",
         .store = into<&config::passthrough_headers>});
}

} // namespace vmcp::schema
