// The engine behind its interfaces: whatever goes wrong denies, and says why.
#include "policy_fixture.hpp"

#include "auth/cedar/vmcp_cedar.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace auth {
namespace {

const std::string anything = "permit(principal, action, resource);";

cedar_request simple_request() {
    return {.principal{.uid{"Client", "alice"}},
            .action{.uid{"Action", "call_tool"}},
            .resource{.uid{"Tool", "t"}, .parents{{"MCP", "hub"}}}};
}

TEST(policy_engine, tells_the_place_of_an_error) {
    const auto set =
        compiled({anything, "permit(principal, action, resource)\nwhen { true &&\n  context.arg_n > 5 };"});
    auto request = simple_request();
    request.context = {{"arg_n", {std::string("six")}}};
    const auto made = set->decide(request);
    EXPECT_FALSE(made.allowed);
    EXPECT_EQ(made.reasons, (std::vector<std::uint32_t>{0}));
    ASSERT_EQ(made.errors.size(), 1U);
    EXPECT_EQ(made.errors[0].policy, 1U);
    EXPECT_EQ(made.errors[0].line, 3U);
    EXPECT_EQ(made.errors[0].column, 3U);
    EXPECT_NE(made.errors[0].message.find("expected long"), std::string::npos) << made.errors[0].message;
}

struct condition_row {
    const char* name;
    const char* condition;
};

class erring_conditions : public testing::TestWithParam<condition_row> {};

// Even where another policy permits: what errs may be the one that would have forbidden.
TEST_P(erring_conditions, deny) {
    for (const auto* effect : {"permit", "forbid"}) {
        const auto set = compiled({anything, std::string(effect) + "(principal, action, resource) when { " +
                                                 GetParam().condition + " };"});
        const auto made = set->decide(simple_request());
        EXPECT_FALSE(made.allowed) << effect;
        ASSERT_EQ(made.errors.size(), 1U) << effect;
        EXPECT_EQ(made.errors[0].policy, 1U);
        EXPECT_FALSE(made.errors[0].message.empty());
    }
}

INSTANTIATE_TEST_SUITE_P(
    all, erring_conditions,
    testing::Values(condition_row{"missing_attribute", "resource.owner == 1"},
                    condition_row{"missing_entity", "Zone::\"x\".size > 1"},
                    condition_row{"overflow", "9223372036854775807 + resource.name.x > 1"},
                    condition_row{"overflow_of_literals", "9223372036854775807 + 1 > 1"},
                    condition_row{"wrong_type", "\"a\" < 1"}, condition_row{"not_a_boolean", "1"},
                    condition_row{"not_a_boolean_in_the_middle", "true && \"x\""},
                    condition_row{"bad_decimal", "decimal(\"1.23456\") == decimal(\"1.0\")"},
                    condition_row{"bad_ip", "ip(\"999.0.0.1\").isIpv4()"},
                    condition_row{"bad_time", "datetime(\"yesterday\") < datetime(\"2026-01-01\")"},
                    condition_row{"text_in_entities", "resource in \"x\""}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(policy_engine, denies_requests_it_cannot_read) {
    const auto set = compiled({anything});
    ASSERT_TRUE(set->decide(simple_request()).allowed);
    std::vector<std::pair<std::string, cedar_request>> broken;
    const auto add = [&](std::string name) -> cedar_request& {
        return broken.emplace_back(std::move(name), simple_request()).second;
    };
    add("type of principal").principal.uid.type = "no type";
    add("type of action").action.uid.type = "";
    add("type of resource").resource.uid.type = "a::";
    add("type of parent").resource.parents[0].type = "-";
    add("id is no UTF-8").principal.uid.id = "\xc3";
    add("name is no UTF-8").context = {{"\xff", {true}}};
    add("value is no UTF-8").resource.attributes = {{"a", {std::string("\xed\xa0\x80")}}};
    add("inner name is no UTF-8").context = {{"a", {cedar_record{{{"\xff", {true}}}}}}};
    cedar_value deep{true};
    for (int level = 0; level < 40; ++level)
        deep = cedar_value{cedar_set{{deep}}};
    add("too deep").context = {{"deep", deep}};
    for (const auto& [name, request] : broken) {
        const auto made = set->decide(request);
        EXPECT_FALSE(made.allowed) << name;
        ASSERT_EQ(made.errors.size(), 1U) << name;
        EXPECT_FALSE(made.errors[0].policy) << name;
        EXPECT_FALSE(made.errors[0].message.empty()) << name;
    }
}

TEST(policy_engine, denies_contexts_that_are_none) {
    const auto set = compiled({anything});
    for (const auto* json : {"[]", "{", "1", R"({"a":1.5})", R"({"a":null})", "\xff"}) {
        const auto made = set->decide(simple_request(), json);
        EXPECT_FALSE(made.allowed) << json;
        EXPECT_EQ(made.errors.size(), 1U) << json;
    }
    EXPECT_TRUE(set->decide(simple_request(), R"({"a":{"__extn":{"fn":"ip","arg":"10.0.0.1"}}})").allowed);
}

TEST(policy_engine, json_in_a_context_can_name_entities) {
    const auto set = compiled({R"(permit(principal, action, resource) when { context.zone.safe };)"},
                              R"([{"uid":{"type":"Zone","id":"in"},"attrs":{"safe":true}}])");
    EXPECT_TRUE(set->decide(simple_request(), R"({"zone":{"__entity":{"type":"Zone","id":"in"}}})").allowed);
    EXPECT_FALSE(
        set->decide(simple_request(), R"({"zone":{"__entity":{"type":"Zone","id":"out"}}})").allowed);
}

TEST(policy_engine, later_fields_count) {
    const auto set = compiled({"permit(principal, action, resource) when { context.a == 2 };"});
    auto request = simple_request();
    request.context = {{"a", {std::int64_t{1}}}, {"a", {std::int64_t{2}}}};
    EXPECT_TRUE(set->decide(request).allowed);
}

TEST(policy_engine, undefined_entities_are_those_of_the_configuration) {
    const auto set = compiled({"permit(principal, action, resource) when { resource.owner == \"alice\" };"},
                              R"([{"uid":{"type":"Tool","id":"t"},"attrs":{"owner":"alice"}}])");
    auto request = simple_request();
    EXPECT_FALSE(set->decide(request).allowed);
    request.resource.defined = false;
    EXPECT_TRUE(set->decide(request).allowed);
    request.resource.uid.id = "other";
    EXPECT_FALSE(set->decide(request).allowed);
}

TEST(policy_engine, many_decisions_are_each_that_of_one) {
    const auto set =
        compiled({R"(permit(principal, action, resource) when { resource.name like "a*" };)",
                  R"(forbid(principal, action, resource) when { resource has bad && resource.bad };)"});
    std::vector<cedar_entity> tools;
    for (const auto* name : {"a1", "b", "a2", "a3"})
        tools.push_back({.uid{"Tool", name}, .attributes{{"name", {std::string(name)}}}});
    tools[2].attributes.push_back({"bad", {true}});
    tools[3].attributes.push_back({"bad", {std::string("yes")}});
    tools.push_back({.uid{"no type", "x"}});
    tools.push_back({.uid{"Tool", "a4"}, .attributes{{"name", {std::string("a4")}}}});
    const auto made = set->decide_many(simple_request(), tools);
    EXPECT_EQ(made.allowed, (std::vector<bool>{true, false, false, false, false, true}));
    EXPECT_EQ(made.failure, "");
    ASSERT_EQ(made.errors.size(), 2U);
    EXPECT_EQ(made.errors[0].index, 3U);
    EXPECT_EQ(made.errors[0].problem.policy, 1U);
    EXPECT_EQ(made.errors[1].index, 4U);
}

TEST(policy_engine, many_decisions_keep_few_errors) {
    const auto set = compiled({anything, "permit(principal, action, resource) when { resource.x };"});
    const std::vector<cedar_entity> tools(100, cedar_entity{.uid{"Tool", "t"}});
    const auto made = set->decide_many(simple_request(), tools);
    EXPECT_EQ(made.allowed, std::vector<bool>(100, false));
    EXPECT_EQ(made.errors.size(), 16U);
}

TEST(policy_engine, many_decisions_fail_together_when_the_caller_is_wrong) {
    const auto set = compiled({anything});
    auto request = simple_request();
    request.principal.uid.type = "no type";
    const auto made =
        set->decide_many(request, std::vector<cedar_entity>(3, cedar_entity{.uid{"Tool", "t"}}));
    EXPECT_EQ(made.allowed, std::vector<bool>(3, false));
    EXPECT_NE(made.failure, "");
    EXPECT_TRUE(set->decide_many(request, {}).allowed.empty());
}

// Attributes that the other policies cannot see were left out, and would look absent to these.
TEST(policy_engine, refuses_requests_that_were_made_for_other_policies) {
    const auto before = compiled({anything});
    const auto after =
        compiled({anything, "forbid(principal, action, resource) when { principal has claim_banned };"});
    const cedar_settings settings{.server_name = "hub"};
    const auto caller = make_caller(settings, "alice", R"({"banned":true})", before->view());
    ASSERT_TRUE(caller);
    const auto request = make_request(settings, *caller, {.name = "t"}, before->view());
    ASSERT_TRUE(request);
    EXPECT_TRUE(before->decide(*request).allowed);
    const auto made = after->decide(*request);
    EXPECT_FALSE(made.allowed);
    EXPECT_EQ(made.errors.size(), 1U);
    const auto many = after->decide_many(*request, std::vector<cedar_entity>(2, request->resource));
    EXPECT_EQ(many.allowed, std::vector<bool>(2, false));
    EXPECT_NE(many.failure, "");
    const auto mixed = make_request(settings, *caller, {.name = "t"}, after->view());
    ASSERT_FALSE(mixed);
    EXPECT_EQ(mixed.error().code, vmcp::errc::internal);
}

TEST(policy_engine, tells_no_values) {
    const std::vector<std::string> conditions{"decimal(context.arg_x) == decimal(\"1.0\")",
                                              "ip(context.arg_x).isIpv4()",
                                              "datetime(context.arg_x) == datetime(\"2026-01-01\")",
                                              "context.arg_x > 5",
                                              "context.arg_x.y",
                                              "context.arg_n + 1 > 0",
                                              "-context.arg_m > 0",
                                              "context.arg_n * 4711 > 0",
                                              "principal.claim_missing"};
    for (const auto& condition : conditions) {
        const auto set = compiled({"permit(principal, action, resource) when { " + condition + " };"});
        const auto made =
            decision(*set, R"({"secret":"se4711cret"})",
                     {.name = "t",
                      .arguments = R"({"x":"se4711cret","n":9223372036854775807,"m":-9223372036854775808})"});
        ASSERT_EQ(made.errors.size(), 1U) << condition;
        for (const auto* value : {"4711", "92233720"})
            EXPECT_EQ(made.errors[0].message.find(value), std::string::npos) << made.errors[0].message;
    }
}

// What nobody in C++ does.
TEST(policy_engine, survives_null_pointers) {
    vmcp_cedar_answer answer{};
    vmcp_cedar_decide(nullptr, nullptr, &answer);
    EXPECT_EQ(answer.allowed, 0);
    EXPECT_EQ(answer.problem_count, 1U);
    vmcp_cedar_release(&answer);
    EXPECT_EQ(answer.problem_count, 0U);
    vmcp_cedar_release(&answer);
    vmcp_cedar_release(nullptr);
    vmcp_cedar_destroy(nullptr);
    const vmcp_cedar_text policy{anything.data(), anything.size()};
    auto* const engine = vmcp_cedar_compile(&policy, 1, {nullptr, 0}, nullptr, 0, &answer);
    ASSERT_NE(engine, nullptr);
    vmcp_cedar_release(&answer);
    const vmcp_cedar_request empty{};
    vmcp_cedar_decide(engine, &empty, &answer);
    EXPECT_EQ(answer.problem_count, 1U);
    vmcp_cedar_release(&answer);
    uint8_t verdict = 1;
    vmcp_cedar_decide_many(engine, &empty, nullptr, 1, &verdict, &answer);
    EXPECT_EQ(verdict, 0);
    vmcp_cedar_release(&answer);
    vmcp_cedar_decide_many(engine, &empty, nullptr, 1, nullptr, &answer);
    EXPECT_EQ(answer.allowed, 0);
    vmcp_cedar_release(&answer);
    EXPECT_EQ(vmcp_cedar_name(engine, 7, 0).data, nullptr);
    vmcp_cedar_destroy(engine);
}

TEST(policy_engine, a_panic_denies_and_is_told) {
    testing::internal::CaptureStderr();
    vmcp_cedar_answer answer{};
    vmcp_cedar_panic(&answer);
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
    EXPECT_EQ(answer.allowed, 0);
    ASSERT_EQ(answer.problem_count, 1U);
    const auto& message = answer.problems[0].message;
    const std::string words(message.data, message.size);
    EXPECT_NE(words.find("lib.rs"), std::string::npos) << words;
    EXPECT_NE(words.find("asked to"), std::string::npos) << words;
    vmcp_cedar_release(&answer);
    EXPECT_TRUE(compiled({anything})->decide(simple_request()).allowed);
}

} // namespace
} // namespace auth
