// Policies, a request, and what is expected of the decision, as a row of a table.
#pragma once

#include "policy_fixture.hpp"

#include <string>
#include <vector>

namespace auth {

inline constexpr auto call = cedar_operation::call_tool;
inline constexpr auto get = cedar_operation::get_prompt;
inline constexpr auto read = cedar_operation::read_resource;

// Engineers are staff, staff are people.
inline constexpr const char* company = R"([
    {"uid":{"type":"THVGroup","id":"engineering"},"attrs":{"level":3},"parents":[{"type":"THVGroup","id":"staff"}]},
    {"uid":{"type":"THVGroup","id":"staff"},"parents":[{"type":"THVGroup","id":"people"}]},
    {"uid":{"type":"MCP","id":"hub"},"attrs":{},"parents":[{"type":"Zone","id":"inside"}]},
    {"uid":{"type":"Tool","id":"deploy"},"attrs":{"owner":"alice"},"parents":[{"type":"Zone","id":"outside"}]}])";

struct decision_row {
    const char* name;
    std::vector<std::string> policies;
    const char* claims;
    cedar_target target;
    bool allowed;
    bool error = false;
    const char* entities = "";
};

// Decides and compares.
inline void check(const decision_row& row) {
    const auto policies = compiled(row.policies, row.entities);
    ASSERT_TRUE(policies);
    const auto made = decision(*policies, row.claims, row.target);
    EXPECT_EQ(made.allowed, row.allowed);
    EXPECT_EQ(!made.errors.empty(), row.error) << joined_problems(made.errors);
}

inline std::string permit(const std::string& scope, const std::string& when = "true") {
    return "permit(" + scope + ") when { " + when + " };";
}

inline const std::string anything = "permit(principal, action, resource);";
inline const std::string any_call = R"(principal, action == Action::"call_tool", resource)";

} // namespace auth
