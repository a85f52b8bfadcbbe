// ToolHive's own example configurations: each is accepted, or refused only for what README says is not there
// yet.
#include "config_fixture.hpp"
#include "source_dir.hpp"

#include "vmcp/config/read_config.hpp"
#include "vmcp/config/schema.hpp"
#include "vmcp/yaml/read_yaml.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace vmcp {
namespace {

std::filesystem::path folder() {
    const char* const vectors = std::getenv("VMCP_VECTORS");
    return (vectors != nullptr ? std::filesystem::path(vectors)
                               : std::filesystem::path(VMCP_SOURCE_DIR) / "../shared/vectors") /
           "toolhive";
}

std::string content(const std::filesystem::path& path) {
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

// The keys in backticks in README's section on what is not there.
std::set<std::string> missing_keys() {
    const auto page = content(VMCP_SOURCE_DIR "/README.md");
    const auto begin = page.find("## What it does not do yet");
    EXPECT_NE(begin, std::string::npos);
    const auto section = page.substr(begin, page.find("\n## ", begin) - begin);
    std::set<std::string> out;
    for (auto open = section.find('`'); open != std::string::npos; open = section.find('`', open + 1)) {
        const auto close = section.find('`', open + 1);
        out.insert(section.substr(open + 1, close - open - 1));
        open = close;
    }
    return out;
}

// Whether README names the key or a section that holds it: "incomingAuth.oidc" for incomingAuth.oidc.issuer.
bool is_missing(std::string key, const std::set<std::string>& missing) {
    while (!key.empty()) {
        if (missing.contains(key))
            return true;
        const auto dot = key.find_last_of('.');
        key.resize(dot == std::string::npos ? 0 : dot);
    }
    return false;
}

// "outgoingAuth.backends.github.type" is said as "outgoingAuth.backends.*.type".
std::string without_indices(std::string key) {
    for (auto open = key.find('['); open != std::string::npos; open = key.find('['))
        key.erase(open, key.find(']', open) - open + 1);
    return key;
}

config_sources any_variable() {
    return {[](std::string_view) -> std::optional<std::string> { return "value"; },
            [](const std::string&) -> result<std::string> { return fail(errc::io, "not read"); }};
}

// What README does not excuse.
std::string unexcused(const loaded_config& loaded) {
    const auto missing = missing_keys();
    std::string out;
    for (const auto& one : loaded.problems) {
        const bool later = one.message.find("not supported yet") != std::string::npos;
        const bool group =
            one.key == "backends" && one.message.find("groupRef is a label") != std::string::npos;
        if (!(later && is_missing(without_indices(one.key), missing)) &&
            !(group && missing.contains("groupRef")))
            out += format_problem(one) + "\n";
    }
    return out;
}

TEST(toolhive_vectors, the_example_configuration) {
    const auto path = folder() / "example_vmcp-config.yaml";
    if (!std::filesystem::exists(path))
        GTEST_SKIP() << "no test vectors in " << folder();
    const auto loaded = load_config_text(content(path), "example_vmcp-config.yaml", any_variable());
    EXPECT_EQ(unexcused(loaded), "");
    EXPECT_FALSE(loaded.problems.empty())
        << "it has policies: when these are there, this test has to say what is left";
}

// With what is not there taken out, all the rest is accepted and has its effect.
TEST(toolhive_vectors, the_example_configuration_without_what_is_not_there) {
    const auto path = folder() / "example_vmcp-config.yaml";
    if (!std::filesystem::exists(path))
        GTEST_SKIP() << "no test vectors in " << folder();
    problem_list problems{"f", {}};
    config_document document{"f", read_yaml(content(path), problems)};
    ASSERT_TRUE(problems.problems.empty());
    auto& members = document.root.members;
    const auto take_out = [](std::vector<config_member>& from, std::string_view key) {
        std::erase_if(from, [&](const config_member& one) { return one.key == key; });
    };
    take_out(members, "telemetry");
    for (auto& one : members)
        if (one.key == "incomingAuth")
            take_out(one.value.members, "authz");
    auto backends = read_yaml(
        "backends: [{name: github, url: 'http://g/mcp'}, {name: jira, url: 'http://j/mcp'}]", problems);
    members.push_back(std::move(backends.members.front()));
    const auto loaded = read_config(std::move(document), any_variable(), problems);
    ASSERT_TRUE(loaded) << format_problems(loaded.problems);
    EXPECT_EQ(loaded.value->group_ref, "engineering-team");
    EXPECT_EQ(loaded.value->incoming.type, incoming_auth::kind::oidc);
    EXPECT_EQ(loaded.value->incoming.oidc.issuer, "https://keycloak.example.com/realms/myrealm");
    EXPECT_EQ(loaded.value->incoming.oidc.audience, "vmcp");
    EXPECT_EQ(loaded.value->incoming.oidc.resource, "http://localhost:4483/mcp");
    EXPECT_EQ(loaded.value->backends[0].auth.header_value, "value");
    EXPECT_EQ(loaded.value->backends[0].timeout, std::chrono::seconds(45));
    EXPECT_FALSE(loaded.value->operational.failures.best_effort);
    EXPECT_TRUE(loaded.value->operational.failures.breaker_enabled);
    EXPECT_EQ(loaded.value->aggregation.tools.at(1).overrides.at("create_issue").name, "jira_create_issue");
}

// ---- spec.config of VirtualMCPServer resources: what the operator writes into a file, with the group's
// servers

std::vector<config_node> documents_of(const std::filesystem::path& path) {
    std::vector<config_node> out;
    std::istringstream text(content(path));
    std::string part, line;
    const auto finish = [&] {
        problem_list problems{"f", {}};
        auto root = read_yaml(part, problems);
        if (root.kind == node_kind::mapping)
            out.push_back(std::move(root));
        part.clear();
    };
    while (std::getline(text, line)) {
        if (line.starts_with("---"))
            finish();
        else
            part += line + "\n";
    }
    finish();
    return out;
}

std::string text_at(const config_node& root, std::string_view first, std::string_view second) {
    const auto* outer = root.find(first);
    const auto* inner = outer == nullptr ? nullptr : outer->find(second);
    return inner == nullptr ? "" : inner->text;
}

config_node backends_of(const std::vector<config_node>& documents) {
    std::string text = "backends:\n";
    for (const auto& one : documents)
        if (one.find("kind")->text == "MCPServer")
            text += "  - {name: " + text_at(one, "metadata", "name") + ", url: 'http://h/mcp'}\n";
    problem_list problems{"f", {}};
    return read_yaml(text, problems);
}

TEST(toolhive_vectors, the_configurations_of_example_resources) {
    if (!std::filesystem::exists(folder()))
        GTEST_SKIP() << "no test vectors in " << folder();
    int seen = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder())) {
        const auto name = entry.path().filename().string();
        if (!name.starts_with("example_") || name == "example_vmcp-config.yaml")
            continue;
        const auto documents = documents_of(entry.path());
        for (const auto& one : documents) {
            const auto* spec = one.find("spec");
            const auto* settings = spec == nullptr ? nullptr : spec->find("config");
            if (one.find("kind")->text != "VirtualMCPServer" || settings == nullptr)
                continue;
            ++seen;
            config_document document{name, *settings};
            if (document.root.kind == node_kind::null)
                document.root.kind = node_kind::mapping;
            document.root.members.push_back(backends_of(documents).members.front());
            const auto loaded = read_config(std::move(document), any_variable(), {});
            EXPECT_EQ(unexcused(loaded), "") << name;
        }
    }
    EXPECT_GE(seen, 9);
}

// ---- every key that the resource has, whether an example uses it or not

// The leaves of an OpenAPI schema, as the table of keys spells them.
void leaves_of(const config_node& schema, const std::string& path, std::vector<std::string>& out) {
    const auto* const more = schema.find("additionalProperties");
    if (const auto* const properties = schema.find("properties"))
        for (const auto& one : properties->members)
            leaves_of(one.value, path.empty() ? one.key : path + "." + one.key, out);
    else if (const auto* const items = schema.find("items"))
        leaves_of(*items, path + "[]", out);
    else if (more != nullptr && more->kind == node_kind::mapping)
        leaves_of(*more, path + ".*", out);
    else
        out.push_back(path);
}

// Whether the table has a row for it, or one for a section that holds it and is not there yet.
bool is_known(const std::string& path, const std::vector<schema_row>& table) {
    return std::ranges::any_of(table, [&](const schema_row& row) {
        const auto shaped = row.path + (row.spec.shape == value_shape::list  ? "[]"
                                        : row.spec.shape == value_shape::map ? ".*"
                                                                             : "");
        return row.path == path || shaped == path || (row.not_yet && path.starts_with(row.path));
    });
}

TEST(toolhive_vectors, every_key_of_the_custom_resource_is_known) {
    const auto path = folder() / "crd_virtualmcpservers.yaml";
    if (!std::filesystem::exists(path))
        GTEST_SKIP() << "no test vectors in " << folder();
    problem_list problems{"f", {}};
    const auto root = read_yaml(content(path), problems);
    ASSERT_TRUE(problems.problems.empty()) << format_problems(problems.problems);
    const auto* const versions = (key_path{} / "spec" / "versions").find(root);
    ASSERT_NE(versions, nullptr);
    const auto table = schema_table();
    std::size_t seen = 0;
    for (std::size_t i = 0; i < versions->items.size(); ++i) {
        const auto* const settings =
            (key_path{} / "schema" / "openAPIV3Schema" / "properties" / "spec" / "properties" / "config")
                .find(versions->items[i]);
        ASSERT_NE(settings, nullptr) << i;
        std::vector<std::string> leaves;
        leaves_of(*settings, "", leaves);
        seen += leaves.size();
        for (const auto& one : leaves)
            EXPECT_TRUE(is_known(one, table)) << one;
    }
    EXPECT_GE(seen, 250U);
}

} // namespace
} // namespace vmcp
