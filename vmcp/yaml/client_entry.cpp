#include "vmcp/yaml/client_entry.hpp"

#include "vmcp/base/excerpt.hpp"
#include "vmcp/config/expand_env.hpp"
#include "vmcp/config/own_url.hpp"
#include "vmcp/config/text_rules.hpp"
#include "vmcp/config/value_text.hpp"
#include "vmcp/yaml/client_program.hpp"
#include "vmcp/yaml/mcp_remote.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>

namespace vmcp {
namespace {

using string_list = std::vector<std::string>;

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> list) noexcept {
    return std::find(list.begin(), list.end(), text) != list.end();
}

class judge {
public:
    judge(const client_server& server, const question_text& question, const command_line& own)
        : server_(server)
        , entry_(*server.entry)
        , question_(question)
        , own_(own) {}

    judged_entry run() {
        if (entry_.kind != node_kind::mapping)
            leave(fmt::format("expected a mapping with a url, found {}", name_of(entry_.kind)));
        else if (is_off())
            leave("it is disabled");
        else
            address();
        if (out_.left.empty())
            settings();
        if (out_.left.empty())
            mention_rest();
        return std::move(out_);
    }

private:
    void leave(std::string why) { out_.left = std::move(why); }
    void note(std::string text) { out_.notes.push_back(std::move(text)); }

    // The value of `key`, which is then no longer among what is mentioned as left.
    const config_node* take(std::string_view key) {
        const auto* found = entry_.find(key);
        if (found != nullptr)
            taken_.emplace(key);
        return found;
    }

    std::string text_of(std::string_view key) {
        const auto* found = take(key);
        return found == nullptr ? "" : found->text;
    }

    string_list list_of(std::string_view key) {
        string_list out;
        if (const auto* found = take(key)) {
            if (found->kind == node_kind::scalar)
                out.push_back(found->text);
            for (const auto& item : found->items)
                out.push_back(item.text);
        }
        return out;
    }

    bool is_off() { return server_.off || text_of("disabled") == "true" || text_of("enabled") == "false"; }

    // `value` as a value of the configuration; what came of it is noted.
    std::string converted(std::string_view value) {
        auto made = convert_value(value, server_.style.references, question_);
        out_.variables.merge(made.variables);
        for (auto& text : made.notes)
            note(std::move(text));
        return std::move(made.text);
    }

    // ---- where it is

    void address() {
        const std::string type = type_of();
        const config_node* url = url_of();
        if (url == nullptr && (entry_.find("command") != nullptr || is_one_of(type, {"stdio", "local"})))
            return command();
        if (url == nullptr)
            return leave("it has neither a url nor a command");
        out_.backend.sse = type == "sse";
        if (!is_one_of(type,
                       {"", "sse", "http", "streamable-http", "streamableHttp", "streamable_http", "remote"}))
            return leave(fmt::format("its type '{}' is not known", type));
        if (server_.style.url_is_sse && type.empty() && taken_.contains("url"))
            note("Gemini CLI takes 'url' for the old HTTP+SSE transport ('httpUrl' is Streamable HTTP); it "
                 "is taken as "
                 "Streamable HTTP; where it is none, write transport: sse");
        take_url(url->text);
        take_headers(take("headers"));
        take_headers(take("http_headers"));
        if (const auto* options = take("requestOptions")) { // Continue
            take_headers(options->find("headers"));
            for (const auto& member : options->members)
                if (member.key != "headers")
                    note(fmt::format("left 'requestOptions.{}', which vmcp has no use for", member.key));
        }
    }

    std::string type_of() {
        const auto type = text_of("type");
        const auto transport = text_of("transport");
        return type.empty() ? transport : type;
    }

    // Windsurf writes serverUrl, Gemini CLI httpUrl.
    const config_node* url_of() {
        for (const std::string_view key : {"httpUrl", "serverUrl", "url"}) {
            const auto* node = entry_.find(key);
            if (node != nullptr && node->kind == node_kind::scalar && !node->text.empty())
                return take(key);
        }
        return nullptr;
    }

    void command() {
        auto words = list_of("command");
        if (const auto* named = entry_.find("command");
            named != nullptr && named->kind == node_kind::mapping) {
            words = {}; // Zed's older form
            for (const std::string_view key : {"path", "args"})
                if (const auto* part = named->find(key)) {
                    if (part->kind == node_kind::scalar)
                        words.push_back(part->text);
                    for (const auto& item : part->items)
                        words.push_back(item.text);
                }
        }
        for (auto& word : list_of("args"))
            words.push_back(std::move(word));
        const auto env = environment();
        const auto remote = read_mcp_remote(words, env);
        if (!remote)
            return take_program(std::move(words), env);
        out_.backend.sse = remote->sse_only;
        if (std::ranges::any_of(remote->hidden_tools,
                                [](const auto& name) { return name.find('*') != std::string::npos; }))
            return leave("mcp-remote hides tools of it by a pattern (--ignore-tool), which vmcp cannot: add "
                         "its url by "
                         "hand, with the names of these tools as exclude in aggregation.tools");
        note("mcp-remote is not needed: vmcp connects to its URL");
        if (!remote->hidden_tools.empty()) {
            out_.backend.exclude = remote->hidden_tools;
            note("'--ignore-tool' became an exclude in aggregation.tools");
        }
        auto ignored = remote->ignored;
        if (remote->sse_only)
            std::erase(ignored, "--transport");
        if (!ignored.empty())
            note(fmt::format("left of mcp-remote's flags: {}", fmt::join(ignored, ", ")));
        for (const auto& [name, value] : env)
            if (std::ranges::none_of(words, [reference = "${" + name + "}"](const auto& word) {
                    return word.find(reference) != std::string::npos;
                }))
                note(fmt::format("left the variable '{}', which only mcp-remote gets", name));
        take_url(remote->url);
        for (const auto& [name, value] : remote->headers)
            add_header(name, value);
    }

    void take_program(string_list words, const std::map<std::string, std::string>& env) {
        if (leave_out_cmd(words))
            note("its command is run without Windows' cmd");
        if (words.empty() || rules::line.problem(words.front()))
            return leave("it is a program, but its command is no text that names one");
        auto& backend = out_.backend;
        out_.shown = fmt::format("the program {}", program_words(words));
        backend.command = converted(words.front());
        for (std::size_t i = 1; i < words.size(); ++i) {
            if (rules::prose.problem(words[i]))
                return leave("it is a program, but one of its arguments holds control characters");
            backend.args.push_back(converted(words[i]));
        }
        for (const auto& [name, value] : env) {
            if (rules::variable_name.problem(name) || rules::prose.problem(value))
                note(fmt::format("left the variable '{}': it is none that a program can be given", name));
            else
                backend.env.emplace_back(name, converted(value));
        }
        if (const auto cwd = text_of("cwd"); !cwd.empty() && !rules::path.problem(cwd))
            backend.cwd = converted(cwd);
    }

    // A mapping, or a list of "NAME=value".
    std::map<std::string, std::string> environment() {
        std::map<std::string, std::string> out;
        for (const std::string_view key : {"env", "environment"})
            if (const auto* found = take(key)) {
                for (const auto& member : found->members)
                    out.emplace(member.key, member.value.text);
                for (const auto& item : found->items)
                    if (const auto mark = item.text.find('='); mark != std::string::npos)
                        out.emplace(item.text.substr(0, mark), item.text.substr(mark + 1));
            }
        return out;
    }

    void take_url(std::string text) {
        // ToolHive writes the name of the workload there.
        if (const auto fragment = text.find('#');
            fragment != std::string::npos && text.find("${") > fragment) {
            note(fmt::format("left '{}' at the end of its url, which is not for servers",
                             text.substr(fragment)));
            text.resize(fragment);
        }
        out_.backend.url = converted(text);
        out_.shown = shown_url(out_.backend.url);
        const bool open = has_expansion(out_.backend.url);
        if (const auto wrong = open ? rules::line.problem(text) : rules::http_url.problem(text))
            return leave("its url is wrong: " + *wrong);
        if (open)
            return;
        const auto to = parse_url(text);
        if (leads_to(*to, own_.host, own_.port))
            return leave(fmt::format(
                "its url is where vmcp itself listens ({}), which would make vmcp call itself; if "
                "another server listens there, add it by hand and serve at another --port",
                host_and_port(own_.host, own_.port)));
        if (!out_.backend.sse && to->target.substr(0, to->target.find('?')).ends_with("/sse"))
            note("its url ends in /sse, as those of the old HTTP+SSE transport do: if it speaks that, write "
                 "transport: sse");
    }

    // ---- what is sent along

    // A mapping, a list of "Name: value", or one of these.
    void take_headers(const config_node* headers) {
        if (headers == nullptr)
            return;
        if (headers->kind == node_kind::scalar)
            add_header_line(*headers);
        for (const auto& line : headers->items)
            add_header_line(line);
        for (const auto& [name, at, value] : headers->members) {
            if (value.kind == node_kind::scalar)
                add_header(name, value.text);
            else
                note(fmt::format("left the header '{}': expected text, found {}", name, name_of(value.kind)));
        }
    }

    void add_header_line(const config_node& line) {
        const auto colon = line.text.find(':');
        if (line.kind != node_kind::scalar || colon == std::string::npos)
            return note(fmt::format("left a header: expected 'Name: value', found {}",
                                    line.kind == node_kind::scalar ? "other text" : name_of(line.kind)));
        const auto value = std::min(line.text.find_first_not_of(" \t", colon + 1), line.text.size());
        add_header(line.text.substr(0, colon), line.text.substr(value));
    }

    void add_header(const std::string& name, std::string_view value) {
        if (!out_.backend.command.empty())
            return note(fmt::format("left the header '{}', as it is a program", name));
        if (const auto wrong = rules::injected_header.problem(name))
            return note(fmt::format("left the header '{}': it {}", name, *wrong));
        auto text = converted(value);
        const auto& rule = has_expansion(text) ? rules::line : rules::header_value;
        if (const auto wrong = rule.problem(value))
            return note(fmt::format("left the header '{}': its value {}", name, *wrong));
        auto& headers = out_.backend.headers;
        const auto same = [&](const auto& one) { return edit_distance(one.first, name, 1) == 0; };
        if (std::any_of(headers.begin(), headers.end(), same))
            return note(fmt::format("left a second header '{}'", name));
        headers.emplace_back(name, std::move(text));
    }

    // ---- what else it says

    void settings() {
        if (const auto variable = text_of("bearer_token_env_var"); !variable.empty())
            add_header("Authorization", "Bearer ${" + variable + "}");
        if (const auto* headers = take("env_http_headers"))
            for (const auto& member : headers->members)
                add_header(member.key, "${" + member.value.text + "}");
        take_filters();
        take_timeout();
        const auto* oauth = take("oauth");
        const auto* auth = take("auth");
        if ((oauth != nullptr && oauth->text != "false") || auth != nullptr ||
            take("authProviderType") != nullptr || take("headersHelper") != nullptr ||
            take("scopes") != nullptr || take("oauth_resource") != nullptr)
            note(fmt::format(
                "{} signs in to it, which vmcp does not do for backends yet: give a token in headers",
                server_.style.client));
        approvals();
        for (const auto& project : server_.off_in)
            note(fmt::format("left that the project {} switches it off: what vmcp serves is for all",
                             project));
        if (!server_.project.empty())
            note(fmt::format("it was for the project {} alone", server_.project));
    }

    // The names of a list of tools; nothing where it does not say.
    std::optional<string_list> names_of(std::string_view key) {
        const auto* found = entry_.find(key);
        if (found == nullptr || found->kind == node_kind::null) {
            take(key);
            return std::nullopt;
        }
        if (found->kind == node_kind::mapping) {
            take(key);
            note(fmt::format("left '{}': expected a list of names, found a mapping", key));
            return std::nullopt;
        }
        return list_of(key);
    }

    void take_filters() {
        auto& backend = out_.backend;
        for (const std::string_view key : {"includeTools", "enabled_tools", "tools"}) {
            auto names = names_of(key);
            if (!names || std::ranges::find(*names, "*") != names->end())
                continue;
            backend.filter = std::move(names);
            note(fmt::format("'{}' became a filter in aggregation.tools", key));
        }
        for (const std::string_view key : {"excludeTools", "disabledTools", "disabled_tools"}) {
            const auto names = names_of(key).value_or(string_list());
            if (names.empty())
                continue;
            backend.exclude.insert(backend.exclude.end(), names.begin(), names.end());
            note(fmt::format("'{}' became an exclude in aggregation.tools", key));
        }
        const auto unusable = [](const std::string& name) { return rules::line.problem(name).has_value(); };
        if (backend.filter)
            std::erase_if(*backend.filter, unusable);
        std::erase_if(backend.exclude, unusable);
    }

    void take_timeout() {
        const auto& style = server_.style;
        const auto* node = entry_.find(style.timeout_key);
        if (node == nullptr)
            return;
        constexpr std::chrono::milliseconds least(10);
        constexpr std::chrono::milliseconds most = std::chrono::hours(24);
        const auto number = parse_integer(node->text);
        take(style.timeout_key);
        if (style.timeout_unit.count() == 0 || !number || *number <= 0 || *number > most / style.timeout_unit)
            return note(fmt::format(
                "left '{}': clients mean different units by it; see operational.timeouts.perWorkload",
                style.timeout_key));
        out_.backend.timeout = std::max(least, *number * style.timeout_unit);
        note(fmt::format("its timeout is {} in operational.timeouts", duration_text(*out_.backend.timeout)));
    }

    void approvals() {
        string_list found;
        for (const std::string_view key :
             {"alwaysAllow", "autoApprove", "trust", "default_tools_approval_mode"})
            if (take(key) != nullptr)
                found.push_back(fmt::format("'{}'", key));
        if (!found.empty())
            note(fmt::format("left {}: which calls a person has to approve is the client's to decide",
                             fmt::join(found, ", ")));
    }

    // A key that nothing was done with is named, whatever it is.
    void mention_rest() {
        string_list left;
        for (const auto& member : entry_.members)
            if (!taken_.contains(member.key) && !(server_.listed && member.key == "name") &&
                !is_one_of(member.key, {"enabled", "disabled", "type", "transport"}))
                left.push_back(fmt::format("'{}'", member.key));
        if (!left.empty())
            note(fmt::format("left {}, which vmcp has no use for", fmt::join(left, ", ")));
    }

    const client_server& server_;
    const config_node& entry_;
    const question_text& question_;
    const command_line& own_;
    std::set<std::string, std::less<>> taken_{};
    judged_entry out_{};
};

} // namespace

judged_entry judge_entry(const client_server& server, const question_text& question,
                         const command_line& own) {
    return judge(server, question, own).run();
}

} // namespace vmcp
