// Policies on arguments, hints and configured entities, and whom they let in.
#include "decision_row.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace auth {
namespace {

using row = decision_row;

class argument_decisions : public testing::TestWithParam<row> {};

TEST_P(argument_decisions, are_those_of_the_policies) {
    check(GetParam());
}

INSTANTIATE_TEST_SUITE_P(
    arguments_and_hints, argument_decisions,
    testing::Values(
        row{"argument",
            {permit(any_call, R"(context.arg_city == "Berlin")")},
            "{}",
            {call, "t", "", R"({"city":"Berlin"})"},
            true},
        row{"argument_on_resource",
            {permit(any_call, R"(resource.arg_city == "Berlin")")},
            "{}",
            {call, "t", "", R"({"city":"Rome"})"},
            false},
        row{"argument_is_missing",
            {permit(any_call, R"(context.arg_city == "Berlin")")},
            "{}",
            {call, "t"},
            false,
            true},
        row{"argument_too_large",
            {anything,
             R"(forbid(principal, action, resource) when { context has arg_n && context.arg_n > 100 };)"},
            "{}",
            {call, "t", "", R"({"n":101})"},
            false},
        row{"spelled_with_a_point",
            {anything,
             R"(forbid(principal, action, resource) when { context has arg_n && context.arg_n > 100 };)"},
            "{}",
            {call, "t", "", R"({"n":1.01e2})"},
            false},
        row{"decimal_where_a_long_is_meant",
            {anything,
             R"(forbid(principal, action, resource) when { context has arg_n && context.arg_n > 100 };)"},
            "{}",
            {call, "t", "", R"({"n":1.5})"},
            false,
            true},
        row{"array_is_only_there",
            {permit(any_call, "context.arg_ids_present && !(context has arg_ids)")},
            "{}",
            {call, "t", "", R"({"ids":[1]})"},
            true},
        row{"read_only",
            {permit(any_call, "resource has readOnlyHint && resource.readOnlyHint")},
            "{}",
            {call, "t", R"({"readOnlyHint":true})"},
            true},
        row{"not_read_only",
            {permit(any_call, "resource has readOnlyHint && resource.readOnlyHint")},
            "{}",
            {call, "t", R"({"readOnlyHint":false})"},
            false},
        row{"no_hints",
            {permit(any_call, "resource has readOnlyHint && resource.readOnlyHint")},
            "{}",
            {call, "t"},
            false},
        row{"an_argument_is_no_hint",
            {permit(any_call, "resource has readOnlyHint && resource.readOnlyHint")},
            "{}",
            {call, "t", "", R"({"readOnlyHint":true})"},
            false},
        row{"whole_context",
            {permit(any_call, R"(context == {"arg_a": 1, "claim_b": 2})")},
            R"({"b":2})",
            {call, "t", "", R"({"a":1})"},
            true}),
    [](const auto& info) { return std::string(info.param.name); });

// What a request says of an entity counts, and nothing of what the configuration says of the same one.
INSTANTIATE_TEST_SUITE_P(
    laid_over, argument_decisions,
    testing::Values(row{"attributes_of_the_configuration_are_gone",
                        {permit("principal, action, resource", "resource has owner")},
                        "{}",
                        {call, "deploy"},
                        false,
                        false,
                        company},
                    row{"those_of_the_request_are_there",
                        {permit("principal, action, resource", R"(resource.name == "deploy")")},
                        "{}",
                        {call, "deploy"},
                        true,
                        false,
                        company},
                    row{"also_by_its_literal",
                        {permit("principal, action, resource", R"(Tool::"deploy" has owner)")},
                        "{}",
                        {call, "deploy"},
                        false,
                        false,
                        company},
                    row{"but_not_for_another_tool",
                        {permit("principal, action, resource",
                                R"(Tool::"deploy" has owner && Tool::"deploy".owner == "alice")")},
                        "{}",
                        {call, "t"},
                        true,
                        false,
                        company},
                    row{"parents_are_gone",
                        {permit(R"(principal, action, resource in Zone::"outside")")},
                        "{}",
                        {call, "deploy"},
                        false,
                        false,
                        company},
                    row{"parents_by_literal",
                        {permit("principal, action, resource", R"(Tool::"deploy" in Zone::"outside")")},
                        "{}",
                        {call, "t"},
                        true,
                        false,
                        company},
                    row{"parents_by_literal_of_itself",
                        {permit("principal, action, resource", R"(Tool::"deploy" in Zone::"outside")")},
                        "{}",
                        {call, "deploy"},
                        false,
                        false,
                        company}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(decisions_of_toolhive, numbers_are_decimals) {
    cedar_settings settings{.server_name = "hub"};
    settings.numbers = number_mapping::toolhive;
    const cedar_target target{.name = "t", .arguments = R"({"n":6})"};
    const auto longs = compiled({permit(any_call, "context.arg_n > 5")});
    EXPECT_TRUE(decision(*longs, "{}", target).allowed);
    EXPECT_FALSE(decision(*longs, "{}", target, settings).allowed);
    const auto decimals = compiled({permit(any_call, R"(context.arg_n.greaterThan(decimal("5.0")))")});
    EXPECT_FALSE(decision(*decimals, "{}", target).allowed);
    EXPECT_TRUE(decision(*decimals, "{}", target, settings).allowed);
}

TEST(decisions_of_scopes, are_exact_with_sets) {
    cedar_settings settings{.server_name = "hub"};
    settings.multi_valued_claims = {"scp"};
    const auto policies = compiled({permit(any_call, R"(principal.claimset_scp.contains("Mail.Read"))")});
    for (const auto& [claims, allowed] : {std::pair{R"({"scp":["Mail.Read","x"]})", true},
                                          {R"({"scp":"x Mail.Read"})", true},
                                          {R"({"scp":"Mail.ReadWrite"})", false}})
        EXPECT_EQ(decision(*policies, claims, {.name = "t"}, settings).allowed, allowed) << claims;
}

TEST(decisions_of_groups, have_the_configured_type) {
    cedar_settings settings{.server_name = "hub"};
    settings.group_type = "Team";
    const auto policies = compiled({permit(R"(principal in Team::"eng", action, resource)")}, "", settings);
    EXPECT_TRUE(decision(*policies, R"({"groups":["eng"]})", {.name = "t"}, settings).allowed);
    EXPECT_FALSE(decision(*policies, R"({"groups":["eng"]})", {.name = "t"}).allowed);
}

} // namespace
} // namespace auth
