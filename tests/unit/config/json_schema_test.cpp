// The JSON Schema says the same as the table.
#include "vmcp/config/json_schema.hpp"

#include "vmcp/config/schema.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <regex>

namespace vmcp {
namespace {

using nlohmann::json;

// The schema of the values at `path` ("backends[].url"), or null.
json at(const json& root, std::string_view path) {
    json node = root;
    while (!path.empty()) {
        const auto end = std::min(path.find_first_of(".["), path.size());
        const std::string key(path.substr(0, end));
        path.remove_prefix(end);
        node = node["properties"].value(key, json());
        if (path.starts_with("[].")) {
            node = node["items"];
            path.remove_prefix(3);
        } else if (path.starts_with(".*.")) {
            node = node["additionalProperties"];
            path.remove_prefix(3);
        } else if (!path.empty()) {
            path.remove_prefix(1);
        }
    }
    return node;
}

std::string parent_of(const std::string& path) {
    const auto dot = path.rfind('.');
    return dot == std::string::npos ? "" : path.substr(0, dot + 1);
}

// A small part of JSON Schema, enough for single values.
bool accepts(const json& schema, const json& value) {
    if (schema.contains("anyOf"))
        return std::any_of(schema["anyOf"].begin(), schema["anyOf"].end(),
                           [&](const json& part) { return accepts(part, value); });
    if (schema.contains("enum"))
        return std::find(schema["enum"].begin(), schema["enum"].end(), value) != schema["enum"].end();
    const std::string type = schema["type"];
    if (type == "boolean")
        return value.is_boolean();
    if (type == "integer")
        return value.is_number_integer() && value >= schema["minimum"] && value <= schema["maximum"];
    return type == "string" && value.is_string() &&
           value.get<std::string>().size() >= schema.value("minLength", 0u) &&
           (!schema.contains("pattern") ||
            std::regex_search(value.get<std::string>(), std::regex(std::string(schema["pattern"]))));
}

TEST(json_schema, is_a_2020_12_schema) {
    const json schema = json::parse(config_json_schema());
    EXPECT_EQ(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    EXPECT_EQ(schema["type"], "object");
    EXPECT_EQ(schema["additionalProperties"], false);
}

TEST(json_schema, has_every_key_of_the_table_and_no_other) {
    const json schema = json::parse(config_json_schema());
    for (const auto& row : schema_table()) {
        const json node = at(schema, row.path);
        EXPECT_EQ(node.is_null(), row.not_yet) << row.path;
        if (row.not_yet)
            continue;
        EXPECT_EQ(node["description"], std::string(row.doc)) << row.path;
        EXPECT_EQ(node.contains("default"), !row.fallback.empty()) << row.path;
        if (!row.fallback.empty())
            EXPECT_TRUE(accepts(node, node["default"])) << row.path << " " << node;
        const json parent = at(schema, parent_of(row.path));
        const json required = parent.value("required", json::array());
        const auto key = row.path.substr(parent_of(row.path).size());
        EXPECT_EQ(std::find(required.begin(), required.end(), key) != required.end(), row.required)
            << row.path;
    }
}

TEST(json_schema, tells_values_apart) {
    const json schema = json::parse(config_json_schema());
    EXPECT_TRUE(accepts(at(schema, "limits.maxBody"), 65536));
    EXPECT_TRUE(accepts(at(schema, "limits.maxBody"), "4MiB"));
    EXPECT_FALSE(accepts(at(schema, "limits.maxBody"), 1));
    EXPECT_FALSE(accepts(at(schema, "limits.maxBody"), "4 MiB"));
    EXPECT_TRUE(accepts(at(schema, "sessions.ttl"), "1h30m"));
    EXPECT_FALSE(accepts(at(schema, "sessions.ttl"), "30"));
    EXPECT_FALSE(accepts(at(schema, "sessions.ttl"), 30));
    EXPECT_TRUE(accepts(at(schema, "admin.port"), "${PORT:-4484}"));
    EXPECT_FALSE(accepts(at(schema, "admin.port"), "4484"));
    EXPECT_TRUE(accepts(at(schema, "incomingAuth.type"), "oidc"));
    EXPECT_TRUE(accepts(at(schema, "incomingAuth.type"), "local"));
    EXPECT_FALSE(accepts(at(schema, "name"), ""));
    EXPECT_TRUE(accepts(at(schema, "backends[].url"), "http://h:${PORT}/"));
    EXPECT_FALSE(accepts(at(schema, "backends[].url"), "h"));
}

} // namespace
} // namespace vmcp
