// A program without the engine refuses policies instead of deciding anything.
#include "auth/cedar/policy_engine.hpp"

#include <gtest/gtest.h>

namespace auth {
namespace {

TEST(absent_engine, refuses_policies) {
    const auto out = compile_policies({.policies = {"permit(principal, action, resource);"}});
    EXPECT_EQ(out.value, nullptr);
    ASSERT_EQ(out.problems.size(), 1U);
    EXPECT_NE(out.problems[0].message.find("VMCP_WITH_CEDAR"), std::string::npos);
}

TEST(absent_engine, denies_whatever_is_asked) {
    const policy_set nobody(nullptr);
    EXPECT_FALSE(nobody.decide({}).allowed);
    EXPECT_EQ(nobody.decide({}).errors.size(), 1U);
    const auto many = nobody.decide_many({}, std::vector<cedar_entity>(2));
    EXPECT_EQ(many.allowed, std::vector<bool>(2, false));
    EXPECT_NE(many.failure, "");
    EXPECT_EQ(nobody.check_against("").size(), 1U);
}

} // namespace
} // namespace auth
