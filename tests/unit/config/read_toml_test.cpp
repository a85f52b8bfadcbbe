// TOML as the tree that YAML and JSON make.
#include "vmcp/yaml/read_toml.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vmcp {
namespace {

TEST(read_toml, keeps_kinds_order_and_places) {
    problem_list problems{"f", {}};
    const auto root = read_toml(
        "z = 1\na = \"t\"\n[t.\"x y\"]\nb = true\nc = [1.5, 'q']\nd = { e = 2001-02-03 }\n", problems);
    ASSERT_TRUE(problems.problems.empty()) << format_problems(problems.problems);
    ASSERT_EQ(root.members.size(), 3u);
    EXPECT_EQ(root.members[0].key, "z");
    EXPECT_EQ(root.members[0].value.text, "1");
    EXPECT_FALSE(root.members[0].value.quoted);
    EXPECT_TRUE(root.members[1].value.quoted);
    const auto* inner = root.find("t")->find("x y");
    ASSERT_NE(inner, nullptr);
    EXPECT_EQ(inner->find("b")->text, "true");
    EXPECT_EQ(inner->find("b")->at, (text_position{4, 5}));
    EXPECT_EQ(inner->find("c")->items[0].text, "1.5");
    EXPECT_EQ(inner->find("c")->items[1].text, "q");
    EXPECT_EQ(inner->find("d")->find("e")->text, "2001-02-03");
}

TEST(read_toml, dotted_keys_share_a_place_and_all_stay) {
    problem_list problems{"f", {}};
    const auto root = read_toml("a.b.c = 1\na.b.d = 2\na.e = 3\n", problems);
    EXPECT_EQ(root.find("a")->members.size(), 2u);
    EXPECT_EQ(root.find("a")->find("b")->members.size(), 2u);
}

TEST(read_toml, refuses_with_a_place) {
    for (const std::string text : {"a = ", "a = 1\na = 2\n", "[a\n", "a = \"\xff\"\n"}) {
        problem_list problems{"f", {}};
        EXPECT_EQ(read_toml(text, problems).kind, node_kind::null);
        EXPECT_THAT(format_problems(problems.problems), testing::HasSubstr("TOML syntax error")) << text;
    }
    problem_list problems{"f", {}};
    EXPECT_EQ(read_toml("a = " + std::string(10'000, '[') + std::string(10'000, ']'), problems).kind,
              node_kind::null);
    EXPECT_EQ(problems.problems.size(), 1u);
    std::string deep = "a";
    for (int i = 0; i < 100; ++i)
        deep += ".a";
    problems.problems.clear();
    EXPECT_EQ(read_toml(deep + " = 1\n", problems).kind, node_kind::null);
    EXPECT_THAT(format_problems(problems.problems), testing::HasSubstr("nested too deep"));
}

TEST(read_toml, is_told_from_yaml) {
    EXPECT_TRUE(looks_like_toml("", "/x/config.toml"));
    EXPECT_TRUE(looks_like_toml("x = 1\n[mcp_servers.a]\n", "-"));
    EXPECT_TRUE(looks_like_toml("[mcp_servers]\n", "-"));
    EXPECT_FALSE(looks_like_toml("mcpServers:\n  a: {url: x}\n", "a.yaml"));
}

} // namespace
} // namespace vmcp
