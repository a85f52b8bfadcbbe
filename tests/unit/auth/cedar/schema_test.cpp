// What an author of policies is warned of, and what not.
#include "policy_fixture.hpp"

#include "auth/cedar/schema.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace auth {
namespace {

constexpr const char* company = R"([
    {"uid":{"type":"THVGroup","id":"eng"},"attrs":{"level":3},"parents":[{"type":"Org::Unit","id":"all"}]},
    {"uid":{"type":"Org::Unit","id":"all"}},
    {"uid":{"type":"MCP","id":"hub"},"parents":[{"type":"Zone","id":"in"}]},
    {"uid":{"type":"Tool","id":"deploy"},"attrs":{"owner":"alice"}}])";

std::vector<policy_problem> warnings_of(const std::string& policy,
                                        const cedar_settings& settings = {.server_name = "hub"}) {
    const auto set = compiled({policy}, company, settings);
    return set ? policy_warnings(*set, settings) : std::vector<policy_problem>{};
}

struct silent_row {
    const char* name;
    const char* policy;
};

class silent_policies : public testing::TestWithParam<silent_row> {};

TEST_P(silent_policies, are_not_warned_of) {
    const auto warnings = warnings_of(GetParam().policy);
    EXPECT_TRUE(warnings.empty()) << joined_problems(warnings);
}

INSTANTIATE_TEST_SUITE_P(
    all, silent_policies,
    testing::Values(
        silent_row{"anything", "permit(principal, action, resource);"},
        silent_row{"tool",
                   R"(permit(principal, action == Action::"call_tool", resource == Tool::"weather");)"},
        silent_row{
            "group",
            R"(permit(principal in THVGroup::"eng", action in [Action::"call_tool", Action::"get_prompt"], resource in MCP::"hub");)"},
        silent_row{"above_a_group",
                   R"(permit(principal in Org::Unit::"all", action, resource in Zone::"in");)"},
        silent_row{
            "attributes_of_a_group",
            R"(permit(principal, action, resource) when { THVGroup::"eng" has level && THVGroup::"eng".level > 2 };)"},
        silent_row{
            "claim_with_has",
            R"(permit(principal, action, resource) when { principal has claim_x && principal.claim_x == "y" };)"},
        silent_row{
            "claim_of_any_type",
            R"(permit(principal, action, resource) when { principal has claim_x && (principal.claim_x > 3 || principal.claim_x.contains("y")) };)"},
        silent_row{
            "claim_record",
            R"(permit(principal, action, resource) when { context has claim_act && context.claim_act.sub == "x" };)"},
        silent_row{"subject",
                   R"(permit(principal, action, resource) when { principal.claim_sub == "alice" };)"},
        silent_row{
            "argument_with_has",
            R"(forbid(principal, action == Action::"call_tool", resource) when { context has arg_n && context.arg_n > 5 };)"},
        silent_row{
            "argument_present",
            R"(forbid(principal, action == Action::"call_tool", resource) when { context has arg_ids_present };)"},
        silent_row{
            "set_of_a_listed_claim",
            R"(permit(principal, action, resource) when { principal has claimset_scp && principal.claimset_scp.contains("x") };)"},
        silent_row{
            "hint",
            R"(permit(principal, action == Action::"call_tool", resource) when { resource has readOnlyHint && resource.readOnlyHint };)"},
        silent_row{"operation_of_the_action",
                   R"(permit(principal, action, resource) when { action.operation == "call_tool" };)"},
        silent_row{
            "uri",
            R"(permit(principal, action == Action::"read_resource", resource) when { resource.uri like "file:*" };)"},
        silent_row{"list",
                   R"(permit(principal, action == Action::"list_tools", resource == FeatureType::"tool");)"},
        silent_row{"never",
                   R"(forbid(principal == Client::"bob", action, resource) when { resource.name == "x" };)"}),
    [](const auto& info) { return std::string(info.param.name); });

struct warned_row {
    const char* name;
    const char* policy;
    std::uint32_t line;
    std::uint32_t column;
    const char* words;
};

class warned_policies : public testing::TestWithParam<warned_row> {};

TEST_P(warned_policies, are_told_with_their_place) {
    const auto& row = GetParam();
    const auto warnings = warnings_of(row.policy);
    ASSERT_FALSE(warnings.empty());
    EXPECT_EQ(warnings[0].policy, 0U);
    EXPECT_EQ(warnings[0].line, row.line) << format_problem(warnings[0]);
    EXPECT_EQ(warnings[0].column, row.column) << format_problem(warnings[0]);
    EXPECT_NE(joined_problems(warnings).find(row.words), std::string::npos) << joined_problems(warnings);
}

INSTANTIATE_TEST_SUITE_P(
    all, warned_policies,
    testing::Values(
        warned_row{"method_as_action", "permit(principal,\n  action == Action::\"tools/call\", resource);", 2,
                   13, "tools/call"},
        warned_row{"misspelled_action", R"(permit(principal, action == Action::"call_tools", resource);)", 1,
                   29, "did you mean"},
        warned_row{"unknown_type", R"(permit(principal == User::"alice", action, resource);)", 1, 21, "User"},
        warned_row{"unknown_group_type", R"(permit(principal in Team::"eng", action, resource);)", 1, 21,
                   "Team"},
        warned_row{"prompt_for_a_tool_action",
                   R"(permit(principal, action == Action::"call_tool", resource == Prompt::"x");)", 1, 1,
                   "applicable action"},
        warned_row{
            "attribute_that_requests_do_not_have",
            R"(permit(principal, action, resource == Tool::"deploy") when { resource.owner == "alice" };)", 1,
            62, "owner"},
        warned_row{"claim_without_has",
                   R"(permit(principal, action, resource) when { principal.claim_x == "y" };)", 1, 44,
                   "claim_x"},
        warned_row{
            "argument_without_has",
            R"(permit(principal, action == Action::"call_tool", resource) when { context.arg_n == "y" };)", 1,
            67, "arg_n"},
        warned_row{"name_of_nothing", R"(permit(principal, action, resource) when { context.user == "y" };)",
                   1, 44, "user"},
        warned_row{
            "resource_without_arguments",
            R"(permit(principal, action == Action::"read_resource", resource) when { context.arg_n == "y" };)",
            1, 71, "arg_n"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(policy_warnings, know_the_configured_group_type) {
    cedar_settings settings{.server_name = "hub"};
    settings.group_type = "Team";
    const auto warnings = warnings_of(R"(permit(principal in Team::"eng", action, resource);)", settings);
    ASSERT_EQ(warnings.size(), 1U) << joined_problems(warnings);
    EXPECT_FALSE(warnings[0].policy);
    EXPECT_NE(warnings[0].message.find("groupEntityType is Team"), std::string::npos) << warnings[0].message;
}

TEST(policy_warnings, have_a_bound) {
    std::string names;
    for (int index = 0; index < 500; ++index)
        names.append(" || context.x" + std::to_string(index));
    EXPECT_LE(warnings_of("permit(principal, action, resource) when { false" + names + " };").size(), 100U);
}

TEST(policy_warnings, are_of_schemas_too) {
    const auto warnings = compiled({"permit(principal, action, resource);"})->check_against("entity ;");
    ASSERT_EQ(warnings.size(), 1U);
    EXPECT_FALSE(warnings[0].policy);
    EXPECT_NE(warnings[0].message.find("schema"), std::string::npos);
}

} // namespace
} // namespace auth
