#include "auth/cedar/schema.hpp"

#include "vmcp/base/json_text.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

namespace auth {
namespace {

using names = std::vector<std::string>;

std::string listed(const names& names) {
    std::string text = "[";
    for (std::size_t index = 0; index < names.size(); ++index)
        text.append(index == 0 ? "" : ", ").append(names[index]);
    return text.append("]");
}

// Attributes that may be missing. Types of claims and arguments are unknown: what would follow from the one that
// stands here is not reported.
std::string optional_fields(const names& attributes, bool claims, bool arguments) {
    std::string text;
    for (const auto& name : attributes) {
        const bool is_claim = name.starts_with("claim_") || name.starts_with("claimset_");
        if (name == "claim_sub" || !((claims && is_claim) || (arguments && name.starts_with("arg_"))))
            continue;
        const bool set = name.starts_with("claimset_");
        text.append(", ").append(vmcp::quoted(name)).append(set ? "?: Set<String>" : "?: String");
    }
    return text;
}

std::string entity(std::string_view name, const names& parents, std::string_view fields) {
    std::string text = "entity ";
    text.append(name);
    if (!parents.empty())
        text.append(" in ").append(listed(parents));
    return text.append(" = {").append(fields).append("};\n");
}

std::string action(std::string_view name, std::string_view resource, std::string_view fields) {
    std::string text = "action ";
    text.append(name).append(" appliesTo { principal: Client, resource: ").append(resource);
    return text.append(", context: {").append(fields).append("} };\n");
}

bool built_in(std::string_view type) noexcept {
    constexpr std::array<std::string_view, 6> types{"Client",   "Tool",        "Prompt",
                                                    "Resource", "FeatureType", "MCP"};
    return type == "Action" || type.ends_with("::Action") ||
           std::find(types.begin(), types.end(), type) != types.end();
}

// The types that configured entities bring, and the one of groups: anything may be above them.
std::string open_types(const names& types, const names& attributes) {
    std::string fields;
    for (const auto& name : attributes)
        fields.append(fields.empty() ? "" : ", ").append(vmcp::quoted(name)).append("?: String");
    std::map<std::string, std::string> namespaces;
    for (const auto& type : types) {
        const auto cut = type.rfind("::");
        const bool nested = cut != std::string::npos;
        namespaces[nested ? type.substr(0, cut) : ""] +=
            entity(nested ? type.substr(cut + 2) : type, types, fields);
    }
    std::string text;
    for (const auto& [name, inside] : namespaces) {
        if (name.empty())
            text.append(inside);
        else
            text.append("namespace ").append(name).append(" {\n").append(inside).append("}\n");
    }
    return text;
}

} // namespace

std::string cedar_schema(const cedar_settings& settings, const names& attributes, const names& types) {
    names open{settings.group_type};
    for (const auto& type : types)
        if (!built_in(type) && type != settings.group_type)
            open.push_back(type);
    names above_resources = open;
    above_resources.emplace_back("MCP");
    const std::string subject = "claim_sub: String";
    const std::string claims = subject + optional_fields(attributes, true, false);
    const std::string everything = subject + optional_fields(attributes, true, true);
    const std::string common = "name: String, operation: String, feature: String";
    const std::string arguments = optional_fields(attributes, false, true);
    const std::string tool_hints = ", readOnlyHint?: Bool, destructiveHint?: Bool, idempotentHint?: Bool"
                                   ", openWorldHint?: Bool";
    std::string text = open_types(open, attributes);
    text.append(entity("MCP", open, ""));
    text.append(entity("Client", open, claims));
    text.append(entity("Tool", above_resources, common + tool_hints + arguments));
    text.append(entity("Prompt", above_resources, common + arguments));
    text.append(entity("Resource", above_resources, common + ", uri: String"));
    text.append(entity("FeatureType", above_resources, common + ", type: String"));
    text.append(action("call_tool", "Tool", everything)).append(action("get_prompt", "Prompt", everything));
    text.append(action("read_resource", "Resource", claims));
    for (const std::string_view list : {"list_tools", "list_prompts", "list_resources"})
        text.append(action(list, "FeatureType", claims));
    return text;
}

std::vector<policy_problem> policy_warnings(const policy_set& policies, const cedar_settings& settings) {
    auto warnings =
        policies.check_against(cedar_schema(settings, policies.attributes(), policies.entity_types()));
    const std::string usual = cedar_settings{}.group_type;
    const auto& types = policies.entity_types();
    if (settings.group_type != usual && std::find(types.begin(), types.end(), usual) != types.end())
        warnings.push_back({.message = "the entities hold groups of the type " + usual +
                                       ", but groupEntityType is " + settings.group_type +
                                       ": no caller is in any of them"});
    return warnings;
}

} // namespace auth
