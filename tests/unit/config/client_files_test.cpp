// A file of each client that init says it reads, as that client writes it.
#include "vmcp/yaml/client_formats.hpp"

#include "init_fixture.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>

namespace vmcp {
namespace {

using test::loaded;
using test::notes_of;
using testing::Contains;
using testing::HasSubstr;
using strings = std::vector<std::string>;
using header_map = std::map<std::string, std::string>;

struct sample {
    std::string_view client;
    std::string_view file;
    std::string_view text;
};

// Each has a backend `web` with the header X-Key: k, where KEY=k in the environment.
const sample samples[] = {
    {"Claude Code", ".mcp.json",
     R"({"mcpServers": {"web": {"type": "http", "url": "https://h/mcp", "headers": {"X-Key": "${KEY}"}}}})"},
    {"Claude Desktop", "claude_desktop_config.json",
     R"({"mcpServers": {"web": {"command": "npx", "args": ["mcp-remote", "https://h/mcp", "--header", "X-Key:${KEY}"]}}})"},
    {"Cline", "cline_mcp_settings.json",
     R"({"mcpServers": {"web": {"type": "streamableHttp", "url": "https://h/mcp", "headers": {"X-Key": "k"},
         "disabled": false, "autoApprove": [], "timeout": 60}}})"},
    {"Codex", ".codex/config.toml",
     "model = \"m\"\n[mcp_servers.web]\nurl = \"https://h/mcp\"\nenabled = true\nenabled_tools = [\"a\"]\n"
     "disabled_tools = [\"b\"]\ntool_timeout_sec = 90\nstartup_timeout_sec = 5.5\n"
     "env_http_headers = { X-Key = \"KEY\" }\n[mcp_servers.local]\ncommand = \"npx\"\nargs = [\"-y\", "
     "\"x\"]\n"},
    {"Continue", ".continue/config.yaml",
     "name: x\nmcpServers:\n  - name: local\n    command: npx\n    args: [x]\n  - name: web\n    type: "
     "streamable-http\n"
     "    url: https://h/mcp\n    requestOptions:\n      headers:\n        X-Key: ${{ secrets.KEY }}\n"},
    {"Cursor", ".cursor/mcp.json",
     R"({"mcpServers": {"web": {"url": "https://h/mcp", "headers": {"X-Key": "${env:KEY}"}}}})"},
    {"Gemini CLI", ".gemini/settings.json",
     R"({"mcp": {"excluded": ["no"]}, "mcpServers": {"web": {"httpUrl": "https://h/mcp", "headers": {"X-Key": "$KEY"}},
         "no": {"httpUrl": "https://n/"}}})"},
    {"GitHub Copilot", "mcp-config.json",
     R"({"mcpServers": {"web": {"type": "http", "url": "https://h/mcp", "headers": {"X-Key": "$KEY"}, "tools": ["a"]}}})"},
    {"opencode", "opencode.jsonc",
     R"({"$schema": "https://opencode.ai/config.json", // comment
         "mcp": {"web": {"type": "remote", "url": "https://h/mcp", "headers": {"X-Key": "{env:KEY}"}, "enabled": true},
                 "local": {"type": "local", "command": ["npx", "-y", "x"], "environment": {"A": "b"}},},})"},
    {"Roo Code", ".roo/mcp.json",
     R"({"mcpServers": {"web": {"type": "streamable-http", "url": "https://h/mcp", "headers": {"X-Key": "${env:KEY}"},
         "disabledTools": ["b"], "alwaysAllow": ["a"]}}})"},
    {"VS Code", ".vscode/mcp.json",
     R"({"inputs": [{"type": "promptString", "id": "key", "password": true}],
         "servers": {"web": {"type": "http", "url": "https://h/mcp", "headers": {"X-Key": "${input:key}"}}}})"},
    {"Windsurf", "mcp_config.json",
     R"({"mcpServers": {"web": {"serverUrl": "https://h/mcp", "headers": {"X-Key": "${env:KEY}"}, "disabledTools": ["b"]}}})"},
    {"Zed", "settings.json",
     R"({"theme": "x", "context_servers": {"web": {"url": "https://h/mcp", "headers": {"X-Key": "k"}, "enabled": true},
         "local": {"source": "custom", "command": {"path": "node", "args": ["s.js"]}}}})"},
};

TEST(client_files, each_client_of_the_table_has_a_file_that_is_read) {
    for (const auto& format : client_formats()) {
        const auto found = std::find_if(std::begin(samples), std::end(samples),
                                        [&](const sample& one) { return one.client == format.client; });
        ASSERT_NE(found, std::end(samples)) << format.client;
        const auto out = loaded(found->text, {{"KEY", "k"}}, std::string(found->file));
        const bool programs = found->text.find("local") != std::string_view::npos;
        ASSERT_EQ(out.backends.size(), programs ? 2U : 1U) << format.client;
        for (const auto& backend : out.backends) {
            if (backend.name == "local") {
                EXPECT_EQ(backend.transport, "stdio") << format.client;
                EXPECT_FALSE(backend.program.command.empty()) << format.client;
                continue;
            }
            EXPECT_EQ(backend.name, "web") << format.client;
            EXPECT_EQ(backend.url, "https://h/mcp") << format.client;
            EXPECT_EQ(backend.headers, (header_map{{"X-Key", "k"}})) << format.client;
        }
    }
    EXPECT_EQ(std::size(samples), client_formats().size());
}

// As in the fuzzer: damaged files give problems or a configuration that loads, and never the end of the program.
TEST(client_files, whatever_a_file_holds_what_is_made_of_it_loads) {
    std::mt19937 dice(20'26);
    const std::string bits = "{}[]\",:$\\/#=\n\t\x7f\x01\xff\xc2\x9b'az09-_ ";
    const test::world any{{{"KEY", "k"}, {"key", "k"}}, {}};
    int made_some = 0;
    for (int i = 0; i < 4'000; ++i) {
        const auto& from = samples[dice() % std::size(samples)];
        std::string text(from.text);
        for (unsigned n = 1 + dice() % 4; n > 0; --n) {
            const std::size_t at = dice() % text.size();
            switch (dice() % 4) {
            case 0:
                text[at] = bits[dice() % bits.size()];
                break;
            case 1:
                text.insert(at, 1, bits[dice() % bits.size()]);
                break;
            case 2:
                text.erase(at, 1 + dice() % 5);
                break;
            default:
                text.insert(at, text.substr(dice() % text.size(), dice() % 30));
            }
        }
        const auto made = init_from_client_file(text, std::string(from.file));
        ASSERT_EQ(made.yaml.empty(), !made.problems.empty()) << text;
        if (made.yaml.empty() || made.yaml.find("${") != std::string::npos)
            continue; // the values of variables may not fit their place
        const auto loaded = any.load(made.yaml);
        ASSERT_TRUE(loaded) << text << "\n" << made.yaml << format_problems(loaded.problems);
        ++made_some;
    }
    EXPECT_GT(made_some, 100);
}

initial_config made_from(std::string_view text, const std::string& file = "mcp.json") {
    return init_from_client_file(text, file);
}

TEST(client_files, codex) {
    const auto out = loaded(samples[3].text, {{"KEY", "k"}}, "config.toml");
    ASSERT_EQ(out.aggregation.tools.size(), 1u);
    EXPECT_EQ(out.aggregation.tools[0].filter, strings{"a"});
    EXPECT_EQ(out.aggregation.tools[0].exclude, strings{"b"});
    EXPECT_EQ(out.backends[0].timeout, std::chrono::seconds(90));
    const auto made = made_from(samples[3].text, "config.toml");
    EXPECT_THAT(notes_of(made), Contains("took local: the program npx x"));
    EXPECT_THAT(notes_of(made), Contains(HasSubstr("left web: 'startup_timeout_sec', which vmcp")));
    // From standard input there is no file name to go by.
    EXPECT_EQ(
        loaded("[mcp_servers.a]\nurl = 'http://a/'\nbearer_token_env_var = 'T'\nhttp_headers = {X = 'y'}\n",
               {{"T", "t"}}, "-")
            .backends[0]
            .headers,
        (header_map{{"Authorization", "Bearer t"}, {"X", "y"}}));
    EXPECT_THAT(notes_of(made_from(
                    "[mcp_servers.a]\nurl = 'http://a/'\nenabled = false\n[mcp_servers.\"b c\"]\nurl = "
                    "'http://b/'\n")),
                testing::ElementsAre("left a: it is disabled", "took b c: http://b/",
                                     "changed b c: its name is 'b-c' here"));
}

TEST(client_files, gemini_cli) {
    const auto made = made_from(R"({"mcp": {"allowed": ["a", "b"]}, "mcpServers": {
        "a": {"url": "https://a/", "trust": true, "headers": {"X": "pre-$KEY/$5"}, "timeout": 600000},
        "b": {"url": "https://b/", "type": "http", "oauth": {"enabled": true}}, "c": {"httpUrl": "https://c/"}}})");
    EXPECT_THAT(
        notes_of(made),
        testing::ElementsAre(
            "took a: https://a/",
            "changed a: Gemini CLI takes 'url' for the old HTTP+SSE transport ('httpUrl' is Streamable "
            "HTTP); it "
            "is taken as Streamable HTTP; where it is none, write transport: sse",
            "changed a: its timeout is 10m in operational.timeouts",
            "left a: 'trust': which calls a person has to approve is the client's to decide",
            "took b: https://b/",
            "changed b: Gemini CLI signs in to it, which vmcp does not do for backends yet: give a token in "
            "headers",
            "left c: it is disabled"));
    const auto out = test::world{{{"KEY", "k"}}, {}}.good(made.yaml);
    EXPECT_EQ(out.backends[0].headers, (header_map{{"X", "pre-k/$5"}}));
    // The file's name alone tells it too.
    EXPECT_EQ(loaded(R"({"mcpServers": {"a": {"url": "http://a/", "headers": {"X": "a$B"}}}})", {{"B", "b"}},
                     "/home/me/.gemini/settings.json")
                  .backends[0]
                  .headers.at("X"),
              "ab");
}

TEST(client_files, opencode) {
    const auto made = made_from(R"({"$schema": "x", "tools": {"a*": false}, "mcp": {
        "a": {"type": "remote", "url": "https://a/", "oauth": false, "timeout": 5000, "headers":
              {"X": "{file:/run/k}", "Y": "{file:~/k}", "Z": "{\"a\": 1}"}},
        "b": {"type": "remote", "url": "https://b/", "enabled": false}}})");
    EXPECT_THAT(
        notes_of(made),
        testing::ElementsAre("took a: https://a/", "changed a: write the whole path instead of '~/k'",
                             "left a: 'timeout': clients mean different units by it; see "
                             "operational.timeouts.perWorkload",
                             "left b: it is disabled",
                             "left : 'tools': opencode's switches for tools; see filter and exclude in "
                             "aggregation.tools"));
    const auto out = test::world{{}, {{"/run/k", "k\n"}, {"conf/~/k", "h"}}}.good(made.yaml);
    EXPECT_EQ(out.backends[0].headers, (header_map{{"X", "k"}, {"Y", "h"}, {"Z", "{\"a\": 1}"}}));
    // Its second version.
    EXPECT_EQ(
        loaded(
            R"({"mcp": {"servers": {"a": {"type": "remote", "url": "http://a/", "headers": {"X": "{env:K}"}},
                                             "b": {"type": "local", "command": ["x"]}}}})",
            {{"K", "k"}})
            .backends[0]
            .headers.at("X"),
        "k");
}

TEST(client_files, cursor_and_vs_code_know_variables_of_an_editor) {
    const auto made = made_from(R"({"servers": {"a": {"url": "https://a/", "headers": {
        "X": "${workspaceFolder}", "Y": "${userHome}/x", "Z": "${command:pick}"}}}})");
    EXPECT_THAT(notes_of(made),
                testing::ElementsAre(
                    "took a: https://a/",
                    "changed a: only an editor knows '${workspaceFolder}': set a variable "
                    "workspaceFolder",
                    "changed a: '${command:pick}' is nothing that can be filled in here: it stays as it "
                    "is written"));
    const auto out = test::world{{{"workspaceFolder", "w"}, {"HOME", "/h"}}, {}}.good(made.yaml);
    EXPECT_EQ(out.backends[0].headers, (header_map{{"X", "w"}, {"Y", "/h/x"}, {"Z", "${command:pick}"}}));
}

TEST(client_files, dollars_of_other_clients) {
    const auto made = made_from(
        R"({"mcpServers": {"a": {"url": "https://a/", "headers": {"X": "Bearer $TOKEN", "Y": "pa$word", "Z": "a$B"}}}})");
    EXPECT_THAT(notes_of(made),
                testing::ElementsAre(
                    "took a: https://a/", "changed a: '$TOKEN' is taken as the variable TOKEN",
                    "changed a: '$word' stays as it is written; write ${word} where a variable is meant",
                    "changed a: '$B' stays as it is written; write ${B} where a variable is meant"));
    const auto out = test::world{{{"TOKEN", "t"}}, {}}.good(made.yaml);
    EXPECT_EQ(out.backends[0].headers, (header_map{{"X", "Bearer t"}, {"Y", "pa$word"}, {"Z", "a$B"}}));
}

TEST(client_files, what_toolhive_prints) {
    const auto made = made_from(R"({"mcpServers": {
        "osv": {"url": "http://127.0.0.1:22545/mcp", "type": "streamable-http"},
        "fetch": {"url": "http://127.0.0.1:43832/sse#fetch", "type": "sse"},
        "time": {"url": "http://127.0.0.1:1234/mcp#time", "type": "streamable-http"}}})");
    EXPECT_THAT(notes_of(made),
                testing::ElementsAre("took osv: http://127.0.0.1:22545/mcp",
                                     "took fetch: http://127.0.0.1:43832/sse",
                                     "left fetch: '#fetch' at the end of its url, which is not for servers",
                                     "took time: http://127.0.0.1:1234/mcp",
                                     "left time: '#time' at the end of its url, which is not for servers"));
    const auto backends = test::world{}.good(made.yaml).backends;
    EXPECT_EQ(backends[1].transport, "sse");
    EXPECT_EQ(backends[2].url, "http://127.0.0.1:1234/mcp");
}

TEST(client_files, a_url_that_ends_in_sse_is_pointed_out) {
    EXPECT_THAT(notes_of(made_from(R"({"mcpServers": {"a": {"url": "https://a/v1/sse?k=v"}}})")),
                Contains(HasSubstr("changed a: its url ends in /sse")));
}

} // namespace
} // namespace vmcp
