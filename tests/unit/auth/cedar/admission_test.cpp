// Policies through the seam that the gateway asks: the entity model, what is kept, and what a reload changes.
#include "admission_fixture.hpp"

#include <gmock/gmock.h>

namespace auth {
namespace {

using vmcp::thing_kind;
using vmcp::use;
using verdicts = std::vector<bool>;

const std::string anything = "permit(principal, action, resource);";

struct model_row {
    const char* name;
    const char* policy;
    const char* claims;
    use how;
    vmcp::thing what;
    bool allowed;
};

class entity_model : public testing::TestWithParam<model_row> {};

// One by one, again from what was kept, and, where there are no arguments, in a list: always the same answer.
TEST_P(entity_model, holds_through_the_seam) {
    const auto& row = GetParam();
    cedar_admission policy(rules_of(with_policies({row.policy})));
    asked ask(policy);
    const auto who = caller_of("alice", row.claims);
    EXPECT_FALSE(policy.allows_all(who));
    EXPECT_EQ(ask.decide(who, row.how, row.what), row.allowed);
    EXPECT_EQ(ask.decide(who, row.how, row.what), row.allowed);
    if (row.what.arguments.empty()) {
        EXPECT_EQ(ask.list(who, {row.what}, row.how), verdicts{row.allowed});
        EXPECT_EQ(ask.list(who, {row.what}, row.how), verdicts{row.allowed});
    }
}

INSTANTIATE_TEST_SUITE_P(
    of_toolhive, entity_model,
    testing::Values(
        model_row{
            "tool",
            R"(permit(principal == Client::"alice", action == Action::"call_tool", resource == Tool::"t");)",
            "{}", use::call, tool_of("t"), true},
        model_row{"other_tool", R"(permit(principal, action == Action::"call_tool", resource == Tool::"t");)",
                  "{}", use::call, tool_of("T"), false},
        model_row{"no_policy_for_it", R"(permit(principal, action == Action::"get_prompt", resource);)", "{}",
                  use::call, tool_of("t"), false},
        model_row{"prompt", R"(permit(principal, action == Action::"get_prompt", resource == Prompt::"p");)",
                  "{}", use::get, thing_of(thing_kind::prompt, "p"), true},
        model_row{"completion_of_a_prompt",
                  R"(permit(principal, action == Action::"get_prompt", resource == Prompt::"p");)", "{}",
                  use::complete, thing_of(thing_kind::prompt, "p"), true},
        model_row{"resource",
                  R"(permit(principal, action == Action::"read_resource", resource == Resource::"a:b");)",
                  "{}", use::read, thing_of(thing_kind::resource, "a:b"), true},
        model_row{"subscription",
                  R"(permit(principal, action == Action::"read_resource", resource == Resource::"a:b");)",
                  "{}", use::subscribe, thing_of(thing_kind::resource, "a:b"), true},
        model_row{"template",
                  R"(permit(principal, action == Action::"read_resource", resource == Resource::"a:{x}");)",
                  "{}", use::read, thing_of(thing_kind::resource_template, "a:{x}"), true},
        model_row{"completion_of_a_template",
                  R"(permit(principal, action == Action::"read_resource", resource == Resource::"a:{x}");)",
                  "{}", use::complete, thing_of(thing_kind::resource_template, "a:{x}"), true},
        model_row{"a_tool_cannot_be_read", "permit(principal, action, resource);", "{}", use::read,
                  tool_of("t"), false},
        model_row{"a_resource_cannot_be_called", "permit(principal, action, resource);", "{}", use::call,
                  thing_of(thing_kind::resource, "a:b"), false},
        model_row{"server", R"(permit(principal, action, resource in MCP::"hub");)", "{}", use::call,
                  tool_of("t"), true},
        model_row{"other_server", R"(permit(principal, action, resource in MCP::"x");)", "{}", use::call,
                  tool_of("t"), false},
        model_row{"group", R"(permit(principal in THVGroup::"dev", action, resource);)",
                  R"({"groups":["dev","x"]})", use::call, tool_of("t"), true},
        model_row{"not_in_the_group", R"(permit(principal in THVGroup::"dev", action, resource);)",
                  R"({"groups":["x"]})", use::call, tool_of("t"), false},
        model_row{"claim_of_the_principal",
                  R"(permit(principal, action, resource) when { principal.claim_role == "a" };)",
                  R"({"role":"a"})", use::call, tool_of("t"), true},
        model_row{"claim_in_the_context",
                  R"(permit(principal, action, resource) when { context.claim_n > 2 };)", R"({"n":3})",
                  use::call, tool_of("t"), true},
        model_row{"missing_claim_denies",
                  R"(permit(principal, action, resource) when { context.claim_n > 2 };)", "{}", use::call,
                  tool_of("t"), false},
        model_row{"hint", R"(permit(principal, action, resource) when { resource.readOnlyHint };)", "{}",
                  use::call, tool_of("t", R"({"readOnlyHint":true})"), true},
        model_row{"other_hint", R"(permit(principal, action, resource) when { resource.readOnlyHint };)",
                  "{}", use::call, tool_of("t", R"({"readOnlyHint":false})"), false},
        model_row{"missing_hint_denies",
                  R"(permit(principal, action, resource) when { resource.readOnlyHint };)", "{}", use::call,
                  tool_of("t"), false},
        model_row{"argument", R"(permit(principal, action, resource) when { context.arg_city == "Bern" };)",
                  "{}", use::call, tool_of("t", "", R"({"city":"Bern"})"), true},
        model_row{"argument_of_the_resource",
                  R"(permit(principal, action, resource) when { resource.arg_n < 5 };)", "{}", use::call,
                  tool_of("t", "", R"({"n":4})"), true},
        model_row{"other_argument",
                  R"(permit(principal, action, resource) when { context.arg_city == "Bern" };)", "{}",
                  use::call, tool_of("t", "", R"({"city":"Basel"})"), false},
        model_row{"array_is_present",
                  R"(permit(principal, action, resource) when { context.arg_l_present };)", "{}", use::call,
                  tool_of("t", "", R"({"l":[1]})"), true},
        model_row{"a_list_has_no_arguments",
                  R"(permit(principal, action, resource) when { context.arg_city == "Bern" };)", "{}",
                  use::call, tool_of("t"), false},
        model_row{"unseen_arguments_must_be_an_object", "permit(principal, action, resource);", "{}",
                  use::call, tool_of("t", "", "[1]"), false},
        model_row{"claims_must_be_an_object", "permit(principal, action, resource);", "[]", use::call,
                  tool_of("t"), false}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(cedar_admission, without_rules_everybody_may_do_everything) {
    cedar_admission policy;
    asked ask(policy);
    const auto who = caller_of("alice");
    EXPECT_TRUE(policy.allows_all(who));
    EXPECT_EQ(policy.policy_class(who), "");
    EXPECT_TRUE(ask.call(who, tool_of("t")));
    EXPECT_EQ(ask.list(who, {tool_of("t"), tool_of("u")}), (verdicts{true, true}));
    EXPECT_EQ(policy.figures().allowed, 0u);
}

TEST(cedar_admission, classes_are_as_large_as_policies_can_see) {
    const auto role =
        R"(permit(principal, action, resource) when { context has claim_role && context.claim_role == "a" };)";
    cedar_admission by_role(rules_of(with_policies({role})));
    const auto class_of = [](cedar_admission& policy, std::string subject, std::string claims) {
        return policy.policy_class(caller_of(std::move(subject), std::move(claims)));
    };
    const auto a = class_of(by_role, "alice", R"({"role":"a","jti":"1"})");
    EXPECT_NE(a, "");
    EXPECT_EQ(a, class_of(by_role, "bob", R"({"role":"a","jti":"2"})"));
    EXPECT_NE(a, class_of(by_role, "alice", R"({"role":"b"})"));
    EXPECT_NE(a, class_of(by_role, "alice", R"({"role":"a","groups":["g"]})")) << "groups are always seen";

    cedar_admission by_name(
        rules_of(with_policies({R"(permit(principal == Client::"bob", action, resource);)"})));
    EXPECT_NE(class_of(by_name, "alice", "{}"), class_of(by_name, "bob", "{}"));
    cedar_admission by_entity(rules_of(with_policies(
        {R"(permit(principal, action, resource) when { principal == MCP::"hub".owner };)"},
        R"([{"uid":{"type":"MCP","id":"hub"},"attrs":{"owner":{"__entity":{"type":"\u0043lient","id":"bob"}}},"parents":[]}])")));
    EXPECT_NE(class_of(by_entity, "alice", "{}"), class_of(by_entity, "bob", "{}"));
}

TEST(cedar_admission, callers_of_one_class_get_the_same_lists) {
    cedar_admission policy(rules_of(with_policies(
        {R"(permit(principal, action, resource == Tool::"t") when { context.claim_role == "a" };)"})));
    asked ask(policy);
    const std::vector<vmcp::thing> tools{tool_of("s"), tool_of("t"), tool_of("u")};
    EXPECT_EQ(ask.list(caller_of("alice", R"({"role":"a"})"), tools), (verdicts{false, true, false}));
    EXPECT_EQ(ask.list(caller_of("bob", R"({"role":"a"})"), tools), (verdicts{false, true, false}));
    EXPECT_EQ(ask.list(caller_of("eve", R"({"role":"b"})"), tools), (verdicts{false, false, false}));
    EXPECT_EQ(ask.list(caller_of("alice", R"({"role":"a"})"), {tool_of("t"), tool_of("s")}),
              (verdicts{true, false}))
        << "another list is not the one that was kept";
    EXPECT_EQ(ask.list(caller_of("alice", R"({"role":"a"})"), {}), verdicts{});
}

TEST(cedar_admission, new_policies_hold_at_once_and_old_classes_do_not_come_back) {
    const auto old_rules = rules_of(with_policies({anything}));
    cedar_admission policy(old_rules);
    asked ask(policy);
    const auto who = caller_of("alice");
    EXPECT_TRUE(ask.call(who, tool_of("t")));
    EXPECT_EQ(ask.list(who, {tool_of("t")}), verdicts{true});
    const auto before = policy.policy_class(who);

    policy.use(rules_of(with_policies({R"(permit(principal, action, resource == Tool::"u");)"})));
    EXPECT_FALSE(ask.call(who, tool_of("t")));
    EXPECT_TRUE(ask.call(who, tool_of("u")));
    EXPECT_EQ(ask.list(who, {tool_of("t")}), verdicts{false});
    EXPECT_NE(policy.policy_class(who), before);

    policy.use(rules_of(with_policies({anything})));
    EXPECT_TRUE(ask.call(who, tool_of("t")));
    EXPECT_NE(policy.policy_class(who), before) << "what was kept for the first ones may be out of date";

    policy.use(nullptr);
    EXPECT_TRUE(policy.allows_all(who));
    EXPECT_EQ(policy.policy_class(who), "");
}

// Whoever may not see a tool must not find out that it is there.
TEST(cedar_admission, a_hidden_tool_answers_like_an_absent_one) {
    const vmcp::thing absent{.kind = thing_kind::tool, .name = "t"};
    cedar_admission by_hint(
        rules_of(with_policies({anything, "forbid(principal, action, resource) when { resource has "
                                          "destructiveHint && resource.destructiveHint };"})));
    asked hint(by_hint);
    EXPECT_FALSE(hint.call(caller_of("a"), tool_of("t", R"({"destructiveHint":true})")));
    EXPECT_FALSE(hint.call(caller_of("a"), absent));

    cedar_admission by_name(
        rules_of(with_policies({anything, R"(forbid(principal, action, resource == Tool::"t");)"})));
    asked name(by_name);
    EXPECT_FALSE(name.call(caller_of("a"), tool_of("t")));
    EXPECT_FALSE(name.call(caller_of("a"), absent));
    EXPECT_TRUE(name.call(caller_of("a"), vmcp::thing{.kind = thing_kind::tool, .name = "u"}))
        << "who may use it if it were there is told that it is not";
}

TEST(cedar_admission, decisions_are_counted_once_and_failures_apart) {
    cedar_admission policy(rules_of(
        with_policies({R"(permit(principal, action, resource) when { context.claim_level > 1 };)"})));
    asked ask(policy);
    EXPECT_TRUE(ask.call(caller_of("a", R"({"level":2})"), tool_of("t")));
    EXPECT_TRUE(ask.call(caller_of("a", R"({"level":2})"), tool_of("t")));
    EXPECT_FALSE(ask.call(caller_of("a", R"({"level":1})"), tool_of("t")));
    EXPECT_FALSE(ask.call(caller_of("a", R"({"level":"high"})"), tool_of("t")));
    EXPECT_FALSE(ask.call(caller_of("a", R"({"level":"high"})"), tool_of("t")));
    (void)ask.list(caller_of("a", R"({"level":"high"})"), {tool_of("t"), tool_of("u")});
    const auto figures = policy.figures();
    EXPECT_EQ(figures.allowed, 2u);
    EXPECT_EQ(figures.denied, 1u);
    EXPECT_EQ(figures.failed, 2u);
    EXPECT_EQ(figures.list_failures, 2u);
}

TEST(cedar_admission, decides_also_when_nothing_can_be_kept) {
    cedar_admission policy(rules_of(with_policies({R"(permit(principal, action, resource == Tool::"t");)"})),
                           {.callers = 0, .decisions = 0, .lists = 0});
    asked ask(policy);
    for (int round = 0; round < 3; ++round) {
        EXPECT_TRUE(ask.call(caller_of("a"), tool_of("t")));
        EXPECT_EQ(ask.list(caller_of("a"), {tool_of("t"), tool_of("u")}), (verdicts{true, false}));
    }
}

TEST(cedar_rules, tell_where_a_policy_is_wrong) {
    const auto made = make_rules(with_policies({anything, "permit(principal,\n  action resource);"}));
    EXPECT_EQ(made.value, nullptr);
    const auto remarks = check_policies(with_policies({anything, "permit(principal,\n  action resource);"}));
    ASSERT_EQ(remarks.size(), 1u);
    EXPECT_EQ(remarks[0].policy, 1u);
    EXPECT_FALSE(remarks[0].warning);
    EXPECT_THAT(remarks[0].message, testing::StartsWith("line 2, column 10 of the policy: "));
}

TEST(cedar_rules, warn_of_what_is_hardly_meant) {
    const auto remarks =
        check_policies(with_policies({R"(permit(principal, action == Action::"cal_tool", resource);)"}));
    ASSERT_FALSE(remarks.empty());
    EXPECT_TRUE(remarks[0].warning);
    EXPECT_EQ(make_rules(vmcp::config{}).value, nullptr);
    EXPECT_TRUE(check_policies(vmcp::config{}).empty());
}

} // namespace
} // namespace auth
