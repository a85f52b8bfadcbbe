// What the log is told of hidden entries.
#include "vmcp/supervision/hidden_news.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace vmcp {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<hidden_entry> many(std::size_t count, const std::string& backend = "b") {
    std::vector<hidden_entry> out;
    for (std::size_t i = 0; i < count; ++i)
        out.push_back({list_kind::tools, backend, "t" + std::to_string(i), "why"});
    return out;
}

TEST(hidden_news, a_few_are_told_one_by_one) {
    EXPECT_THAT(hidden_news({}, many(2), {}),
                ElementsAre(R"(hidden: "t0" of backend b: why)", R"(hidden: "t1" of backend b: why)"));
}

TEST(hidden_news, what_was_hidden_before_is_no_news) {
    EXPECT_THAT(hidden_news(many(2), many(3), {}), ElementsAre(R"(hidden: "t2" of backend b: why)"));
    EXPECT_THAT(hidden_news(many(3), many(3), {}), IsEmpty());
    auto changed = many(1);
    changed[0].reason = "another reason";
    EXPECT_THAT(hidden_news(many(1), changed, {}), ElementsAre(HasSubstr("another reason")));
    changed = many(1);
    changed[0].kind = list_kind::prompts;
    EXPECT_EQ(hidden_news(many(1), changed, {}).size(), 1U);
}

TEST(hidden_news, many_are_one_line) {
    EXPECT_THAT(hidden_news({}, many(100'000), {}),
                ElementsAre(R"(hidden: 100000 entries of backend b, among them "t0": why)"));
}

TEST(hidden_news, there_are_never_more_than_some_dozens_of_lines) {
    std::vector<hidden_entry> all;
    for (int i = 0; i < 1'000; ++i)
        for (auto& one : many(7, "b" + std::to_string(i)))
            all.push_back(std::move(one));
    const auto lines = hidden_news({}, all, {});
    EXPECT_EQ(lines.size(), 51U);
    EXPECT_THAT(lines.back(), HasSubstr("6650 more entries"));
}

TEST(hidden_news, a_backend_that_is_withdrawn_was_told_of_already) {
    EXPECT_THAT(hidden_news({}, many(3), {"b"}), IsEmpty());
}

TEST(hidden_news, words_are_cut_and_made_printable) {
    std::vector<hidden_entry> one{
        {list_kind::tools, "b", std::string(60'000, 'x') + "\n", std::string(9'000, 'y')}};
    const auto lines = hidden_news({}, one, {});
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_LT(lines[0].size(), 700U);
}

} // namespace
} // namespace vmcp
