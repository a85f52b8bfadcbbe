// From a client's file to a configuration that loads; nothing is lost in silence.
#include "vmcp/yaml/init_config.hpp"

#include "init_fixture.hpp"

#include <gmock/gmock.h>

namespace vmcp {
namespace {

using test::loaded;
using test::notes_of;
using test::refused;
using test::world;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using header_map = std::map<std::string, std::string>;

TEST(init_config, reads_the_places_where_clients_keep_servers) {
    const std::string_view entry = R"({"weather": {"url": "http://h:9/mcp", "headers": {"X-Key": "v"}}})";
    for (const std::string& text : {"{\"mcpServers\": " + std::string(entry) + "}",
                                    "{\"servers\": " + std::string(entry) + ", \"inputs\": []}",
                                    "{\"mcp\": {\"servers\": " + std::string(entry) + "}}",
                                    "{\"context_servers\": " + std::string(entry) + "}",
                                    "\xEF\xBB\xBF// VS Code\n{\"servers\": " + std::string(entry) + ",}"}) {
        const auto out = loaded(text);
        ASSERT_EQ(out.backends.size(), 1u) << text;
        EXPECT_EQ(out.backends[0].name, "weather");
        EXPECT_EQ(out.backends[0].url, "http://h:9/mcp");
        EXPECT_EQ(out.backends[0].headers, (header_map{{"X-Key", "v"}}));
    }
    EXPECT_EQ(loaded(R"({"mcpServers": {"a": {"serverUrl": "http://w/"}, "b": {"httpUrl": "http://g/"}}})")
                  .backends.size(),
              2u);
    EXPECT_EQ(
        loaded(R"({"mcpServers": {"a": {"type": "streamableHttp", "url": "http://w/", "timeout": 60}}})")
            .backends.size(),
        1u);
    // Of a file with several places, all of them.
    EXPECT_EQ(loaded(R"({"mcpServers": {"a": {"url": "http://a/"}}, "servers": {"b": {"url": "http://b/"}},
                         "context_servers": {"c": {"url": "http://c/"}}})")
                  .backends.size(),
              3u);
}

TEST(init_config, keeps_the_order_and_quotes_everything) {
    const auto out = loaded(R"({"mcpServers": {"z": {"url": "http://z/?a=b&c"},
                                               "yes": {"url": "http://y/", "headers": {"X": "a: \"b\" #c \\ '"}}}})");
    EXPECT_EQ(out.backends[0].name, "z");
    EXPECT_EQ(out.backends[1].name, "yes");
    EXPECT_EQ(out.backends[1].headers.at("X"), "a: \"b\" #c \\ '");
}

TEST(init_config, has_an_admin_listener_and_says_who_may_call) {
    const auto made = init_from_client_file(R"({"mcpServers": {"a": {"url": "http://h/"}}})", "mcp.json");
    EXPECT_THAT(made.yaml, HasSubstr("\nadmin:\n  port: 4484\n"));
    EXPECT_THAT(made.yaml, HasSubstr("\nincomingAuth:\n  type: anonymous\n"));
    EXPECT_EQ(world{}.good(made.yaml).admin.port, 4484);
}

TEST(init_config, says_what_it_took_changed_and_left) {
    const auto made = init_from_client_file(R"({"mcpServers": {
        "local": {"command": "/usr/bin/npx", "args": ["-y", "some-server", "--key", "s3cret"], "env": {"K": "s3cret"}},
        "old": {"type": "sse", "url": "http://o/"},
        "off": {"url": "http://f/", "disabled": true},
        "also off": {"url": "http://f/", "enabled": false},
        "web": {"url": "http://w/?key=s3cret", "headers": {"Host": "x", "Content-Type": "y", "X-Key": "s3cret"}}}})",
                                            "mcp.json");
    EXPECT_THAT(
        notes_of(made),
        ElementsAre(
            "took local: the program npx some-server", "took old: http://o/", "left off: it is disabled",
            "left also off: it is disabled", "took web: http://w/",
            "left web: the header 'Host': it names a header that vmcp itself writes; it cannot be set",
            "left web: the header 'Content-Type': it names a header that vmcp itself writes; it "
            "cannot be set"));
    for (const auto& note : notes_of(made))
        EXPECT_THAT(note, Not(HasSubstr("s3cret")));
    EXPECT_THAT(made.yaml, HasSubstr("# Left web: the header 'Host'"));
    const auto out = world{}.good(made.yaml);
    ASSERT_EQ(out.backends.size(), 3u);
    EXPECT_EQ(out.backends[1].transport, "sse");
    const auto& program = out.backends[0].program;
    EXPECT_EQ(out.backends[0].transport, "stdio");
    EXPECT_EQ(program.command, "/usr/bin/npx");
    EXPECT_THAT(program.args, ElementsAre("-y", "some-server", "--key", "s3cret"));
    EXPECT_EQ(program.env, (header_map{{"K", "s3cret"}}));
    EXPECT_EQ(out.backends[2].transport, "streamable-http");
    EXPECT_EQ(out.backends[2].headers, (header_map{{"X-Key", "s3cret"}}));
}

TEST(init_config, turns_references_into_variables) {
    const std::string_view text = R"({"servers": {"a": {"url": "http://h/", "headers": {
        "Authorization": "Bearer ${input:api-key}", "B": "${env:TOKEN}", "C": "${TOKEN}", "D": "${NONE:-d}",
        "E": "$5 ${a b} $", "F": "$$"}}}, "inputs": [{"id": "api-key", "description": "Key of the shop"}]})";
    const auto out = loaded(text, {{"API_KEY", "k"}, {"TOKEN", "t"}});
    EXPECT_EQ(out.backends[0].headers, (header_map{{"Authorization", "Bearer k"},
                                                   {"B", "t"},
                                                   {"C", "t"},
                                                   {"D", "d"},
                                                   {"E", "$5 ${a b} $"},
                                                   {"F", "$$"}}));
    const auto made = init_from_client_file(text, "mcp.json");
    EXPECT_THAT(made.variables, ElementsAre("API_KEY", "TOKEN"));
    EXPECT_THAT(made.yaml, HasSubstr("# Needs the environment variables API_KEY, TOKEN\n"));
    EXPECT_THAT(
        notes_of(made),
        ElementsAre("took a: http://h/",
                    "changed a: the client asks for 'api-key' (Key of the shop): set the variable API_KEY "
                    "instead",
                    "changed a: '${a b}' is nothing that can be filled in here: it stays as it is written"));
    EXPECT_EQ(loaded(R"({"servers": {"a": {"url": "${URL}"}}})", {{"URL", "http://u/"}}).backends[0].url,
              "http://u/");
}

TEST(init_config, takes_filters_and_timeouts) {
    const auto out = loaded(R"({"mcpServers": {
        "a": {"httpUrl": "http://a/", "includeTools": ["x", "y"], "excludeTools": ["y"], "timeout": 45000},
        "b": {"httpUrl": "http://b/", "disabledTools": ["z"]},
        "c": {"httpUrl": "http://c/", "tools": ["*"]},
        "d": {"httpUrl": "http://d/", "tools": []}}})");
    const auto& tools = out.aggregation.tools;
    ASSERT_EQ(tools.size(), 3u);
    EXPECT_EQ(tools[0].workload, "a");
    EXPECT_EQ(tools[0].filter, (std::vector<std::string>{"x", "y"}));
    EXPECT_EQ(tools[0].exclude, (std::vector<std::string>{"y"}));
    EXPECT_EQ(tools[1].workload, "b");
    EXPECT_FALSE(tools[1].filter);
    EXPECT_EQ(tools[1].exclude, (std::vector<std::string>{"z"}));
    EXPECT_EQ(tools[2].filter, std::vector<std::string>{});
    EXPECT_EQ(out.backends[0].timeout, std::chrono::seconds(45));
    EXPECT_EQ(out.backends[1].timeout, std::chrono::seconds(30));
}

TEST(init_config, names_everything_that_it_does_not_take_over) {
    const auto made = init_from_client_file(R"({"mcpServers": {"a": {"url": "http://a/", "alwaysAllow": ["x"],
        "autoApprove": [], "oauth": {"clientId": "c"}, "timeout": 60, "gallery": true, "x-y": {}}}})",
                                            "mcp.json");
    EXPECT_THAT(
        notes_of(made),
        ElementsAre(
            "took a: http://a/",
            "left a: 'timeout': clients mean different units by it; see "
            "operational.timeouts.perWorkload",
            "changed a: the client signs in to it, which vmcp does not do for backends yet: give a token "
            "in headers",
            "left a: 'alwaysAllow', 'autoApprove': which calls a person has to approve is the client's "
            "to decide",
            "left a: 'gallery', 'x-y', which vmcp has no use for"));
}

TEST(init_config, takes_servers_of_projects_once) {
    const auto made = init_from_client_file(R"({"numStartups": 3,
        "mcpServers": {"docs": {"type": "http", "url": "http://docs/"}},
        "projects": {
            "/home/me/one": {"history": [{"display": "\ud83d"}],
                             "mcpServers": {"shop": {"type": "http", "url": "http://shop/"},
                                            "off": {"type": "http", "url": "http://off/"}},
                             "disabledMcpServers": ["off"]},
            "/home/me/two": {"mcpServers": {"shop": {"type": "http", "url": "http://shop/"}}},
            "/home/me/three": {"mcpServers": {"shop": {"type": "http", "url": "http://shop.test/"}}},
            "/home/me/none": {"mcpServers": {}}}})",
                                            ".claude.json");
    EXPECT_THAT(notes_of(made),
                ElementsAre(HasSubstr("left : in line 4"), "took docs: http://docs/",
                            "took shop (/home/me/one): http://shop/",
                            "changed shop (/home/me/one): it was for the project /home/me/one alone",
                            "left off (/home/me/one): it is disabled",
                            "left shop (/home/me/two): it is the same as the one before",
                            "took shop (/home/me/three): http://shop.test/",
                            "changed shop (/home/me/three): its name is 'shop-2' here",
                            "changed shop (/home/me/three): it was for the project /home/me/three alone"));
    EXPECT_EQ(world{}.good(made.yaml).backends.size(), 3u);
}

TEST(init_config, leaves_itself_out) {
    const auto made = init_from_client_file(R"({"mcpServers": {"me": {"url": "http://localhost:4483/mcp"},
                                                               "other": {"url": "http://localhost:4482/mcp"}}})",
                                            "mcp.json");
    EXPECT_THAT(notes_of(made),
                ElementsAre("left me: its url is where vmcp itself listens (127.0.0.1:4483), which would "
                            "make vmcp call itself; if another server listens there, add it by hand and "
                            "serve at another --port",
                            "took other: http://localhost:4482/mcp"));
    EXPECT_THAT(refused(R"({"mcpServers": {"me": {"url": "http://[::1]:4483/mcp"}}})"),
                HasSubstr("no server in this file is one that vmcp can reach"));
}

TEST(init_config, makes_names_usable) {
    const std::string longest(64, 'n');
    const auto out = loaded(
        R"({"mcpServers": {"@scope/pkg name": {"url": "http://a/"}, "scope pkg name": {"url": "http://b/"},
                           "日本": {"url": "http://c/"}, "scope-pkg-name": {"url": "http://d/"}, ")" +
        longest + R"(": {"url": "http://e/"}, ")" + longest + R"(n": {"url": "http://f/"}}})");
    std::vector<std::string> names;
    for (const auto& backend : out.backends)
        names.push_back(backend.name);
    EXPECT_THAT(names, ElementsAre("scope-pkg-name", "scope-pkg-name-2", "server", "scope-pkg-name-3",
                                   longest, std::string(56, 'n')));
}

TEST(init_config, one_bad_entry_does_not_stop_the_others) {
    const auto made = init_from_client_file(R"({"mcpServers": {
        "number": 1, "empty": {}, "text": {"url": "h"}, "user": {"url": "https://me:s3cret@h/"},
        "kind": {"type": "ws", "url": "http://h/"}, "list": {"url": []},
        "headers": {"url": "http://h/", "headers": {"X": [], "Y": "a\nb", "Z": "ok", "z": "twice"}},
        "good": {"url": "http://g/"}, "good": {"url": "http://g2/"}}, "servers": 3})",
                                            "mcp.json");
    EXPECT_THAT(notes_of(made),
                ElementsAre("left : servers: expected a mapping from names to servers",
                            "left : in line 5, good: this key stands twice in one mapping; keep one",
                            "left number: expected a mapping with a url, found text",
                            "left empty: it has neither a url nor a command",
                            HasSubstr("left text: its url is wrong: the URL must start with http://"),
                            HasSubstr("left user: its url is wrong: "),
                            "left kind: its type 'ws' is not known",
                            "left list: it has neither a url nor a command", "took headers: http://h/",
                            "left headers: the header 'X': expected text, found a list",
                            HasSubstr("left headers: the header 'Y': its value may hold visible"),
                            "left headers: a second header 'z'", "took good: http://g/"));
    EXPECT_EQ(world{}.good(made.yaml).backends.size(), 2u);
}

TEST(init_config, headers_may_be_a_list_of_lines) {
    const auto made = init_from_client_file(R"({"mcpServers": {
        "a": {"url": "http://a/", "headers": ["X-Key: k", "Y:v:w", "none", 3, {"Z": "z"}]},
        "b": {"url": "http://b/", "headers": "X-Key: ${KEY}"}}})",
                                            "mcp.json");
    EXPECT_THAT(notes_of(made),
                ElementsAre("took a: http://a/", "left a: a header: expected 'Name: value', found other text",
                            "left a: a header: expected 'Name: value', found other text",
                            "left a: a header: expected 'Name: value', found a mapping",
                            "took b: http://b/"));
    const auto out = world{{{"KEY", "k"}}, {}}.good(made.yaml);
    EXPECT_EQ(out.backends[0].headers, (std::map<std::string, std::string>{{"X-Key", "k"}, {"Y", "v:w"}}));
    EXPECT_EQ(out.backends[1].headers, (std::map<std::string, std::string>{{"X-Key", "k"}}));
}

TEST(init_config, a_list_of_servers_is_read_whatever_stands_between_them) {
    const auto made = init_from_client_file("mcpServers:\n- {name: a, url: 'http://a/'}\n- 5\n- {url: "
                                            "'http://b/'}\n- {name: c, type: sse, url: 'http://c/'}\n",
                                            "config.yaml");
    EXPECT_THAT(notes_of(made),
                ElementsAre("took a: http://a/",
                            "left mcpServers[1]: expected a mapping with a url, found text",
                            "took mcpServers[2]: http://b/", HasSubstr("changed mcpServers[2]: its name is"),
                            "took c: http://c/"));
    EXPECT_THAT(made.yaml, HasSubstr("    url: \"http://c/\"\n    transport: sse\n"));
}

TEST(init_config, switches_of_claude_code_are_heeded_or_named) {
    const auto made = init_from_client_file(R"({
        "mcpServers": {"a": {"url": "http://a/"}, "b": {"url": "http://b/"}},
        "projects": {"/p": {"disabledMcpServers": ["a", "x"], "enabledMcpjsonServers": ["m"],
                            "disabledMcpjsonServers": ["n", "o"], "mcpServers": {"x": {"url": "http://x/"}}}}})",
                                            ".claude.json");
    EXPECT_THAT(
        notes_of(made),
        ElementsAre(
            "took a: http://a/", "left a: that the project /p switches it off: what vmcp serves is for all",
            "took b: http://b/", "left x (/p): it is disabled",
            "left : projects[\"/p\"].enabledMcpjsonServers: m: servers of .mcp.json, which is another file",
            "left : projects[\"/p\"].disabledMcpjsonServers: n, o: servers of .mcp.json, which is another "
            "file"));
    const auto of_file = [](std::string_view more) {
        return notes_of(init_from_client_file(
            R"({"mcpServers": {"a": {"url": "http://a/"}, "b": {"url": "http://b/"}}, )" + std::string(more) +
                "}",
            ".mcp.json"));
    };
    EXPECT_THAT(of_file(R"("disabledMcpjsonServers": ["a"])"),
                ElementsAre("left a: it is disabled", "took b: http://b/"));
    EXPECT_THAT(of_file(R"("enabledMcpjsonServers": ["a"])"),
                ElementsAre("took a: http://a/", "left b: it is disabled"));
    EXPECT_THAT(of_file(R"("enabledMcpjsonServers": [])"),
                ElementsAre("took a: http://a/", "took b: http://b/"));
}

TEST(init_config, lists_of_tools_that_say_nothing_hide_none) {
    for (const std::string_view key :
         {"includeTools", "enabled_tools", "tools", "excludeTools", "disabledTools"}) {
        const auto made = init_from_client_file(
            fmt::format(R"({{"mcpServers": {{"a": {{"httpUrl": "http://a/", "{}": null}}}}}})", key),
            "mcp.json");
        EXPECT_THAT(notes_of(made), ElementsAre("took a: http://a/")) << key;
        EXPECT_TRUE(world{}.good(made.yaml).aggregation.tools.empty()) << key;
        const auto odd = init_from_client_file(
            fmt::format(R"({{"mcpServers": {{"a": {{"httpUrl": "http://a/", "{}": {{"x": true}}}}}}}})", key),
            "mcp.json");
        EXPECT_THAT(notes_of(odd),
                    ElementsAre("took a: http://a/",
                                fmt::format("left a: '{}': expected a list of names, found a mapping", key)));
    }
    const auto none = init_from_client_file(
        R"({"mcpServers": {"a": {"httpUrl": "http://a/", "includeTools": []}}})", "mcp.json");
    EXPECT_EQ(world{}.good(none.yaml).aggregation.tools.size(), 1u) << "an empty list is one";
}

TEST(init_config, what_mcp_remote_hides_stays_hidden) {
    const auto made_with = [](std::string_view more) {
        return init_from_client_file(
            R"({"mcpServers": {"a": {"command": "npx", "args": ["mcp-remote", "https://h/mcp")" +
                std::string(more) + R"(]}, "z": {"url": "http://z/"}}})",
            "mcp.json");
    };
    const auto made = made_with(R"(, "--ignore-tool", "delete_all", "--ignore-tool=drop")");
    EXPECT_THAT(notes_of(made),
                testing::Contains("changed a: '--ignore-tool' became an exclude in aggregation.tools"));
    EXPECT_EQ(world{}.good(made.yaml).aggregation.tools.at(0).exclude,
              (std::vector<std::string>{"delete_all", "drop"}));
    EXPECT_THAT(notes_of(made_with(R"(, "--ignore-tool", "delete*")")),
                testing::Contains(HasSubstr("left a: mcp-remote hides tools of it by a pattern")));
    const auto list = init_from_client_file(
        R"({"mcpServers": {"a": {"command": "npx", "args": ["mcp-remote", "https://h/mcp", "--header", "X-Key:${K}"],
            "env": ["K=a=b", "other"]}}})",
        "mcp.json");
    EXPECT_EQ(world{}.good(list.yaml).backends.at(0).headers,
              (std::map<std::string, std::string>{{"X-Key", "a=b"}}));
}

TEST(init_config, refuses_with_place_and_reason) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"{\"mcpServers\":", "mcp.json:1:15: JSON syntax error"},
        {"", "mcp.json:1:1: the configuration is empty"},
        {"[]", "found no servers: neither 'mcpServers' nor 'servers'"},
        {"{\"a\": 1}", "found no servers: neither 'mcpServers' nor 'servers'"},
        {"{\"mcpServers\": []}", "mcp.json:1:16: mcpServers: expected a mapping from names to servers"},
        {"{\"mcpServers\": {}}", "no server in this file is one that vmcp can reach"},
        {"{\"projects\": {\"/p\": {}}}", "no server in this file is one that vmcp can reach"},
        {"{\"mcpServers\": {\"a\": {\"command\": \"\"}}}",
         "no server in this file is one that vmcp can reach"},
        {"{\"mcpServers\": {\"a\": {\"url\": \"h\"}}}", "no server in this file is one that vmcp can reach"},
        {"[mcp_servers.a]\nurl = ", "mcp.json:2:7: TOML syntax error"},
    };
    for (const auto& [text, expected] : cases)
        EXPECT_THAT(refused(text), HasSubstr(std::string(expected))) << text;
}

} // namespace
} // namespace vmcp
