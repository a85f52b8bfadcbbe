#include "vmcp/yaml/client_servers.hpp"

#include "vmcp/config/read_json.hpp"
#include "vmcp/config/source_text.hpp"
#include "vmcp/yaml/read_toml.hpp"
#include "vmcp/yaml/read_yaml.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace vmcp {
namespace {

using names = std::set<std::string, std::less<>>;

const config_node* mapping_at(const config_node& node, std::string_view key) {
    const auto* found = node.find(key);
    return found != nullptr && found->kind == node_kind::mapping ? found : nullptr;
}

names names_at(const config_node* node, std::string_view key) {
    names out;
    const auto* list = node == nullptr ? nullptr : node->find(key);
    if (list != nullptr)
        for (const auto& item : list->items)
            out.insert(item.text);
    return out;
}

bool is_list_of_servers(const config_node& node) {
    return std::ranges::any_of(node.items,
                               [](const config_node& item) { return item.kind == node_kind::mapping; });
}

bool any_entry_has(const config_node& servers, std::initializer_list<std::string_view> keys) {
    return std::any_of(servers.members.begin(), servers.members.end(), [&](const config_member& member) {
        return std::any_of(keys.begin(), keys.end(),
                           [&](std::string_view key) { return member.value.find(key) != nullptr; });
    });
}

bool is_gemini(const config_node& root, std::string_view file) {
    const auto* servers = mapping_at(root, "mcpServers");
    const auto* global = mapping_at(root, "mcp");
    return file.find(".gemini/") != std::string_view::npos ||
           (global != nullptr &&
            (global->find("allowed") != nullptr || global->find("excluded") != nullptr)) ||
           (servers != nullptr &&
            any_entry_has(*servers, {"httpUrl", "includeTools", "excludeTools", "trust"}));
}

bool is_opencode(const config_node& servers) {
    return std::any_of(servers.members.begin(), servers.members.end(), [](const config_member& member) {
        const auto* type = member.value.find("type");
        return type != nullptr && (type->text == "remote" || type->text == "local");
    });
}

constexpr client_style common{};
constexpr client_style vscode{.client = "VS Code"};
constexpr client_style zed{.client = "Zed"};
constexpr client_style opencode{.client = "opencode", .references = {.braces = true}};
constexpr client_style codex{
    .client = "Codex", .timeout_unit = std::chrono::seconds(1), .timeout_key = "tool_timeout_sec"};
constexpr client_style continue_dev{.client = "Continue"};
constexpr client_style gemini{.client = "Gemini CLI",
                              .references = {.bare_names = true},
                              .url_is_sse = true,
                              .timeout_unit = std::chrono::milliseconds(1)};

class finder {
public:
    finder(const config_node& root, std::string_view file) : root_(root), file_(file) {}

    std::vector<client_server> run() {
        if (const auto* servers = root_.find("mcpServers");
            servers != nullptr && is_list_of_servers(*servers))
            add_list(*servers, key_path{} / "mcpServers");
        else if (servers != nullptr && servers->kind == node_kind::mapping)
            add_common(*servers);
        if (const auto* servers = mapping_at(root_, "servers"))
            add(*servers, key_path{} / "servers", vscode);
        add_mcp();
        if (const auto* servers = mapping_at(root_, "context_servers"))
            add(*servers, key_path{} / "context_servers", zed);
        if (const auto* servers = mapping_at(root_, "mcp_servers"))
            add(*servers, key_path{} / "mcp_servers", codex);
        add_projects();
        return std::move(out_);
    }

private:
    void add_common(const config_node& servers) {
        const bool of_gemini = is_gemini(root_, file_);
        const auto* global = of_gemini ? mapping_at(root_, "mcp") : nullptr;
        auto off = names_at(global, "excluded");
        off.merge(names_at(&root_, "disabledMcpServers"));
        off.merge(names_at(&root_, "disabledMcpjsonServers"));
        const bool only = global != nullptr && global->find("allowed") != nullptr;
        add(servers, key_path{} / "mcpServers", of_gemini ? gemini : common, off,
            only ? names_at(global, "allowed") : names_at(&root_, "enabledMcpjsonServers"));
    }

    // Continue
    void add_list(const config_node& servers, const key_path& path) {
        for (std::size_t i = 0; i < servers.items.size(); ++i) {
            const auto& entry = servers.items[i];
            const auto* name = entry.find("name");
            out_.push_back({.name = name != nullptr ? name->text : (path / i).text(),
                            .entry = &entry,
                            .at = entry.at,
                            .path = path / i,
                            .style = continue_dev,
                            .listed = true});
        }
    }

    // `mcp` of VS Code's settings and of opencode 2 holds `servers`; that of opencode 1 is the servers.
    void add_mcp() {
        const auto* mcp = mapping_at(root_, "mcp");
        if (mcp == nullptr)
            return;
        if (const auto* servers = mapping_at(*mcp, "servers"))
            add(*servers, key_path{} / "mcp" / "servers", is_opencode(*servers) ? opencode : vscode);
        else if (is_opencode(*mcp))
            add(*mcp, key_path{} / "mcp", opencode);
    }

    // ~/.claude.json
    void add_projects() {
        const auto* projects = mapping_at(root_, "projects");
        if (projects == nullptr)
            return;
        const auto global = out_.size();
        for (const auto& [folder, at, project] : projects->members) {
            const auto off = names_at(&project, "disabledMcpServers");
            for (std::size_t i = 0; i < global; ++i)
                if (off.contains(out_[i].name))
                    out_[i].off_in.push_back(folder);
            if (const auto* servers = mapping_at(project, "mcpServers")) {
                const auto before = out_.size();
                add(*servers, key_path{} / "projects" / folder / "mcpServers", common, off);
                for (auto i = before; i < out_.size(); ++i)
                    out_[i].project = folder;
            }
        }
    }

    // `on_only` that is not empty: all others are off.
    void add(const config_node& servers, const key_path& path, const client_style& style,
             const names& off = {}, const names& on_only = {}) {
        for (const auto& [name, at, entry] : servers.members)
            out_.push_back({.name = name,
                            .entry = &entry,
                            .at = at,
                            .path = path / name,
                            .style = style,
                            .off = off.contains(name) || (!on_only.empty() && !on_only.contains(name))});
    }

    const config_node& root_;
    std::string_view file_;
    std::vector<client_server> out_{};
};

} // namespace

std::vector<client_server> find_servers(const config_node& root, std::string_view file) {
    return finder(root, file).run();
}

std::vector<client_server> misshapen_places(const config_node& root) {
    std::vector<client_server> out;
    for (const std::string_view key : {"mcpServers", "servers", "context_servers", "mcp_servers"}) {
        const auto* found = root.find(key);
        if (found != nullptr && found->kind != node_kind::mapping &&
            !(key == "mcpServers" && is_list_of_servers(*found)))
            out.push_back({.entry = found, .at = found->at, .path = key_path{} / key});
    }
    return out;
}

config_node read_client_file(std::string_view text, const std::string& file, problem_list& problems,
                             problem_list& flaws) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (text.starts_with(byte_order_mark))
        text.remove_prefix(byte_order_mark.size());
    const auto first = text.substr(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    // Not through read_yaml: what a client keeps beside its servers may be larger than a configuration.
    if (first.starts_with('{') || first.starts_with("//") || first.starts_with("/*")) {
        auto json = read_json(blank_json_extras(text), flaws);
        if (json.root)
            return std::move(*json.root);
        problems.add(json.stopped_at, "", "JSON syntax error: the text is not valid from here on");
        return {};
    }
    return looks_like_toml(text, file) ? read_toml(text, problems) : read_yaml(text, problems);
}

std::optional<std::string> question_of(const config_node& root, std::string_view id) {
    const auto* inputs = root.find("inputs");
    if (inputs == nullptr) {
        const auto* mcp = root.find("mcp");
        inputs = mcp == nullptr ? nullptr : mcp->find("inputs");
    }
    if (inputs == nullptr)
        return std::nullopt;
    for (const auto& input : inputs->items) {
        const auto* own_id = input.find("id");
        const auto* text = input.find("description");
        if (own_id != nullptr && own_id->text == id && text != nullptr)
            return text->text;
    }
    return std::nullopt;
}

} // namespace vmcp
