// Names that clients accept.
#include "vmcp/catalog/name_hygiene.hpp"

#include <gtest/gtest.h>

#include <random>
#include <regex>
#include <unordered_map>

namespace vmcp {
namespace {

TEST(name_hygiene, knows_valid_names) {
    for (const std::string& good : {std::string("a"), std::string("A-b_c.9"), std::string(64, 'x')}) {
        EXPECT_TRUE(valid_tool_name(good)) << good;
        EXPECT_EQ(tool_name_problem(good), "");
    }
    for (const std::string& bad : {std::string(), std::string(65, 'x'), std::string("a b"),
                                   std::string("a/b"), std::string("é"), std::string("a\0", 2)}) {
        EXPECT_FALSE(valid_tool_name(bad)) << bad;
        EXPECT_NE(tool_name_problem(bad), "") << bad;
    }
}

// The tails are part of what users see and write into their configuration: they must never change.
TEST(name_hygiene, the_tail_is_the_same_for_ever) {
    EXPECT_EQ(clean_tool_name("", "repo/list"), "repo_list_7vt7q5f6");
    EXPECT_EQ(clean_tool_name("", "größe"), "gr__e_0nin0s6j");
    EXPECT_EQ(clean_tool_name("", std::string(100, 'x')), std::string(55, 'x') + "_1a31irvl");
    EXPECT_EQ(clean_tool_name("", "repo/list", 1), "repo_list_l4vkoqgu");
    // Where the prefix ends changes what is cut, not the tail.
    EXPECT_EQ(clean_tool_name("re", "po/list"), "repo_list_7vt7q5f6");
}

TEST(name_hygiene, a_long_prefix_gives_way_to_the_tools_own_name) {
    const std::string backend = "an-mcp-server-with-a-name-that-nobody-would-want-to-read_";
    const auto list = clean_tool_name(backend, "list_issues");
    const auto create = clean_tool_name(backend, "create_issue");
    EXPECT_EQ(list.substr(0, 56), "an-mcp-server-with-a-name-that-nobody-would_list_issues_");
    EXPECT_EQ(create.substr(0, 56), "an-mcp-server-with-a-name-that-nobody-woul_create_issue_");
    EXPECT_EQ(list.size(), max_tool_name);
    // However long the tool's name is, some of the backend's is left, with its separator.
    EXPECT_EQ(clean_tool_name(backend, std::string(80, 't')).substr(0, 56),
              "an-mcp-_" + std::string(47, 't') + "_");
    EXPECT_EQ(clean_tool_name("gh_", std::string(80, 't')).substr(0, 56), "gh_" + std::string(52, 't') + "_");
    // A prefix without a separator is cut where it is.
    EXPECT_EQ(clean_tool_name(std::string(60, 'p'), "t").substr(0, 56), std::string(54, 'p') + "t_");
}

TEST(name_hygiene, always_valid_and_different_for_different_names) {
    const std::regex rule("^[A-Za-z0-9_.-]{1,64}$");
    std::mt19937 random(3);
    std::unordered_map<std::string, std::string> seen;
    for (int i = 0; i < 20'000; ++i) {
        std::string name;
        for (unsigned n = 1 + random() % 90; n > 0; --n)
            name.push_back("ab/ :\xc3\xa9"[random() % 7]);
        const std::string whole = name;
        const std::size_t prefix = random() % (name.size() + 1);
        const std::string clean = clean_tool_name(whole.substr(0, prefix), whole.substr(prefix));
        ASSERT_TRUE(std::regex_match(clean, rule)) << clean;
        EXPECT_TRUE(valid_tool_name(clean));
        const auto [other, is_new] = seen.emplace(clean, name);
        EXPECT_TRUE(is_new || other->second == name) << clean;
    }
}

} // namespace
} // namespace vmcp
