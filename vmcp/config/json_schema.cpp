// One JSON object per row; sections nest.
#include "vmcp/config/json_schema.hpp"

#include "vmcp/config/schema.hpp"
#include "vmcp/config/value_text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace vmcp {
namespace {

using json = nlohmann::ordered_json;

constexpr std::string_view expansion = "\\$\\{";
constexpr std::string_view duration_pattern = "^(0|([0-9]+(\\.[0-9]+)?(ms|s|m|h))+)$";
constexpr std::string_view size_pattern = "^[0-9]+(B|kB|KB|MB|GB|KiB|MiB|GiB)?$";

json section_schema(const schema_node& section);

json expandable(json schema) {
    return {{"anyOf", {std::move(schema), {{"type", "string"}, {"pattern", expansion}}}}};
}

json pattern_schema(std::string_view pattern) {
    return expandable({{"type", "string"}, {"pattern", pattern}});
}

json text_schema(const text_rule& rule) {
    if (!rule.pattern.empty())
        return pattern_schema(rule.pattern);
    json out{{"type", "string"}};
    if (rule.problem("")) // the empty text is refused
        out["minLength"] = 1;
    return out;
}

json value_schema(const schema_node& node) {
    const value_spec& spec = node.row.spec;
    switch (spec.kind) {
    case value_kind::text:
        return text_schema(*spec.rule);
    case value_kind::boolean:
        return expandable({{"type", "boolean"}});
    case value_kind::integer:
        return expandable({{"type", "integer"}, {"minimum", spec.least}, {"maximum", spec.most}});
    case value_kind::duration:
        return pattern_schema(duration_pattern);
    case value_kind::size:
        return {{"anyOf",
                 {{{"type", "integer"}, {"minimum", spec.least}, {"maximum", spec.most}},
                  {{"type", "string"}, {"pattern", size_pattern}},
                  {{"type", "string"}, {"pattern", expansion}}}}};
    case value_kind::choice:
        return expandable({{"enum", spec.choices}});
    case value_kind::section:
        break;
    }
    return section_schema(node);
}

// Lists, mappings and sections may be left empty: `backends:` with nothing behind it reads as null.
json shaped_schema(const schema_node& node) {
    const value_spec& spec = node.row.spec;
    json value = value_schema(node);
    switch (spec.shape) {
    case value_shape::one:
        break;
    case value_shape::list:
        return {{"type", {"array", "null"}}, {"items", std::move(value)}};
    case value_shape::map: {
        json out{{"type", {"object", "null"}}};
        if (!spec.key_rule->pattern.empty())
            out["propertyNames"] = {{"pattern", spec.key_rule->pattern}};
        out["additionalProperties"] = std::move(value);
        return out;
    }
    }
    return value;
}

json default_value(const schema_row& row) {
    switch (row.spec.kind) {
    case value_kind::boolean:
        return *parse_bool(row.fallback);
    case value_kind::integer:
        return *parse_integer(row.fallback);
    case value_kind::text:
    case value_kind::duration:
    case value_kind::size:
    case value_kind::choice:
    case value_kind::section:
        break;
    }
    return row.fallback;
}

json section_schema(const schema_node& section) {
    json properties = json::object();
    json required = json::array();
    json either = json::array();
    for (const auto& child : section.children) {
        if (child.row.not_yet)
            continue;
        json schema = shaped_schema(child);
        schema["description"] = child.row.doc;
        if (!child.row.fallback.empty())
            schema["default"] = default_value(child.row);
        if (child.row.required)
            required.push_back(child.key);
        if (!child.row.unless.empty())
            either = {{{"required", {child.key}}}, {{"required", {child.row.unless}}}};
        properties[child.key] = std::move(schema);
    }
    json out;
    if (required.empty() && either.empty())
        out["type"] = {"object", "null"};
    else
        out["type"] = "object";
    out["properties"] = std::move(properties);
    if (!required.empty())
        out["required"] = std::move(required);
    if (!either.empty())
        out["anyOf"] = std::move(either);
    out["additionalProperties"] = false;
    return out;
}

} // namespace

std::string config_json_schema() {
    json out{{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", "vmcp configuration"}};
    out.update(section_schema(schema_tree()));
    out["type"] = "object";
    return out.dump(2) + "\n";
}

} // namespace vmcp
