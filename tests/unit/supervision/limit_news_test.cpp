#include "vmcp/supervision/limit_news.hpp"

#include "tests/unit/catalog/catalog_fixtures.hpp"
#include "vmcp/supervision/unusable_backend.hpp"

#include <gtest/gtest.h>

namespace vmcp {
namespace {

using namespace std::chrono_literals;
using names = std::set<std::string>;

class limits_in_vain : public testing::Test {
protected:
    limits_in_vain() {
        settings_ = test::config_of({"a", "b"});
        for (const auto* name : {"t", "gone", "nobody"})
            settings_.rate_limits.tools.push_back({.name = name, .shared = token_bucket_config{1, 1s}});
        offering_.backends = {{.name = "a",
                               .for_calls = std::make_shared<unusable_backend>("a"),
                               .lists = std::make_shared<backend_lists>(test::tools_of("a", {"t"}))},
                              {.name = "b",
                               .for_calls = std::make_shared<unusable_backend>("b"),
                               .lists = std::make_shared<backend_lists>(test::tools_of("b", {"gone"})),
                               .withdrawn = "it is down"}};
    }
    limit_news look() {
        offering_.settings = std::make_shared<const config>(settings_);
        return look_at_limits(offering_, *make_snapshot(offering_));
    }

    config settings_{};
    offering offering_{};
    names told_{};
};

TEST_F(limits_in_vain, are_those_of_tools_that_no_backend_has_listed_or_withdrawn) {
    const auto found = look();
    EXPECT_TRUE(found.known);
    EXPECT_EQ(found.nobody_has, (names{"nobody"}));
    EXPECT_EQ(found.line(told_),
              "rateLimiting.tools: no client sees a tool 'nobody': give names as `vmcp inspect "
              "tools` shows them");
    EXPECT_EQ(look().line(told_), "") << "once is enough";
    settings_.rate_limits.tools.push_back({.name = "other", .shared = token_bucket_config{1, 1s}});
    EXPECT_EQ(look().line(told_),
              "rateLimiting.tools: no client sees a tool 'other': give names as `vmcp inspect "
              "tools` shows them");
    settings_.rate_limits.tools.clear();
    EXPECT_EQ(look().line(told_), "");
    EXPECT_EQ(told_, names{});
}

TEST_F(limits_in_vain, are_not_known_while_a_backend_has_said_nothing) {
    offering_.backends[0].lists = nullptr;
    const auto found = look();
    EXPECT_FALSE(found.known);
    EXPECT_EQ(found.line(told_), "");
    EXPECT_EQ(told_, names{});
}

TEST_F(limits_in_vain, are_told_of_in_one_line_however_many_there_are) {
    settings_.rate_limits.tools.clear();
    for (int i = 0; i < 100; ++i)
        settings_.rate_limits.tools.push_back(
            {.name = std::string(1'000, 'x') + std::to_string(i), .shared = token_bucket_config{1, 1s}});
    const auto line = look().line(told_);
    EXPECT_NE(line.find(" and 92 more: "), std::string::npos) << line;
    EXPECT_LT(line.size(), 1'000U);
}

} // namespace
} // namespace vmcp
