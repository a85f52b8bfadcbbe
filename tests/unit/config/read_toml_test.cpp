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

std::string text_at(std::string_view toml) {
    problem_list problems{"f", {}};
    const auto root = read_toml(toml, problems);
    EXPECT_EQ(format_problems(problems.problems), "") << toml;
    return root.members.empty() ? "" : root.members.front().value.text;
}

TEST(read_toml, strings) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {R"(a = "t\tq\" \\ \u00e9 \U0001F600 \x41 # no comment" # one)",
         "t\tq\" \\ \u00e9 \U0001F600 A # no comment"},
        {R"(a = 'C:\x "y"')", R"(C:\x "y")"},
        {"a = \"\"", ""},
        {"a = \"\"\"\n  two\nlines \\\n   joined\"\"\"", "  two\nlines joined"},
        {"a = \"\"\"x\"y\"\"z\"\"\"\"\"", "x\"y\"\"z\"\""},
        {"a = '''\r\nno \\escape\n'''", "no \\escape\n"},
        {"a = ''''x'''", "'x"},
    };
    for (const auto& [toml, expected] : cases)
        EXPECT_EQ(text_at(toml), expected) << toml;
}

TEST(read_toml, bare_values) {
    for (const std::string_view text : {"1_000", "-0x1F", "+1.5e-7", "inf", "true", "2001-02-03",
                                        "07:32:00.5", "1979-05-27T07:32:00-08:00", "1979-05-27 07:32:00Z"})
        EXPECT_EQ(text_at("a = " + std::string(text) + " # c"), text);
}

TEST(read_toml, tables_arrays_and_lists_of_tables) {
    problem_list problems{"f", {}};
    const auto root = read_toml("[[s]]\nn = 1\n[[s]]\nn = 2\n[s.t]\nu = [ # c\n  [1, 2],\n"
                                "  { v.w = 'x', 'y z' = [] },\n]\n"
                                "[ a . \"b.c\" ]\r\nd = 1\r\n[a]\ne = 2\n",
                                problems);
    ASSERT_TRUE(problems.problems.empty()) << format_problems(problems.problems);
    const auto& list = root.find("s")->items;
    ASSERT_EQ(list.size(), 2u);
    EXPECT_EQ(list[0].find("n")->text, "1");
    const auto* u = list[1].find("t")->find("u");
    EXPECT_EQ(u->items[0].items[1].text, "2");
    EXPECT_EQ(u->items[1].find("v")->find("w")->text, "x");
    EXPECT_EQ(u->items[1].find("y z")->kind, node_kind::sequence);
    EXPECT_EQ(root.find("a")->find("b.c")->find("d")->text, "1");
    EXPECT_EQ(root.find("a")->find("e")->text, "2");
}

TEST(read_toml, refuses_with_a_place) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"a = ", "f:1:5: TOML syntax error: expected a value"},
        {"a = 1\na = 2\n", "f:2:1: TOML syntax error: the key 'a' stands twice"},
        {"a.b = 1\na.b.c = 2\n", "f:2:10: TOML syntax error: 'b' is no table"},
        {"[a\n", "f:1:3: TOML syntax error: expected ']'"},
        {"[[a]\n", "expected ']]'"},
        {"a = 1\n[[a]]\n", "'a' is no list of tables"},
        {"a = 1\n[a]\n", "'a' is no table"},
        {"[]\n", "expected a key"},
        {"a b\n", "f:1:3: TOML syntax error: expected '='"},
        {"a = 1 b\n", "f:1:7: TOML syntax error: expected the end of the line"},
        {"a = [1 2]\n", "expected ',' or ']'"},
        {"a = [1,\n", "expected a value"},
        {"a = {b = 1", "expected ',' or '}'"},
        {"a = \"x\n\"", "the string is not closed"},
        {"a = \"\\q\"", "unknown escape"},
        {"a = \"\\ud800\"", "unknown escape"},
        {"a = \"\\u12", "unknown escape"},
        {"a = '''x", "the string is not closed"},
        {"\"a = 1", "the quoted key is not closed"},
        {"a = \"\xff\"\n", "not UTF-8"},
        {"a = \x01\n", "control character"},
    };
    for (const auto& [toml, expected] : cases) {
        problem_list problems{"f", {}};
        EXPECT_EQ(read_toml(toml, problems).kind, node_kind::null);
        EXPECT_THAT(format_problems(problems.problems), testing::HasSubstr(std::string(expected))) << toml;
    }
}

TEST(read_toml, is_bounded_in_depth) {
    std::string dotted = "a";
    for (int i = 0; i < 100; ++i)
        dotted += ".a";
    for (const std::string& text :
         {"a = " + std::string(10'000, '['), dotted + " = 1\n", "[" + dotted + "]\n"}) {
        problem_list problems{"f", {}};
        EXPECT_EQ(read_toml(text, problems).kind, node_kind::null);
        EXPECT_THAT(format_problems(problems.problems), testing::HasSubstr("nested too deep"));
    }
}

TEST(read_toml, is_told_from_yaml) {
    EXPECT_TRUE(looks_like_toml("", "/x/config.toml"));
    EXPECT_TRUE(looks_like_toml("x = 1\n[mcp_servers.a]\n", "-"));
    EXPECT_TRUE(looks_like_toml("[mcp_servers]\n", "-"));
    EXPECT_FALSE(looks_like_toml("mcpServers:\n  a: {url: x}\n", "a.yaml"));
}

} // namespace
} // namespace vmcp
