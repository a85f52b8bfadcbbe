// From a client's mcp.json to a configuration that loads.
#include "vmcp/yaml/init_config.hpp"

#include "config_fixture.hpp"

#include <gmock/gmock.h>

namespace vmcp {
namespace {

using test::world;
using testing::ElementsAre;
using testing::HasSubstr;

// What the text made loads as; `variables` are those it names.
config loaded(std::string_view json, std::map<std::string, std::string> variables = {}) {
    const auto made = init_from_mcp_json(json, "mcp.json");
    EXPECT_EQ(format_problems(made.problems), "") << json;
    return world{std::move(variables), {}}.good(made.yaml);
}

std::string refused(std::string_view json) {
    const auto made = init_from_mcp_json(json, "mcp.json");
    EXPECT_EQ(made.yaml, "");
    return format_problems(made.problems);
}

TEST(init_config, reads_the_files_of_clients) {
    const std::string_view entry = R"({"weather": {"url": "http://h:9/mcp", "headers": {"X-Key": "v"}}})";
    for (const std::string& text : {"{\"mcpServers\": " + std::string(entry) + "}",
                                    "{\"servers\": " + std::string(entry) + ", \"inputs\": []}",
                                    "{\"mcp\": {\"servers\": " + std::string(entry) + "}}",
                                    "// VS Code\n{\"servers\": " + std::string(entry) + ",}"}) {
        const auto out = loaded(text);
        ASSERT_EQ(out.backends.size(), 1u) << text;
        EXPECT_EQ(out.backends[0].name, "weather");
        EXPECT_EQ(out.backends[0].url, "http://h:9/mcp");
        EXPECT_EQ(out.backends[0].headers, (std::map<std::string, std::string>{{"X-Key", "v"}}));
    }
    EXPECT_EQ(loaded(R"({"mcpServers": {"a": {"serverUrl": "http://w/"}, "b": {"httpUrl": "http://g/"}}})")
                  .backends.size(),
              2u);
    EXPECT_EQ(
        loaded(R"({"mcpServers": {"a": {"type": "streamableHttp", "url": "http://w/", "timeout": 60}}})")
            .backends.size(),
        1u);
}

TEST(init_config, keeps_the_order_and_quotes_everything) {
    const auto out = loaded(R"({"mcpServers": {"z": {"url": "http://z/?a=b&c"},
                                               "yes": {"url": "http://y/", "headers": {"X": "a: \"b\" #c \\ '"}}}})");
    EXPECT_EQ(out.backends[0].name, "z");
    EXPECT_EQ(out.backends[1].name, "yes");
    EXPECT_EQ(out.backends[1].headers.at("X"), "a: \"b\" #c \\ '");
}

TEST(init_config, says_what_it_leaves_out) {
    const auto made = init_from_mcp_json(R"({"mcpServers": {
        "local": {"command": "npx", "args": ["x"]},
        "old": {"type": "sse", "url": "http://o/"},
        "off": {"url": "http://f/", "disabled": true},
        "web": {"url": "http://w/", "headers": {"Host": "x", "Content-Type": "y"}}}})",
                                         "mcp.json");
    EXPECT_THAT(made.notes, ElementsAre(HasSubstr("'local' was left out: it is a program"),
                                        HasSubstr("'old' was left out: it speaks the old"),
                                        HasSubstr("'off' was left out: it is disabled"),
                                        HasSubstr("header 'Host' of 'web' was left out"),
                                        HasSubstr("header 'Content-Type' of 'web'")));
    for (const auto& note : made.notes)
        EXPECT_THAT(made.yaml, HasSubstr("# Note: " + note));
    const auto out = world{}.good(made.yaml);
    ASSERT_EQ(out.backends.size(), 1u);
    EXPECT_TRUE(out.backends[0].headers.empty());
}

TEST(init_config, turns_references_into_variables) {
    const auto out = loaded(R"({"servers": {"a": {"url": "http://h/", "headers": {
        "Authorization": "Bearer ${input:api-key}", "B": "${env:TOKEN}", "C": "${TOKEN}", "D": "${NONE:-d}",
        "E": "$5 ${a b} $", "F": "$$"}}}})",
                            {{"API_KEY", "k"}, {"TOKEN", "t"}});
    EXPECT_EQ(out.backends[0].headers, (std::map<std::string, std::string>{{"Authorization", "Bearer k"},
                                                                           {"B", "t"},
                                                                           {"C", "t"},
                                                                           {"D", "d"},
                                                                           {"E", "$5 ${a b} $"},
                                                                           {"F", "$$"}}));
    EXPECT_EQ(loaded(R"({"servers": {"a": {"url": "${URL}"}}})", {{"URL", "http://u/"}}).backends[0].url,
              "http://u/");
}

TEST(init_config, makes_names_usable) {
    const auto out = loaded(
        R"({"mcpServers": {"@scope/pkg name": {"url": "http://a/"}, "scope pkg name": {"url": "http://b/"},
                                               "日本": {"url": "http://c/"}, "scope-pkg-name": {"url": "http://d/"}}})");
    std::vector<std::string> names;
    for (const auto& backend : out.backends)
        names.push_back(backend.name);
    EXPECT_THAT(names, ElementsAre("scope-pkg-name", "scope-pkg-name-2", "server", "scope-pkg-name-3"));
}

TEST(init_config, refuses_with_place_and_reason) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"{\"mcpServers\":", "mcp.json:1:15: JSON syntax error"},
        {"", "mcp.json:1:1: the configuration is empty"},
        {"[]", "found neither 'mcpServers' nor 'servers'"},
        {"{\"a\": 1}", "found neither 'mcpServers' nor 'servers'"},
        {"{\"mcpServers\": []}", "expected a mapping from names to servers"},
        {"{\"mcpServers\": {}}", "no server with a url"},
        {"{\"mcpServers\": {\"a\": {\"command\": \"x\"}}}", "no server with a url"},
        {"{\"mcpServers\": {\"a\": 1}}", "mcp.json:1:22: mcpServers.a: expected a mapping with a url"},
        {"{\"mcpServers\": {\"a\": {}}}", "has neither a url nor a command"},
        {"{\"mcpServers\": {\"a\": {\"url\": \"h\"}}}", "mcpServers.a.url: the URL must start with http://"},
        {"{\"mcpServers\": {\"a\": {\"url\": \"http://h/\", \"headers\": {\"X\": []}}}}",
         "headers.X: expected text"},
        {"{\"mcpServers\": {\"a\": {\"url\": \"http://h/\", \"headers\": {\"X\": \"a\\nb\"}}}}",
         "headers.X: may hold visible"},
    };
    for (const auto& [text, expected] : cases)
        EXPECT_THAT(refused(text), HasSubstr(std::string(expected))) << text;
}

} // namespace
} // namespace vmcp
