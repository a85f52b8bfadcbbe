// Finds the servers, judges each, gives them names, and writes the text.
#include "vmcp/yaml/init_config.hpp"

#include "vmcp/base/excerpt.hpp"
#include "vmcp/config/source_text.hpp"
#include "vmcp/yaml/client_entry.hpp"
#include "vmcp/yaml/client_servers.hpp"
#include "vmcp/yaml/init_document.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <utility>

namespace vmcp {
namespace {

bool is_alphanumeric(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// The nearest name that a backend may have.
std::string usable_name(std::string_view key) {
    std::string name;
    for (const char c : key) {
        if (is_alphanumeric(c) || (!name.empty() && (c == '_' || c == '.' || c == '-')))
            name.push_back(c);
        else if (!name.empty() && name.back() != '-')
            name.push_back('-');
    }
    constexpr std::size_t longest = 56; // a backend's name has at most 64 characters; some are for a number
    name = key == name && name.size() <= 64 ? name : name.substr(0, longest);
    name.resize(name.find_last_not_of('-') + 1);
    return name.empty() ? "server" : name;
}

class initialiser {
public:
    initialiser(std::string_view text, const std::string& file, const command_line& own)
        : own_(own)
        , problems_{file, {}}
        , flaws_{file, {}}
        , root_(read_client_file(text, file, problems_, flaws_)) {}

    initial_config run() {
        if (problems_.problems.empty())
            servers();
        initial_config out{{}, std::move(notes_), {variables_.begin(), variables_.end()}, {}};
        if (problems_.problems.empty() && backends_.empty())
            problems_.add(
                root_.at, "",
                "no server in this file is one that vmcp can reach: it puts one URL in front of HTTP "
                "servers");
        if (problems_.problems.empty())
            out.yaml = initial_document(backends_, comments(out));
        if (out.yaml.size() > max_config_bytes) {
            problems_.add(root_.at, "",
                          "the servers of this file would make a configuration that is too large");
            out.yaml.clear();
        }
        problems_.sort();
        out.problems = std::move(problems_.problems);
        return out;
    }

private:
    void servers() {
        const auto found = find_servers(root_, problems_.file);
        const auto misshapen = misshapen_places(root_);
        if (found.empty() && misshapen.empty() && !has_place())
            return problems_.add(
                root_.at, "",
                "found no servers: neither 'mcpServers' nor 'servers' (VS Code), 'mcp' (opencode), "
                "'context_servers' (Zed) or 'mcp_servers' (Codex)");
        for (const auto& place : misshapen) {
            constexpr auto wrong = "expected a mapping from names to servers";
            if (found.empty())
                problems_.add(place.at, place.path.text(), wrong);
            else
                note(init_outcome::left, "", fmt::format("{}: {}", place.path.text(), wrong));
        }
        for (const auto& flaw : flaws_.problems)
            note(init_outcome::left, "",
                 fmt::format("in line {}, {}: {}", flaw.at.line, flaw.key, flaw.message));
        for (const auto& server : found)
            one(server);
        switches();
    }

    bool has_place() const {
        const auto has = [this](std::string_view key) { return root_.find(key) != nullptr; };
        return has("mcpServers") || has("servers") || has("context_servers") || has("mcp_servers") ||
               has("projects");
    }

    void one(const client_server& server) {
        const auto question = [this](std::string_view id) { return question_of(root_, id); };
        auto judged = judge_entry(server, question, own_);
        const auto label =
            server.project.empty() ? server.name : fmt::format("{} ({})", server.name, server.project);
        if (judged.left.empty() && is_known(server.name, judged.backend))
            judged.left = "it is the same as the one before";
        if (!judged.left.empty())
            return note(init_outcome::left, label, std::move(judged.left));
        auto name = name_for(server.name);
        note(init_outcome::took, label, judged.shown);
        if (name != server.name)
            note(init_outcome::changed, label, fmt::format("its name is '{}' here", name));
        for (auto& text : judged.notes) {
            const bool left = text.starts_with("left ");
            note(left ? init_outcome::left : init_outcome::changed, label,
                 left ? text.substr(5) : std::move(text));
        }
        variables_.merge(judged.variables);
        originals_.push_back(server.name);
        backends_.push_back({std::move(name), std::move(judged.backend)});
    }

    // Claude Code writes a server into each project that uses it.
    bool is_known(const std::string& name, const backend_draft& draft) const {
        for (std::size_t i = 0; i < backends_.size(); ++i)
            if (originals_[i] == name && backends_[i].draft == draft)
                return true;
        return false;
    }

    std::string name_for(const std::string& key) {
        const std::string base = usable_name(key);
        std::string name = base;
        for (int number = 2; !names_.insert(name).second; ++number)
            name = fmt::format("{}-{}", base.substr(0, 56), number);
        return name;
    }

    // What clients say of servers' tools elsewhere in their files.
    void switches() {
        if (root_.find("$schema") != nullptr && root_.find("mcp") != nullptr &&
            root_.find("tools") != nullptr)
            note(init_outcome::left, "",
                 "'tools': opencode's switches for tools; see filter and exclude in "
                 "aggregation.tools");
        approvals(root_, key_path{});
        if (const auto* projects = root_.find("projects"))
            for (const auto& [folder, at, project] : projects->members)
                approvals(project, key_path{} / "projects" / folder);
    }

    // Claude Code: which servers of a project's .mcp.json are switched on.
    void approvals(const config_node& node, const key_path& path) {
        const auto* here = &node == &root_ ? root_.find("mcpServers") : nullptr;
        for (const std::string_view key : {"enabledMcpjsonServers", "disabledMcpjsonServers"}) {
            std::vector<std::string> elsewhere;
            if (const auto* list = node.find(key))
                for (const auto& item : list->items)
                    if (here == nullptr || here->find(item.text) == nullptr)
                        elsewhere.push_back(excerpt_of(item.text));
            if (!elsewhere.empty())
                note(init_outcome::left, "",
                     fmt::format("{}: {}: servers of .mcp.json, which is another file", (path / key).text(),
                                 fmt::join(elsewhere, ", ")));
        }
    }

    void note(init_outcome outcome, std::string server, std::string text) {
        notes_.push_back({outcome, std::move(server), std::move(text)});
    }

    static std::vector<std::string> comments(const initial_config& made) {
        std::vector<std::string> out;
        for (const auto& [outcome, server, text] : made.notes) {
            if (outcome != init_outcome::took)
                out.push_back(fmt::format("{}{}{}: {}", outcome == init_outcome::left ? "Left" : "Changed",
                                          server.empty() ? "" : " ", server, text));
        }
        if (!made.variables.empty())
            out.push_back(fmt::format("Needs the environment variables {}", fmt::join(made.variables, ", ")));
        return out;
    }

    const command_line& own_;
    problem_list problems_;
    problem_list flaws_;
    config_node root_;
    std::vector<named_backend> backends_{};
    std::vector<std::string> originals_{}; // their names in the file
    std::vector<init_note> notes_{};
    std::set<std::string> variables_{};
    std::set<std::string> names_{};
};

} // namespace

initial_config init_from_client_file(std::string_view text, const std::string& file,
                                     const command_line& own) {
    return initialiser(text, file, own).run();
}

} // namespace vmcp
