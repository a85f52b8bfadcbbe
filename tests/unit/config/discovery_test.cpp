// What the configuration says of backends that are found later.
#include "config_fixture.hpp"

#include <gmock/gmock.h>

namespace vmcp {
namespace {

using test::world;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

loaded_config load(const std::string& text) {
    const world here{{{"KEY", "from-env"}}, {}};
    return here.load(text);
}

TEST(discovery, a_group_is_enough) {
    const auto loaded = load("groupRef: g\noutgoingAuth: {source: discovered}");
    ASSERT_TRUE(loaded);
    EXPECT_TRUE(loaded.value->cluster.discover);
    EXPECT_THAT(loaded.value->backends, IsEmpty());
    EXPECT_THAT(loaded.warnings, IsEmpty());
    EXPECT_EQ(loaded.discovery, discovery_settings{});
}

TEST(discovery, strategies_are_kept_for_whoever_is_found) {
    const auto loaded =
        load("groupRef: g\noutgoingAuth:\n  source: discovered\n  default: {type: unauthenticated}\n"
             "  backends:\n    later: {type: header_injection, headerInjection: {headerName: X, "
             "headerValueEnv: KEY}}\n");
    ASSERT_TRUE(loaded);
    ASSERT_TRUE(loaded.discovery.fallback);
    EXPECT_EQ(loaded.discovery.fallback->auth.type, auth_strategy::kind::unauthenticated);
    ASSERT_TRUE(loaded.discovery.strategies.contains("later"));
    EXPECT_EQ(loaded.discovery.strategies.at("later").auth.header_value, "from-env");
    EXPECT_EQ(loaded.discovery.strategies.at("later").problem, "");
}

TEST(discovery, one_that_this_machine_cannot_make_says_why) {
    const auto loaded =
        load("groupRef: g\noutgoingAuth:\n  source: discovered\n"
             "  default: {type: header_injection, headerInjection: {headerName: X, headerValueEnv: NO}}\n"
             "  backends:\n    later: {type: header_injection, headerInjection: {headerName: X, "
             "headerValueEnv: NONE}}\n");
    ASSERT_TRUE(loaded);
    EXPECT_THAT(loaded.discovery.strategies.at("later").problem,
                HasSubstr("environment variable 'NONE' is not set"));
    EXPECT_THAT(loaded.discovery.fallback->problem, HasSubstr("'NO' is not set"));
}

TEST(discovery, names_that_nobody_has_yet_are_no_mistake) {
    EXPECT_TRUE(load(
        "groupRef: g\noutgoingAuth: {source: discovered}\n"
        "operational: {timeouts: {perWorkload: {later: 5s}}}\n"
        "aggregation: {conflictResolution: priority, conflictResolutionConfig: {priorityOrder: [later]}, "
        "tools: [{workload: later, filter: [a]}]}"));
}

TEST(discovery, references_to_tool_configs_are_kept_and_what_stands_beside_them_is_warned_of) {
    const auto loaded =
        load("groupRef: g\noutgoingAuth: {source: discovered}\n"
             "aggregation: {tools: [{workload: a, toolConfigRef: {name: t}, filter: [x]}, {workload: b}]}");
    ASSERT_TRUE(loaded);
    EXPECT_THAT(loaded.discovery.tool_configs, ElementsAre(Pair("a", "t")));
    ASSERT_EQ(loaded.warnings.size(), 1U);
    EXPECT_THAT(loaded.warnings[0].message, HasSubstr("no effect beside toolConfigRef"));
}

TEST(discovery, inline_keeps_nothing) {
    const auto loaded =
        load(std::string(test::one_backend) + "outgoingAuth: {default: {type: unauthenticated}}");
    ASSERT_TRUE(loaded);
    EXPECT_EQ(loaded.discovery, discovery_settings{});
}

} // namespace
} // namespace vmcp
