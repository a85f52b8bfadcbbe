// The rows of the strategy aws_sts.
#include "vmcp/config/schema_builders.hpp"

namespace vmcp::schema {
namespace {

constexpr auto strategy = &config_draft::strategy;
constexpr auto draft_auth = &strategy_draft::auth;
constexpr auto tokens = &auth_strategy::tokens;
constexpr auto aws = &token_strategy::aws;

void begin_section(config_draft& draft, const config_value&) {
    draft.strategy->sections.emplace_back("awsSts");
}

void begin_mapping(config_draft& draft, const config_value& value) {
    if (value.event == item_event::value)
        draft.strategy->auth.tokens.aws.mappings.emplace_back();
}

role_mapping& mapping(config_draft& draft) {
    return draft.strategy->auth.tokens.aws.mappings.back();
}

void add_roles(std::vector<schema_row>& rows, const std::string& at) {
    rows.push_back({.path = at + ".fallbackRoleArn",
                    .spec = text(rules::line),
                    .doc = "The role of callers that no mapping is for. Without it they get nothing.",
                    .store = into_current<strategy, draft_auth, tokens, aws, &aws_strategy::fallback_role>});
    rows.push_back({.path = at + ".roleClaim",
                    .spec = text(rules::line),
                    .fallback = "groups",
                    .doc = "The claim of the caller's token that mappings compare: its name, or its way, as "
                           "`realm_access.roles`.",
                    .store = into_current<strategy, draft_auth, tokens, aws, &aws_strategy::role_claim>});
    rows.push_back({.path = at + ".roleMappings",
                    .spec = list_of(section()),
                    .doc = "Which callers get which role.",
                    .store = begin_mapping});
    rows.push_back(
        {.path = at + ".roleMappings[].claim",
         .spec = text(rules::line),
         .doc = "A value that the claim holds.",
         .store = [](config_draft& draft, const config_value& value) { mapping(draft).claim = value.text; },
         .required = true});
    rows.push_back({.path = at + ".roleMappings[].matcher",
                    .doc = "CEL expressions are not understood: use `claim`",
                    .not_yet = true});
    rows.push_back(
        {.path = at + ".roleMappings[].roleArn",
         .spec = text(rules::line),
         .doc = "The role.",
         .store = [](config_draft& draft, const config_value& value) { mapping(draft).role = value.text; },
         .required = true});
    rows.push_back({.path = at + ".roleMappings[].priority",
                    .spec = integer(0, 1'000'000),
                    .doc = "Of several mappings for one caller the one with the lowest number counts; those "
                           "without one come last, in the order of the file.",
                    .store = [](config_draft& draft, const config_value& value) {
                        mapping(draft).priority = static_cast<std::uint32_t>(value.number);
                    }});
}

void add_session(std::vector<schema_row>& rows, const std::string& at) {
    rows.push_back(
        {.path = at + ".sessionDuration",
         .spec = integer(900, 43'200),
         .fallback = "3600",
         .doc = "For how many seconds the credentials are asked for.",
         .store = into_current<strategy, draft_auth, tokens, aws, &aws_strategy::session_seconds>});
    rows.push_back(
        {.path = at + ".sessionNameClaim",
         .spec = text(rules::line),
         .fallback = "sub",
         .doc = "The claim that names the session in AWS's logs. What may not stand in such a name is "
                "replaced, and a digest of the whole is added.",
         .store = into_current<strategy, draft_auth, tokens, aws, &aws_strategy::session_name_claim>});
    rows.push_back({.path = at + ".subjectProviderName", .doc = "", .not_yet = true});
}

void add_own(std::vector<schema_row>& rows, const std::string& at) {
    rows.push_back(
        {.path = at + ".webIdentityTokenPath",
         .spec = text(rules::path),
         .doc =
             "A file with a token of the gateway's own, as Kubernetes mounts it for a service account. With "
             "it, probes and readings of lists are signed too; without it, a backend that lists nothing to "
             "strangers has no tools here. Read whenever credentials are asked for.",
         .store = into_current<strategy, draft_auth, tokens, aws, &aws_strategy::own_token_path>});
    rows.push_back({.path = at + ".webIdentityRoleArn",
                    .spec = text(rules::line),
                    .doc = "The role that goes with it. Without it: `fallbackRoleArn`.",
                    .store = into_current<strategy, draft_auth, tokens, aws, &aws_strategy::own_role>});
}

} // namespace

void add_aws_rows(std::vector<schema_row>& rows, const std::string& section_at) {
    const std::string at = section_at + ".awsSts";
    rows.push_back({.path = at,
                    .spec = section(),
                    .doc =
                        "How `aws_sts` signs requests (Signature Version 4): with credentials of a role that "
                        "the caller's token is traded for (AssumeRoleWithWebIdentity).",
                    .store = begin_section});
    rows.push_back({.path = at + ".region",
                    .spec = text(rules::line),
                    .doc = "The region of AWS that signatures name, as `eu-central-1`.",
                    .store = into_current<strategy, draft_auth, tokens, aws, &aws_strategy::region>,
                    .required = true});
    rows.push_back({.path = at + ".service",
                    .spec = text(rules::line),
                    .fallback = "aws-mcp",
                    .doc = "The service that signatures name.",
                    .store = into_current<strategy, draft_auth, tokens, aws, &aws_strategy::service>});
    rows.push_back({.path = at + ".stsUrl",
                    .spec = text(rules::http_url),
                    .doc =
                        "Where roles are assumed: https, or http on this machine. Without it: the region's "
                        "own endpoint.",
                    .store = into_current<strategy, draft_auth, tokens, aws, &aws_strategy::sts_url>});
    add_roles(rows, at);
    add_session(rows, at);
    add_own(rows, at);
    rows.push_back({.path = at + ".caBundlePath",
                    .spec = text(rules::path),
                    .doc =
                        "PEM file of the certificate authorities that the certificate of that endpoint must "
                        "come from. Without it: the system's. Read again when it changes.",
                    .store = into_current<strategy, draft_auth, tokens, &token_strategy::ca_bundle_path>});
}

} // namespace vmcp::schema
