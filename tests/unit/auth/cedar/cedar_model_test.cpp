// What a client wants becomes action, resource and context, as the table in cedar_model.hpp says.
#include "auth/cedar/cedar_model.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace auth {
namespace {

using fields = std::vector<cedar_field>;

cedar_value text(std::string value) {
    return {std::move(value)};
}

cedar_settings settings() {
    return {.server_name = "hub"};
}

cedar_caller nobody(std::uint64_t made_for = 0) {
    return {.principal{.uid{"Client", "alice"}}, .made_for = made_for};
}

cedar_request request_of(const cedar_target& target, const cedar_view& view = {}) {
    const auto request = make_request(settings(), nobody(view.version()), target, view);
    EXPECT_TRUE(request) << (request ? "" : request.error().message());
    return request ? *request : cedar_request{};
}

struct operation_row {
    const char* name;
    cedar_operation operation;
    cedar_uid action;
    cedar_uid resource;
    fields attributes;
};

class operations : public testing::TestWithParam<operation_row> {};

TEST_P(operations, have_their_action_and_resource) {
    const auto& row = GetParam();
    const auto request =
        request_of({.operation = row.operation, .name = "a/b::\"c\"", .arguments = "{\"x\":1}"});
    EXPECT_EQ(request.principal.uid, (cedar_uid{"Client", "alice"}));
    EXPECT_EQ(request.action.uid, row.action);
    EXPECT_EQ(request.action.attributes, (fields{{"operation", text(row.action.id)}}));
    EXPECT_TRUE(request.action.parents.empty());
    EXPECT_EQ(request.resource.uid, row.resource);
    EXPECT_EQ(request.resource.attributes, row.attributes);
    EXPECT_EQ(request.resource.parents, (std::vector<cedar_uid>{{"MCP", "hub"}}));
    const bool takes_arguments = row.operation <= cedar_operation::get_prompt;
    EXPECT_EQ(request.context, (takes_arguments ? fields{{"arg_x", {std::int64_t{1}}}} : fields{}));
}

const std::string name = "a/b::\"c\"";

INSTANTIATE_TEST_SUITE_P(all, operations,
                         testing::Values(operation_row{"call_tool",
                                                       cedar_operation::call_tool,
                                                       {"Action", "call_tool"},
                                                       {"Tool", name},
                                                       {{"name", text(name)},
                                                        {"operation", text("call")},
                                                        {"feature", text("tool")},
                                                        {"arg_x", {std::int64_t{1}}}}},
                                         operation_row{"get_prompt",
                                                       cedar_operation::get_prompt,
                                                       {"Action", "get_prompt"},
                                                       {"Prompt", name},
                                                       {{"name", text(name)},
                                                        {"operation", text("get")},
                                                        {"feature", text("prompt")},
                                                        {"arg_x", {std::int64_t{1}}}}},
                                         operation_row{"read_resource",
                                                       cedar_operation::read_resource,
                                                       {"Action", "read_resource"},
                                                       {"Resource", name},
                                                       {{"name", text(name)},
                                                        {"uri", text(name)},
                                                        {"operation", text("read")},
                                                        {"feature", text("resource")}}},
                                         operation_row{"list_tools",
                                                       cedar_operation::list_tools,
                                                       {"Action", "list_tools"},
                                                       {"FeatureType", "tool"},
                                                       {{"name", text("tool")},
                                                        {"type", text("tool")},
                                                        {"operation", text("list")},
                                                        {"feature", text("tool")}}},
                                         operation_row{"list_prompts",
                                                       cedar_operation::list_prompts,
                                                       {"Action", "list_prompts"},
                                                       {"FeatureType", "prompt"},
                                                       {{"name", text("prompt")},
                                                        {"type", text("prompt")},
                                                        {"operation", text("list")},
                                                        {"feature", text("prompt")}}},
                                         operation_row{"list_resources",
                                                       cedar_operation::list_resources,
                                                       {"Action", "list_resources"},
                                                       {"FeatureType", "resource"},
                                                       {{"name", text("resource")},
                                                        {"type", text("resource")},
                                                        {"operation", text("list")},
                                                        {"feature", text("resource")}}}),
                         [](const auto& info) { return std::string(info.param.name); });

struct argument_row {
    const char* name;
    const char* arguments;
    fields made;
};

class arguments : public testing::TestWithParam<argument_row> {};

TEST_P(arguments, are_scalars_or_only_there) {
    const auto request = request_of({.name = "t", .arguments = GetParam().arguments});
    EXPECT_EQ(request.context, GetParam().made);
    auto attributes = request.resource.attributes;
    attributes.erase(attributes.begin(), attributes.begin() + 3);
    EXPECT_EQ(attributes, GetParam().made);
}

INSTANTIATE_TEST_SUITE_P(
    values, arguments,
    testing::Values(
        argument_row{"none", "", {}}, argument_row{"null", "null", {}}, argument_row{"empty", "{}", {}},
        argument_row{"text", R"({"a":"x\u00e4\n"})", {{"arg_a", text("xä\n")}}},
        argument_row{"flag", R"({"a":false})", {{"arg_a", {false}}}},
        argument_row{"integer", R"({"a":9007199254740993})", {{"arg_a", {std::int64_t{9007199254740993}}}}},
        argument_row{"decimal", R"({"a":1.25})", {{"arg_a", {cedar_decimal{12'500}}}}},
        argument_row{"array", R"({"a":[1,2]})", {{"arg_a_present", {true}}}},
        argument_row{"object", R"({"a":{"b":1}})", {{"arg_a_present", {true}}}},
        argument_row{"null_value", R"({"a":null})", {{"arg_a_present", {true}}}},
        argument_row{
            "names",
            R"({"":1,"a b":2,"\u0061":3})",
            {{"arg_", {std::int64_t{1}}}, {"arg_a b", {std::int64_t{2}}}, {"arg_a", {std::int64_t{3}}}}},
        argument_row{"name_without_utf8", R"({"\ud800":1,"b":2})", {{"arg_b", {std::int64_t{2}}}}}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(cedar_model, context_is_claims_and_arguments) {
    auto caller = nobody();
    caller.context = {{"claim_sub", text("alice")}};
    const auto request =
        make_request(settings(), caller, {.name = "t", .arguments = R"({"a":1})"}, cedar_view{});
    ASSERT_TRUE(request);
    EXPECT_EQ(request->context, (fields{{"claim_sub", text("alice")}, {"arg_a", {std::int64_t{1}}}}));
}

TEST(cedar_model, hints_are_attributes_of_tools) {
    const cedar_target target{.name = "t",
                              .annotations = R"({"title":"T","readOnlyHint":true,"destructiveHint":false,
                                                 "idempotentHint":"yes","openWorldHint":null,"name":"forged"})"};
    const fields expected{{"name", text("t")},
                          {"operation", text("call")},
                          {"feature", text("tool")},
                          {"readOnlyHint", {true}},
                          {"destructiveHint", {false}}};
    EXPECT_EQ(request_of(target).resource.attributes, expected);
    auto prompt = target;
    prompt.operation = cedar_operation::get_prompt;
    EXPECT_EQ(request_of(prompt).resource.attributes.size(), 3U);
}

TEST(cedar_model, makes_only_what_policies_see) {
    const cedar_target target{.name = "t",
                              .annotations = R"({"readOnlyHint":true,"openWorldHint":true})",
                              .arguments = R"({"a":1,"b":2,"c":[],"d":[]})"};
    const auto request =
        request_of(target, cedar_view({"feature", "openWorldHint", "arg_b", "arg_d_present", "arg_c"}, 7));
    const fields seen{{"arg_b", {std::int64_t{2}}}, {"arg_d_present", {true}}};
    EXPECT_EQ(request.context, seen);
    EXPECT_EQ(request.resource.attributes,
              (fields{{"feature", text("tool")}, {"openWorldHint", {true}}, seen[0], seen[1]}));
    EXPECT_TRUE(request.action.attributes.empty());
}

// Left out, these would look absent to a policy, and a guarded rule about them would not hold.
TEST(cedar_model, an_argument_that_cannot_be_told_denies_if_policies_look_at_it) {
    for (const auto* arguments :
         {R"({"n":1,"n":2})", R"({"n":1,"\u006e":2})", R"({"n":99999999999999999999})", R"({"n":"\udc00"})",
          R"({"n":1e400})", R"({"n_present":false,"n":[]})"}) {
        const cedar_target target{.name = "t", .arguments = arguments};
        const auto request =
            make_request(settings(), nobody(7), target, cedar_view({"arg_n", "arg_n_present"}, 7));
        ASSERT_FALSE(request) << arguments;
        EXPECT_EQ(request.error().code, vmcp::errc::forbidden) << arguments;
        EXPECT_NE(request.error().detail.find("'n"), std::string::npos) << request.error().detail;
        EXPECT_FALSE(make_resource(settings(), target, cedar_view({"arg_n", "arg_n_present"}, 7)));
        EXPECT_TRUE(make_request(settings(), nobody(7), target, cedar_view({"arg_other"}, 7))) << arguments;
    }
}

TEST(cedar_model, arguments_that_are_no_object_are_invalid) {
    for (const auto* arguments : {"[]", "1", "{", R"({"a":1} 2)"}) {
        const auto request =
            make_request(settings(), nobody(), {.name = "t", .arguments = arguments}, cedar_view{});
        ASSERT_FALSE(request) << arguments;
        EXPECT_EQ(request.error().code, vmcp::errc::invalid_params) << arguments;
    }
}

TEST(cedar_model, a_resource_is_the_one_of_the_whole_request) {
    for (const auto& row : {cedar_target{.operation = cedar_operation::call_tool,
                                         .name = "t",
                                         .annotations = R"({"readOnlyHint":true})",
                                         .arguments = R"({"a":1})"},
                            cedar_target{.operation = cedar_operation::read_resource, .name = "file:///x"}}) {
        const auto resource = make_resource(settings(), row, cedar_view{});
        ASSERT_TRUE(resource);
        EXPECT_EQ(resource->uid, request_of(row).resource.uid);
        EXPECT_EQ(resource->attributes, request_of(row).resource.attributes);
        EXPECT_EQ(resource->parents, request_of(row).resource.parents);
    }
}

TEST(cedar_model, settings_need_a_server_name_and_a_plain_group_type) {
    EXPECT_TRUE(check_cedar_settings(settings()));
    EXPECT_EQ(check_cedar_settings({}).error().code, vmcp::errc::config);
    auto nested = settings();
    nested.group_type = "Platform::Group";
    const auto checked = check_cedar_settings(nested);
    ASSERT_FALSE(checked);
    EXPECT_NE(checked.error().detail.find("Platform::Group"), std::string::npos);
}

TEST(cedar_model, types_are_each_there_once) {
    EXPECT_EQ(cedar_types(settings()),
              (std::vector<std::string>{"Client", "Action", "MCP", "THVGroup", "Tool", "Prompt", "Resource",
                                        "FeatureType"}));
}

} // namespace
} // namespace auth
