#include "auth/cedar/cedar_rules.hpp"

#include "auth/cedar/cedar_model.hpp"
#include "auth/cedar/schema.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace auth {
namespace {

cedar_settings settings_of(const vmcp::config& from) {
    const auto& authz = from.authz;
    return {.server_name = from.name,
            .group_claim = authz.group_claim,
            .role_claim = authz.role_claim,
            .group_type = authz.group_entity_type,
            .multi_valued_claims = authz.multi_valued_claims,
            .numbers = authz.toolhive_numbers ? number_mapping::toolhive : number_mapping::cedar};
}

bool holds(std::string_view text, std::string_view part) noexcept {
    return text.find(part) != std::string_view::npos;
}

// Policies can tell two callers with the same claims apart only by an entity Client::"...", which stands in a policy,
// or in the entities as the value of an attribute. A name in JSON can be spelled with escapes.
bool names_clients(const vmcp::authz_config& authz) {
    const auto& entities = authz.entities_json;
    return holds(entities, "Client") || holds(entities, "\\") ||
           std::ranges::any_of(authz.policies, [](const auto& text) { return holds(text, "Client"); });
}

void look_ahead(cedar_rules& rules) {
    const auto& view = rules.policies->view();
    const auto& names = rules.policies->attributes();
    rules.sees_arguments = view.sees_all() || std::ranges::any_of(names, [](const auto& name) {
                               return name.starts_with("arg_");
                           });
    for (const std::string_view hint : {"readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"})
        rules.sees_hints = rules.sees_hints || view.sees(hint);
}

vmcp::policy_remark remark_of(const policy_problem& problem, bool warning) {
    std::string place;
    if (problem.line != 0)
        place = "line " + std::to_string(problem.line) + ", column " + std::to_string(problem.column) +
                " of the policy: ";
    vmcp::policy_remark out{.message = place + problem.message, .warning = warning};
    if (problem.policy)
        out.policy = *problem.policy;
    return out;
}

} // namespace

made_rules make_rules(const vmcp::config& from) {
    if (!from.authz.cedar)
        return {};
    cedar_rules rules{.settings = settings_of(from), .names_clients = names_clients(from.authz)};
    if (const auto fits = check_cedar_settings(rules.settings); !fits)
        return {.problems = {{.message = fits.error().detail}}};
    auto compiled = compile_policies({.policies = from.authz.policies,
                                      .entities_json = from.authz.entities_json,
                                      .types = cedar_types(rules.settings)});
    if (!compiled.value)
        return {.problems = std::move(compiled.problems)};
    rules.policies = std::move(compiled.value);
    look_ahead(rules);
    return {.value = std::make_shared<const cedar_rules>(std::move(rules))};
}

std::vector<vmcp::policy_remark> check_policies(const vmcp::config& settings) {
    const auto made = make_rules(settings);
    std::vector<vmcp::policy_remark> out;
    for (const auto& problem : made.problems)
        out.push_back(remark_of(problem, false));
    if (!made.value)
        return out;
    for (const auto& warning : policy_warnings(*made.value->policies, made.value->settings))
        out.push_back(remark_of(warning, true));
    return out;
}

} // namespace auth
