// Reads the client's file with the configuration's own reader, checks each entry where it stands, writes
// YAML.
#include "vmcp/yaml/init_config.hpp"

#include "vmcp/base/json_text.hpp"
#include "vmcp/config/expand_env.hpp"
#include "vmcp/config/text_rules.hpp"
#include "vmcp/yaml/load_config.hpp"
#include "vmcp/yaml/read_yaml.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace vmcp {
namespace {

constexpr std::size_t npos = std::string_view::npos;

bool is_alphanumeric(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_control(char c) noexcept {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

// "api-key" to "API_KEY".
std::string variable_name(std::string_view input) {
    std::string out;
    for (const char c : input)
        out.push_back(!is_alphanumeric(c)    ? '_'
                      : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A')
                                             : c);
    if (out.empty() || (out.front() >= '0' && out.front() <= '9'))
        out.insert(0, "_");
    return out;
}

// A client's value with its references in our spelling. What clients take literally stays literal.
std::string converted(std::string_view value) {
    std::string out;
    for (auto dollar = value.find('$'); dollar != npos; dollar = value.find('$')) {
        out.append(value.substr(0, dollar));
        value.remove_prefix(dollar);
        const auto close = value.find('}');
        const std::string_view inner =
            value.starts_with("${") && close != npos ? value.substr(2, close - 2) : "";
        const std::string_view name = inner.starts_with("env:") ? inner.substr(4) : inner;
        if (inner.starts_with("input:"))
            out.append("${").append(variable_name(inner.substr(6))).append("}");
        else if (!rules::variable_name.problem(name.substr(0, name.find(":-"))))
            out.append("${").append(name).append("}");
        else {
            out.append("$$");
            value.remove_prefix(1);
            continue;
        }
        value.remove_prefix(close + 1);
    }
    return out.append(value);
}

class initialiser {
public:
    initialiser(std::string_view text, const std::string& file)
        : problems_{file, {}}
        , root_(read_yaml(text, problems_)) {}

    initial_config run() {
        if (problems_.problems.empty())
            servers();
        if (problems_.problems.empty() && backends_.empty())
            problems_.add(root_.at, "", "no server with a url: vmcp puts one URL in front of HTTP servers");
        initial_config out{{}, std::move(notes_), {}};
        if (problems_.problems.empty())
            out.yaml = document(out.notes);
        problems_.sort();
        out.problems = std::move(problems_.problems);
        return out;
    }

private:
    void servers() {
        const config_node* mcp = root_.find("mcp");
        const std::array<std::pair<const config_node*, key_path>, 3> places{{
            {root_.find("mcpServers"), key_path{} / "mcpServers"},
            {root_.find("servers"), key_path{} / "servers"},
            {mcp == nullptr ? nullptr : mcp->find("servers"), key_path{} / "mcp" / "servers"},
        }};
        const auto found =
            std::find_if(places.begin(), places.end(), [](const auto& p) { return p.first != nullptr; });
        if (found == places.end())
            return problems_.add(root_.at, "", "found neither 'mcpServers' nor 'servers' in the file");
        if (found->first->kind != node_kind::mapping)
            return problems_.add(found->first->at, found->second.text(),
                                 "expected a mapping from names to servers");
        for (const auto& member : found->first->members)
            server(member, found->second / member.key);
    }

    void server(const config_member& member, const key_path& path) {
        const config_node& entry = member.value;
        if (entry.kind != node_kind::mapping)
            return problems_.add(entry.at, path.text(), "expected a mapping with a url");
        const std::string type = text_of(entry, "type");
        if (text_of(entry, "disabled") == "true")
            return leave_out(member.key, "it is disabled");
        if (entry.find("command") != nullptr || type == "stdio")
            return leave_out(member.key, "it is a program; run it behind an HTTP bridge and add its url");
        if (type == "sse")
            return leave_out(member.key, "it speaks the old HTTP+SSE transport, which is not supported yet");
        const config_node* url = url_of(entry);
        if (url == nullptr)
            return problems_.add(member.key_at, path.text(), "has neither a url nor a command");
        if (const auto found = has_expansion(url->text) ? std::nullopt : rules::http_url.problem(url->text))
            return problems_.add(url->at, (path / "url").text(), *found);
        backends_.append("  - name: ").append(quoted(name_for(member.key))).append("\n");
        backends_.append("    url: ").append(quoted(value(member.key, url->text))).append("\n");
        if (const config_node* headers = entry.find("headers"))
            add_headers(member.key, *headers, path / "headers");
    }

    void add_headers(const std::string& server, const config_node& headers, const key_path& path) {
        if (headers.kind == node_kind::null || headers.members.empty())
            return;
        backends_.append("    headers:\n");
        std::size_t written = 0;
        for (const auto& [name, at, node] : headers.members) {
            if (const auto found = rules::injected_header.problem(name)) {
                notes_.push_back("header '" + name + "' of '" + server + "' was left out: it " + *found);
                continue;
            }
            if (node.kind != node_kind::scalar) {
                problems_.add(node.at, (path / name).text(), "expected text");
                continue;
            }
            if (const auto found =
                    has_expansion(node.text) ? std::nullopt : rules::header_value.problem(node.text)) {
                problems_.add(node.at, (path / name).text(), *found);
                continue;
            }
            backends_.append("      ")
                .append(quoted(name))
                .append(": ")
                .append(quoted(value(server, node.text)));
            backends_.append("\n");
            ++written;
        }
        if (written == 0)
            backends_.erase(backends_.rfind("    headers:\n"));
    }

    static std::string text_of(const config_node& entry, std::string_view key) {
        const config_node* node = entry.find(key);
        return node == nullptr ? "" : node->text;
    }

    // Windsurf writes serverUrl, Gemini CLI httpUrl.
    static const config_node* url_of(const config_node& entry) {
        for (const std::string_view key : {"url", "serverUrl", "httpUrl"}) {
            const config_node* node = entry.find(key);
            if (node != nullptr && node->kind == node_kind::scalar)
                return node;
        }
        return nullptr;
    }

    void leave_out(const std::string& name, std::string_view why) {
        notes_.push_back("server '" + name + "' was left out: " + std::string(why));
    }

    std::string value(const std::string& server, const std::string& text) {
        const std::string out = converted(text);
        if (text.find("${input:") != npos)
            notes_.push_back("server '" + server +
                             "' asked for a value; set the environment variable instead");
        return out;
    }

    // The name where it is a backend name, else the nearest unused one.
    std::string name_for(const std::string& key) {
        std::string name;
        for (const char c : key) {
            if (is_alphanumeric(c) || (!name.empty() && (c == '_' || c == '.' || c == '-')))
                name.push_back(c);
            else if (!name.empty() && name.back() != '-')
                name.push_back('-');
        }
        name = name.substr(0, name.find_last_not_of('-') + 1).substr(0, 56);
        if (name.empty())
            name = "server";
        const std::string base = key == name ? key : name;
        for (int number = 2; !names_.insert(name).second; ++number)
            name = base + "-" + std::to_string(number);
        if (name != key)
            notes_.push_back("server '" + key + "' is named '" + name + "' here");
        return name;
    }

    std::string document(const std::vector<std::string>& notes) const {
        std::string out = "# Written by vmcp init. Check it with: vmcp validate --config FILE\n"
                          "# docs/configuration.md explains all keys; vmcp schema prints them for editors.\n";
        for (std::string note : notes) {
            std::replace_if(note.begin(), note.end(), is_control, ' ');
            out.append("# Note: ").append(note).append("\n");
        }
        out.append("name: vmcp\n\nbackends:\n").append(backends_);
        return out.append("\n# Everybody who reaches the port may call.\n"
                          "incomingAuth:\n  type: anonymous\n\n"
                          "# Every tool is listed as <backend>_<tool>.\n"
                          "aggregation:\n  conflictResolution: prefix\n  conflictResolutionConfig:\n"
                          "    prefixFormat: \"{workload}_\"\n");
    }

    problem_list problems_;
    config_node root_;
    std::string backends_{};
    std::vector<std::string> notes_{};
    std::set<std::string> names_{};
};

} // namespace

initial_config init_from_mcp_json(std::string_view text, const std::string& file) {
    return initialiser(text, file).run();
}

} // namespace vmcp
