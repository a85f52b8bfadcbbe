// What stands behind `npx mcp-remote`.
#include "vmcp/yaml/mcp_remote.hpp"

#include "init_fixture.hpp"

#include <gmock/gmock.h>

namespace vmcp {
namespace {

using strings = std::vector<std::string>;
using headers = std::vector<std::pair<std::string, std::string>>;

TEST(mcp_remote, is_found_however_it_is_started) {
    const strings starts[] = {{"npx", "mcp-remote"},
                              {"npx", "-y", "mcp-remote@latest"},
                              {"/usr/local/bin/npx", "--yes", "mcp-remote@0.1.37"},
                              {"npx", "-p", "mcp-remote@latest", "mcp-remote"},
                              {"npx", "-y", "--package", "mcp-remote", "--", "mcp-remote"},
                              {"bunx", "mcp-remote"},
                              {"pnpm", "dlx", "mcp-remote"},
                              {"yarn", "dlx", "mcp-remote"},
                              {"cmd", "/c", "npx", "mcp-remote"},
                              {"C:\\nodejs\\npx.cmd", "mcp-remote"},
                              {"mcp-remote"},
                              {"/opt/bin/mcp-remote"},
                              {"node", "/opt/node_modules/mcp-remote/dist/proxy.js"}};
    for (auto words : starts) {
        words.emplace_back("https://h/mcp");
        const auto found = read_mcp_remote(words, {});
        ASSERT_TRUE(found) << testing::PrintToString(words);
        EXPECT_EQ(found->url, "https://h/mcp");
    }
}

TEST(mcp_remote, other_programs_are_not) {
    for (const strings& words :
         {strings{}, strings{"npx", "some-server", "https://h/mcp"}, strings{"npx", "mcp-remote"},
          strings{"docker", "run", "mcp-remote", "https://h/"},
          strings{"npx", "mcp-remote-client", "--key", "x"},
          strings{"npx", "other", "mcp-remote", "https://h/"}, strings{"npx", "-y"}})
        EXPECT_FALSE(read_mcp_remote(words, {})) << testing::PrintToString(words);
}

TEST(mcp_remote, headers_are_those_it_would_send) {
    const auto found =
        read_mcp_remote({"npx", "mcp-remote", "https://h/mcp", "3334", "--header",
                         "Authorization: Bearer "
                         "${TOKEN}",
                         "--header", "X-A:${WHOLE}", "--header=X-B: ${OTHER}", "--header", "X-C"},
                        {{"TOKEN", "t"}, {"WHOLE", "a b ${WHOLE}"}});
    ASSERT_TRUE(found);
    EXPECT_EQ(
        found->headers,
        (headers{{"Authorization", "Bearer t"}, {"X-A", "a b ${WHOLE}"}, {"X-B", "${OTHER}"}, {"X-C", ""}}));
}

TEST(mcp_remote, flags_that_matter_are_kept_apart) {
    const auto found = read_mcp_remote({"npx", "mcp-remote", "http://h/mcp", "--allow-http", "--transport",
                                        "http-only", "--static-oauth-client-info",
                                        "{\"client_id\": \"s3cret\"}", "--ignore-tool", "delete*", "--debug"},
                                       {});
    ASSERT_TRUE(found);
    EXPECT_FALSE(found->sse_only);
    EXPECT_EQ(found->ignored,
              (strings{"--allow-http", "--transport", "--static-oauth-client-info", "--debug"}));
    EXPECT_EQ(found->hidden_tools, strings{"delete*"});
    EXPECT_TRUE(read_mcp_remote({"npx", "mcp-remote", "http://h/", "--transport", "sse-only"}, {})->sse_only);
    const auto joined = read_mcp_remote({"npx", "mcp-remote", "http://h/", "3334", "--transport=sse-only",
                                         "--static-oauth-client-info={s3cret}"},
                                        {});
    ASSERT_TRUE(joined);
    EXPECT_TRUE(joined->sse_only);
    EXPECT_EQ(joined->ignored,
              (strings{"the port of its callback", "--transport", "--static-oauth-client-info"}));
}

TEST(mcp_remote, becomes_a_backend) {
    const auto made = init_from_client_file(R"({"mcpServers": {
        "a": {"command": "npx", "args": ["-y", "mcp-remote", "https://a/mcp", "--header", "Authorization:${AUTH}",
              "--static-oauth-client-info", "@/f"], "env": {"AUTH": "Bearer ${input:tok}", "DEBUG": "1"}},
        "b": {"command": "npx", "args": ["mcp-remote", "https://b/mcp", "--header", "X-Key: ${KEY}"]},
        "c": {"command": "npx", "args": ["mcp-remote", "https://c/sse", "--transport", "sse-only"]},
        "d": {"command": "npx", "args": ["mcp-remote", "nonsense"]}}})",
                                            "claude_desktop_config.json");
    EXPECT_THAT(test::notes_of(made),
                testing::ElementsAre(
                    "took a: https://a/mcp", "changed a: mcp-remote is not needed: vmcp connects to its URL",
                    "left a: of mcp-remote's flags: --static-oauth-client-info",
                    "left a: the variable 'DEBUG', which only mcp-remote gets",
                    "changed a: the client asks for 'tok': set the variable TOK instead",
                    "took b: https://b/mcp", "changed b: mcp-remote is not needed: vmcp connects to its URL",
                    "took c: https://c/sse", "changed c: mcp-remote is not needed: vmcp connects to its URL",
                    testing::HasSubstr("left d: its url is wrong")));
    const auto out = test::world{{{"TOK", "t"}, {"KEY", "k"}}, {}}.good(made.yaml);
    EXPECT_EQ(out.backends[0].headers.at("Authorization"), "Bearer t");
    EXPECT_EQ(out.backends[1].headers.at("X-Key"), "k");
    EXPECT_EQ(out.backends[2].transport, "sse");
}

} // namespace
} // namespace vmcp
