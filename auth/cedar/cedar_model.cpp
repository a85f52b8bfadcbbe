#include "auth/cedar/cedar_model.hpp"

#include "auth/cedar/json_value.hpp"
#include "vmcp/base/excerpt.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <unordered_set>
#include <utility>

namespace auth {
namespace {

struct operation_row {
    cedar_operation operation;
    std::string_view action;
    std::string_view resource_type;
    std::string_view verb;
    std::string_view feature;
};

constexpr std::string_view list_type = "FeatureType";

// In the order of the enum.
constexpr std::array<operation_row, 6> rows{{
    {cedar_operation::call_tool, "call_tool", "Tool", "call", "tool"},
    {cedar_operation::get_prompt, "get_prompt", "Prompt", "get", "prompt"},
    {cedar_operation::read_resource, "read_resource", "Resource", "read", "resource"},
    {cedar_operation::list_tools, "list_tools", list_type, "list", "tool"},
    {cedar_operation::list_prompts, "list_prompts", list_type, "list", "prompt"},
    {cedar_operation::list_resources, "list_resources", list_type, "list", "resource"},
}};

const operation_row& row_of(cedar_operation operation) noexcept {
    return rows[static_cast<std::size_t>(operation)];
}

bool has_arguments(cedar_operation operation) noexcept {
    return operation == cedar_operation::call_tool || operation == cedar_operation::get_prompt;
}

constexpr std::array<std::string_view, 4> hints{"readOnlyHint", "destructiveHint", "idempotentHint",
                                                "openWorldHint"};

// Fields that policies can see.
class seen_fields {
public:
    explicit seen_fields(const cedar_view& view) : view_(view) {}

    void text(std::string_view name, std::string_view value) {
        if (view_.sees(name))
            fields_.push_back({std::string(name), {std::string(value)}});
    }
    void flag(std::string_view name, bool value) {
        if (view_.sees(name))
            fields_.push_back({std::string(name), {value}});
    }

    [[nodiscard]] std::vector<cedar_field> take() { return std::move(fields_); }

private:
    const cedar_view& view_;
    std::vector<cedar_field> fields_{};
};

bool absent(std::string_view json) noexcept {
    return json.empty() || json == "null";
}

void add_hints(seen_fields& fields, std::string_view annotations) {
    for (const auto hint : hints) {
        const auto value = vmcp::json_member(annotations, hint);
        if (!value.empty() && value.kind == vmcp::json_kind::boolean)
            fields.flag(hint, value.raw == "true");
    }
}

vmcp::failure untold(const std::string& argument, std::string_view why) {
    std::string text = "policies decide about the argument '";
    text.append(vmcp::excerpt_of(argument)).append("', which ").append(why);
    return vmcp::fail(vmcp::errc::forbidden, std::move(text));
}

bool is_scalar(vmcp::json_kind kind) noexcept {
    return kind == vmcp::json_kind::string || kind == vmcp::json_kind::number ||
           kind == vmcp::json_kind::boolean;
}

vmcp::result<std::vector<cedar_field>> argument_fields(std::string_view arguments, number_mapping numbers,
                                                       const cedar_view& view) {
    std::vector<cedar_field> fields;
    if (absent(arguments))
        return fields;
    const auto members = members_of(arguments);
    if (!members)
        return vmcp::fail(vmcp::errc::invalid_params, "arguments is no JSON object");
    std::unordered_set<std::string> taken;
    for (const auto& [key, json] : *members) {
        std::string name = "arg_" + key;
        if (!is_scalar(json.kind))
            name.append("_present");
        if (!view.sees(name))
            continue;
        if (!taken.insert(name).second)
            return untold(key, "stands there twice");
        auto value = is_scalar(json.kind) ? cedar_value_of(json, numbers) : std::optional(cedar_value{true});
        if (!value)
            return untold(key, json.kind == vmcp::json_kind::number ? "is too large a number"
                                                                    : "is no valid text");
        fields.push_back({std::move(name), std::move(*value)});
    }
    return fields;
}

cedar_entity resource_of(const cedar_settings& settings, const cedar_target& target, const cedar_view& view,
                         const std::vector<cedar_field>& arguments) {
    const auto& row = row_of(target.operation);
    const bool is_list = row.resource_type == list_type;
    const auto name = is_list ? row.feature : target.name;
    seen_fields fields(view);
    fields.text("name", name);
    if (target.operation == cedar_operation::read_resource)
        fields.text("uri", name);
    if (is_list)
        fields.text("type", row.feature);
    fields.text("operation", row.verb);
    fields.text("feature", row.feature);
    if (target.operation == cedar_operation::call_tool)
        add_hints(fields, target.annotations);
    cedar_entity entity{.uid{std::string(row.resource_type), std::string(name)}, .attributes = fields.take()};
    entity.attributes.insert(entity.attributes.end(), arguments.begin(), arguments.end());
    entity.parents.push_back({"MCP", settings.server_name});
    return entity;
}

vmcp::result<std::vector<cedar_field>> arguments_of(const cedar_settings& settings,
                                                    const cedar_target& target, const cedar_view& view) {
    return argument_fields(has_arguments(target.operation) ? target.arguments : std::string_view{},
                           settings.numbers, view);
}

} // namespace

vmcp::result<> check_cedar_settings(const cedar_settings& settings) {
    if (settings.server_name.empty())
        return vmcp::fail(vmcp::errc::config,
                          "policies need the name of the server, because resources are in MCP::\"<name>\"");
    if (settings.group_type.find("::") != std::string::npos)
        return vmcp::fail(vmcp::errc::config, "groupEntityType '" + settings.group_type +
                                                  "' has a namespace: give a name without '::'");
    return {};
}

std::vector<std::string> cedar_types(const cedar_settings& settings) {
    std::vector<std::string> types{"Client", "Action", "MCP", settings.group_type};
    for (const auto& row : rows)
        if (std::find(types.begin(), types.end(), row.resource_type) == types.end())
            types.emplace_back(row.resource_type);
    return types;
}

cedar_entity make_action(cedar_operation operation, const cedar_view& view) {
    const auto& row = row_of(operation);
    seen_fields fields(view);
    fields.text("operation", row.action);
    return {.uid{"Action", std::string(row.action)}, .attributes = fields.take()};
}

vmcp::result<cedar_entity> make_resource(const cedar_settings& settings, const cedar_target& target,
                                         const cedar_view& view) {
    const auto arguments = arguments_of(settings, target, view);
    if (!arguments)
        return arguments.error();
    return resource_of(settings, target, view, *arguments);
}

vmcp::result<cedar_request> make_request(const cedar_settings& settings, const cedar_caller& caller,
                                         const cedar_target& target, const cedar_view& view) {
    if (caller.made_for != view.version())
        return vmcp::fail(vmcp::errc::internal, "the caller was made for other policies than the request");
    auto arguments = arguments_of(settings, target, view);
    if (!arguments)
        return arguments.error();
    cedar_request request{.principal = caller.principal,
                          .action = make_action(target.operation, view),
                          .resource = resource_of(settings, target, view, *arguments),
                          .context = caller.context,
                          .made_for = view.version()};
    for (auto& field : *arguments)
        request.context.push_back(std::move(field));
    return request;
}

} // namespace auth
