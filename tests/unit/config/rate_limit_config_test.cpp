// rateLimiting: the rules between its keys. What each key stores is in keys_test.cpp.
#include "config_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vmcp {
namespace {

using test::world;
using testing::AllOf;
using testing::HasSubstr;

std::string with(std::string_view keys, bool callers = false) {
    return std::string(test::one_backend) +
           (callers ? "incomingAuth: {type: oidc, oidc: {issuer: 'https://i', audience: x}}\n" : "") +
           "rateLimiting: {" + std::string(keys) + "}\n";
}

TEST(rate_limit_config, is_off_where_nobody_asks_for_it) {
    EXPECT_FALSE(world{}.good(test::one_backend).rate_limits.enabled());
    EXPECT_TRUE(world{}.good(with("shared: {maxTokens: 1, refillPeriod: 1s}")).rate_limits.enabled());
    EXPECT_THAT(world{}.bad(with("")), HasSubstr("rateLimiting: give shared, perUser or tools"));
    EXPECT_THAT(world{}.bad(with("tools: []")), HasSubstr("nothing is limited"));
    EXPECT_THAT(world{}.bad(with("tools: [{name: t}]")),
                HasSubstr("rateLimiting.tools[0]: give shared or perUser"));
}

TEST(rate_limit_config, limits_of_callers_need_callers) {
    const auto bucket = std::string("{maxTokens: 1, refillPeriod: 1s}");
    const auto of_all = "perUser: " + bucket;
    const auto of_tool = "tools: [{name: t, shared: " + bucket + "}, {name: u, perUser: " + bucket + "}]";
    EXPECT_THAT(world{}.bad(with(of_all)), HasSubstr("rateLimiting.perUser: needs incomingAuth.type: oidc"));
    EXPECT_THAT(world{}.bad(with(of_tool)),
                HasSubstr("rateLimiting.tools[1].perUser: needs incomingAuth.type: oidc"));
    EXPECT_TRUE(world{}.good(with(of_all, true)).rate_limits.per_user);
    EXPECT_TRUE(world{}.good(with(of_tool, true)).rate_limits.tools.at(1).per_user);
}

TEST(rate_limit_config, buckets_are_whole_and_of_a_size) {
    EXPECT_THAT(world{}.bad(with("shared: {}")),
                AllOf(HasSubstr("rateLimiting.shared"), HasSubstr("maxTokens"), HasSubstr("refillPeriod")));
    EXPECT_THAT(world{}.bad(with("shared: {maxTokens: 0, refillPeriod: 1s}")), HasSubstr("shared.maxTokens"));
    EXPECT_THAT(world{}.bad(with("shared: {maxTokens: 2147483648, refillPeriod: 1s}")),
                HasSubstr("shared.maxTokens"));
    EXPECT_THAT(world{}.bad(with("shared: {maxTokens: 1, refillPeriod: 0s}")),
                HasSubstr("shared.refillPeriod"));
    EXPECT_THAT(world{}.bad(with("shared: {maxTokens: 1, refillPeriod: -1s}")),
                HasSubstr("shared.refillPeriod"));
    EXPECT_THAT(world{}.bad(with("shared: {maxTokens: 1, refillPeriod: 1s, burst: 3}")), HasSubstr("burst"));
    EXPECT_THAT(world{}.bad(with("tools: [{shared: {maxTokens: 1, refillPeriod: 1s}}]")),
                HasSubstr("tools[0].name"));
    EXPECT_THAT(
        world{}.bad(with("tools: [{name: t, shared: {maxTokens: 1, refillPeriod: 1s}}, {name: t, shared: "
                         "{maxTokens: 2, refillPeriod: 1s}}]")),
        HasSubstr("rateLimiting.tools[1].name: 't' stands twice"));
}

// As Go writes durations, and Kubernetes' resources with them.
TEST(rate_limit_config, takes_periods_as_toolhive_writes_them) {
    for (const auto& [text, period] :
         std::initializer_list<std::pair<std::string_view, std::chrono::milliseconds>>{
             {"1m0s", std::chrono::minutes(1)},
             {"1h0m0s", std::chrono::hours(1)},
             {"30s", std::chrono::seconds(30)},
             {"500ms", std::chrono::milliseconds(500)}})
        EXPECT_EQ(world{}
                      .good(with("shared: {maxTokens: 1, refillPeriod: " + std::string(text) + "}"))
                      .rate_limits.shared->refill_period,
                  period)
            << text;
}

} // namespace
} // namespace vmcp
