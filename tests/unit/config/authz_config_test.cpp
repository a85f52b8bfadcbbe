// incomingAuth.authz: what belongs together, and where the engine's words are reported.
#include "config_fixture.hpp"

#include <gmock/gmock.h>

namespace vmcp {
namespace {

using test::world;
using testing::HasSubstr;

std::string with(std::string_view authz) {
    return std::string(test::one_backend) + "incomingAuth:\n  authz: " + std::string(authz) + "\n";
}

TEST(authz_config, policies_go_with_their_type) {
    EXPECT_THAT(world{}.bad(with("{policies: [x]}")),
                HasSubstr("incomingAuth.authz.policies: has no effect without 'type: cedar'"));
    EXPECT_THAT(world{}.bad(with("{type: none, groupClaimName: g}")),
                HasSubstr("groupClaimName: has no effect"));
    EXPECT_THAT(world{}.bad(with("{type: cedar}")), HasSubstr("needs at least one policy"));
    EXPECT_THAT(world{}.bad(with("{type: cedar, policies: []}")), HasSubstr("needs at least one policy"));
    EXPECT_THAT(world{}.bad(with("{type: cedar, policies: [x, '  ']}")),
                HasSubstr("policies[1]: there is no policy in it"));
    EXPECT_THAT(world{}.bad(with("{type: cedar, policies: ['${MISSING}']}")), HasSubstr("MISSING"));
    EXPECT_FALSE(world{}.good(with("{type: none}")).authz.cedar);
}

TEST(authz_config, the_engine_is_asked_and_its_words_stand_at_the_policy) {
    world w;
    auto sources = w.sources();
    sources.check_policies = [](const config& settings) -> std::vector<policy_remark> {
        EXPECT_EQ(settings.name, "hub");
        EXPECT_EQ(settings.authz.policies.size(), 2u);
        return {{.policy = 1, .message = "line 3, column 1 of the policy: wrong"},
                {.message = "odd", .warning = true}};
    };
    const std::string text = "name: hub\n" + with("\n    type: cedar\n    policies:\n      - a\n      - b");
    const auto out = load_config_text(text, "f", sources);
    EXPECT_FALSE(out);
    EXPECT_EQ(format_problems(out.problems),
              "f:8:9: incomingAuth.authz.policies[1]: line 3, column 1 of the policy: wrong\n");
    ASSERT_EQ(out.warnings.size(), 1u);
    EXPECT_EQ(out.warnings[0].key, "incomingAuth.authz");
}

TEST(authz_config, the_engine_is_not_asked_for_nothing) {
    world w;
    auto sources = w.sources();
    sources.check_policies = [](const config&) -> std::vector<policy_remark> {
        ADD_FAILURE();
        return {};
    };
    EXPECT_TRUE(load_config_text(test::one_backend, "f", sources));
    EXPECT_TRUE(load_config_text(with("{type: none}"), "f", sources));
}

} // namespace
} // namespace vmcp
