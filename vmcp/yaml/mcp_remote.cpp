#include "vmcp/yaml/mcp_remote.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace vmcp {
namespace {

constexpr std::size_t npos = std::string_view::npos;

// "C:\bin\npx.cmd" to "npx".
std::string_view program_of(std::string_view word) noexcept {
    if (const auto slash = word.find_last_of("/\\"); slash != npos)
        word.remove_prefix(slash + 1);
    for (const std::string_view ending : {".cmd", ".exe", ".CMD", ".EXE"}) {
        if (word.ends_with(ending))
            word.remove_suffix(ending.size());
    }
    return word;
}

// The package, with or without a version; or a script of it.
bool is_mcp_remote(std::string_view word) noexcept {
    return word == "mcp-remote" || word.starts_with("mcp-remote@") || program_of(word) == "mcp-remote" ||
           word.find("/mcp-remote/") != npos;
}

// Where the arguments of mcp-remote begin, or npos. Only what can stand before it is passed over: any other
// word means that another program runs.
std::size_t arguments_at(const std::vector<std::string>& words) noexcept {
    constexpr std::array<std::string_view, 18> before{"npx",  "bunx", "bun",   "pnpm", "yarn",      "npm",
                                                      "node", "x",    "dlx",   "exec", "cmd",       "/c",
                                                      "/C",   "-y",   "--yes", "-p",   "--package", "--"};
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (is_mcp_remote(words[i])) {
            // `-p mcp-remote mcp-remote URL` names the package and then its program.
            const bool package = i > 0 && (words[i - 1] == "-p" || words[i - 1] == "--package");
            if (!package)
                return i + 1;
        } else if (std::ranges::count(before, words[i]) + std::ranges::count(before, program_of(words[i])) ==
                   0) {
            return npos;
        }
    }
    return npos;
}

std::string filled_in(std::string text, const std::map<std::string, std::string>& env) {
    for (const auto& [name, value] : env) {
        const std::string reference = "${" + name + "}";
        for (auto at = text.find(reference); at != npos; at = text.find(reference, at + value.size()))
            text.replace(at, reference.size(), value);
    }
    return text;
}

void add_header(remote_command& out, const std::string& text) {
    const auto colon = text.find(':');
    const auto first = colon == npos ? npos : text.find_first_not_of(" \t", colon + 1);
    out.headers.emplace_back(text.substr(0, colon), first == npos ? "" : text.substr(first));
}

// Flags of mcp-remote with a value behind them.
bool takes_value(std::string_view flag) noexcept {
    constexpr std::array<std::string_view, 7> flags{"--transport",
                                                    "--host",
                                                    "--auth-timeout",
                                                    "--resource",
                                                    "--static-oauth-client-metadata",
                                                    "--static-oauth-client-info",
                                                    "--authorize-resource"};
    return std::find(flags.begin(), flags.end(), flag) != flags.end();
}

} // namespace

std::optional<remote_command> read_mcp_remote(const std::vector<std::string>& words,
                                              const std::map<std::string, std::string>& env) {
    const auto begin = arguments_at(words);
    if (begin == npos)
        return std::nullopt;
    remote_command out;
    for (std::size_t i = begin; i < words.size(); ++i) {
        const std::string& word = words[i];
        const bool last = i + 1 == words.size();
        if (word == "--header" && !last) {
            add_header(out, filled_in(words[++i], env));
        } else if (word.starts_with("--header=")) {
            add_header(out, filled_in(word.substr(9), env));
        } else if (word == "--ignore-tool" && !last) {
            out.hidden_tools.push_back(words[++i]);
        } else if (word.starts_with("--ignore-tool=")) {
            out.hidden_tools.push_back(word.substr(word.find('=') + 1));
        } else if (word.starts_with("--")) {
            const auto mark = word.find('=');
            const auto flag = word.substr(0, mark);
            const bool has_value = mark == npos && takes_value(word) && !last;
            const auto value = mark != npos ? word.substr(mark + 1) : has_value ? words[i + 1] : "";
            out.sse_only = out.sse_only || (flag == "--transport" && value == "sse-only");
            out.ignored.push_back(flag); // not its value: that may be a secret
            i += has_value ? 1 : 0;
        } else if (out.url.empty()) {
            out.url = filled_in(word, env);
        } else {
            out.ignored.emplace_back("the port of its callback");
        }
    }
    if (out.url.empty())
        return std::nullopt;
    return out;
}

} // namespace vmcp
