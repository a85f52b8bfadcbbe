// The rows of incomingAuth.authz.
#include "vmcp/config/schema_builders.hpp"

namespace vmcp::schema {
namespace {

constexpr auto authz = &config::authz;

void store_authz_type(config_draft& draft, const config_value& value) {
    draft.out.authz.cedar = value.text == "cedar";
}

void store_numbers(config_draft& draft, const config_value& value) {
    draft.out.authz.toolhive_numbers = value.text == "toolhive";
}

void add_claim_rows(std::vector<schema_row>& rows) {
    rows.push_back({.path = "incomingAuth.authz.groupClaimName",
                    .spec = text(rules::line),
                    .doc = "The claim that lists a caller's groups: its name, or the way to it with dots "
                           "between. Without it, or where a token lacks it: the first of `groups`, `roles`, "
                           "`cognito:groups` that is there.",
                    .store = into<authz, &authz_config::group_claim>});
    rows.push_back({.path = "incomingAuth.authz.roleClaimName",
                    .spec = text(rules::line),
                    .doc = "A claim that lists more of them.",
                    .store = into<authz, &authz_config::role_claim>});
    rows.push_back({.path = "incomingAuth.authz.groupEntityType",
                    .spec = text(rules::entity_type),
                    .fallback = "THVGroup",
                    .doc = "The entity type of groups in policies: `principal in THVGroup::\"admins\"`.",
                    .store = into<authz, &authz_config::group_entity_type>});
    rows.push_back({.path = "incomingAuth.authz.multiValuedClaims",
                    .spec = list_of(text(rules::line)),
                    .doc = "Claims that are lists of words, such as `scope`: policies see each as the text "
                           "`claim_<name>` and as the set `claimset_<name>`.",
                    .store = into<authz, &authz_config::multi_valued_claims>});
}

} // namespace

void add_authz_rows(std::vector<schema_row>& rows) {
    rows.push_back({.path = "incomingAuth.authz", .spec = section(), .doc = "What callers may see and use."});
    rows.push_back({.path = "incomingAuth.authz.type",
                    .spec = choice({"cedar", "none"}),
                    .fallback = "none",
                    .doc = "`cedar`: what the policies permit, and nothing else. `none`: everything.",
                    .store = store_authz_type});
    rows.push_back({.path = "incomingAuth.authz.policies",
                    .spec = list_of(text(rules::prose)),
                    .doc = "Cedar policies, one in each entry; `${file:PATH}` reads one from a file.",
                    .store = into<authz, &authz_config::policies>});
    rows.push_back({.path = "incomingAuth.authz.entitiesJson",
                    .spec = text(rules::prose),
                    .doc = "Entities that the policies name, as a JSON array in Cedar's form: groups in "
                           "groups, for example.",
                    .store = into<authz, &authz_config::entities_json>});
    add_claim_rows(rows);
    rows.push_back({.path = "incomingAuth.authz.numberMapping",
                    .spec = choice({"cedar", "toolhive"}),
                    .fallback = "cedar",
                    .doc = "What numbers in claims and arguments are for policies. `cedar`: integers are "
                           "`Long`, others `decimal`. `toolhive`: all are `decimal`.",
                    .store = store_numbers});
    rows.push_back({.path = "incomingAuth.authz.primaryUpstreamProvider", .doc = "", .not_yet = true});
}

} // namespace vmcp::schema
