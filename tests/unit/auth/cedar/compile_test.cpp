// What is wrong with policies and entities is said with its place, and all of it at once.
#include "policy_fixture.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace auth {
namespace {

const std::string anything = "permit(principal, action, resource);";

std::vector<policy_problem> problems_of(policy_source source) {
    const auto out = compile_policies(source);
    EXPECT_EQ(out.value == nullptr, !out.problems.empty());
    for (const auto& problem : out.problems)
        EXPECT_FALSE(problem.message.empty());
    return out.problems;
}

struct place_row {
    const char* name;
    std::string policy;
    std::uint32_t line;
    std::uint32_t column;
    const char* words;
};

class compile_places : public testing::TestWithParam<place_row> {};

TEST_P(compile_places, are_told) {
    const auto& row = GetParam();
    const auto problems = problems_of({.policies = {anything, row.policy}});
    ASSERT_FALSE(problems.empty());
    EXPECT_EQ(problems[0].policy, 1U);
    EXPECT_EQ(problems[0].line, row.line) << format_problem(problems[0]);
    EXPECT_EQ(problems[0].column, row.column) << format_problem(problems[0]);
    EXPECT_NE(problems[0].message.find(row.words), std::string::npos) << format_problem(problems[0]);
}

INSTANTIATE_TEST_SUITE_P(
    policies, compile_places,
    testing::Values(
        place_row{"word", "permit(principal, action, resource)\nwhen { what };", 2, 8, "what"},
        place_row{"operator_", "permit(principal, action, resource) when {\n  1 +\n};", 3, 1,
                  "unexpected token"},
        place_row{"no_end", "permit(principal, action, resource)", 1, 36, "unexpected end"},
        place_row{"columns_are_characters",
                  "// häßlich\npermit(principal, action, resource) when { \"ää\" ++ 1 };", 2, 50,
                  "unexpected token"},
        place_row{"function", "permit(principal, action, resource)\n\nwhen { frobnicate(1) };", 3, 8,
                  "frobnicate"},
        place_row{"open_text", "permit(principal, action, resource == Tool::\"x);", 1, 45, "invalid token"},
        place_row{"two", "permit(principal, action, resource);\n  forbid(principal, action, resource);", 2, 3,
                  "2 policies"},
        place_row{"three", anything + anything + anything, 1, 37, "3 policies"},
        place_row{"nothing", "", 0, 0, "no policy"},
        place_row{"only_a_comment", "// later\n", 0, 0, "no policy"},
        place_row{"template_", "permit(principal == ?principal, action, resource);", 1, 21, "template"},
        place_row{"no_utf8", "permit(\xff, action, resource);", 0, 0, "UTF-8"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(compile, tells_everything_that_is_wrong) {
    const auto problems = problems_of(
        {.policies = {"permit(;", anything, "forbid;"}, .entities_json = "{", .types = {"no type"}});
    std::vector<std::optional<std::uint32_t>> places;
    for (const auto& problem : problems)
        places.push_back(problem.policy);
    EXPECT_EQ(places, (std::vector<std::optional<std::uint32_t>>{std::nullopt, 0U, 2U, std::nullopt}))
        << joined_problems(problems);
}

TEST(compile, has_a_bound_on_what_it_tells_of_one_policy) {
    std::string text;
    for (int line = 0; line < 200; ++line)
        text.append("permit(principal, action, resource) when { + };\n");
    EXPECT_LE(problems_of({.policies = {text}}).size(), 5U);
}

TEST(compile, needs_a_policy) {
    const auto problems = problems_of({});
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_NE(problems[0].message.find("at least one"), std::string::npos);
}

TEST(compile, refuses_group_types_that_are_no_names) {
    for (const auto* type : {"in", "1", "a b", "a-b", "", "__cedar", "a::", "if"})
        EXPECT_EQ(problems_of({.policies = {anything}, .types = {type}}).size(), 1U) << type;
    for (const auto* type : {"Team", "_x", "Platform::Group", "THVGroup"})
        EXPECT_TRUE(compile_policies({.policies = {anything}, .types = {type}}).value) << type;
}

struct entities_row {
    const char* name;
    const char* json;
    const char* words;
};

class compile_entities : public testing::TestWithParam<entities_row> {};

TEST_P(compile_entities, that_are_wrong_are_refused) {
    const auto problems = problems_of({.policies = {anything}, .entities_json = GetParam().json});
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_FALSE(problems[0].policy);
    EXPECT_NE(problems[0].message.find(GetParam().words), std::string::npos) << problems[0].message;
    EXPECT_NE(problems[0].message.find("entities"), std::string::npos) << problems[0].message;
}

INSTANTIATE_TEST_SUITE_P(
    json, compile_entities,
    testing::Values(
        entities_row{"no_json", "[", "EOF"}, entities_row{"object", "{}", "sequence"},
        entities_row{"number", "[1]", "entit"}, entities_row{"empty_object", "[{}]", "uid"},
        entities_row{"no_uid", R"([{"attrs":{},"parents":[]}])", "uid"},
        entities_row{"bad_type", R"([{"uid":{"type":"a b","id":"x"}}])", "a b"},
        entities_row{
            "circle",
            R"([{"uid":{"type":"G","id":"a"},"parents":[{"type":"G","id":"b"}]},{"uid":{"type":"G","id":"b"},"parents":[{"type":"G","id":"a"}]}])",
            "cycle"},
        entities_row{
            "twice",
            R"([{"uid":{"type":"G","id":"a"},"attrs":{"x":1}},{"uid":{"type":"G","id":"a"},"attrs":{"x":2}}])",
            "duplicate"},
        entities_row{"member_twice", R"([{"uid":{"type":"G","id":"a"},"attrs":{"x":1},"attrs":{}}])",
                     "attrs"},
        entities_row{"attribute_twice", R"([{"uid":{"type":"G","id":"a"},"attrs":{"x":1,"x":2}}])",
                     "duplicate key"},
        entities_row{"half_a_number", R"([{"uid":{"type":"G","id":"a"},"attrs":{"x":1.5}}])", "1.5"},
        entities_row{"null_value", R"([{"uid":{"type":"G","id":"a"},"attrs":{"x":null}}])", "null"},
        entities_row{"too_large", R"([{"uid":{"type":"G","id":"a"},"attrs":{"x":9223372036854775808}}])",
                     "9223372036854775808"},
        entities_row{"no_utf8", "[\"\xff\"]", "UTF-8"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(compile, tells_the_line_of_json_that_is_none) {
    const auto problems = problems_of({.policies = {anything}, .entities_json = "[\n  {\"uid\": ]\n]"});
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems[0].line, 2U);
    EXPECT_EQ(problems[0].column, 11U);
}

TEST(compile, takes_entities_without_attributes_or_parents) {
    for (const auto* json :
         {"", " ", "[]", R"([{"uid":{"type":"G","id":"a"}}])",
          R"([ { "uid":{"__entity":{"type":"G","id":"a"}},"attrs":{"x":[1,{"y":true}]} } ])",
          R"([{"uid":{"type":"G","id":"a"},"parents":[],"tags":{"t":"v"}}])"})
        EXPECT_TRUE(compile_policies({.policies = {anything}, .entities_json = json}).value) << json;
}

TEST(compile, gives_ids_in_order) {
    std::vector<std::string> policies;
    for (int index = 0; index < 12; ++index)
        policies.push_back("permit(principal, action, resource == Tool::\"t" + std::to_string(index) +
                           "\");");
    const auto set = compiled(policies);
    for (std::uint32_t index = 0; index < 12; ++index) {
        const auto name = "t" + std::to_string(index);
        EXPECT_EQ(decision(*set, "{}", {.name = name}).reasons, (std::vector<std::uint32_t>{index}));
    }
}

TEST(compile, keeps_ids_even_of_policies_with_an_id_of_their_own) {
    const auto set = compiled(
        {"@id(\"policy1\") permit(principal, action, resource);", "permit(principal, action, resource);"});
    EXPECT_EQ(decision(*set, "{}", {.name = "t"}).reasons, (std::vector<std::uint32_t>{0, 1}));
}

TEST(compile, knows_what_policies_see) {
    const auto set = compiled(
        {R"(permit(principal, action, resource) when { context has arg_a && resource["odd name"] == principal.claim_x.y };)",
         R"(permit(principal, action, resource) when { context has claim_act.sub };)"},
        R"([{"uid":{"type":"Zone","id":"a"}},{"uid":{"type":"A::B","id":"a"}}])");
    EXPECT_EQ(set->attributes(),
              (std::vector<std::string>{"arg_a", "claim_act", "claim_x", "odd name", "sub", "y"}));
    EXPECT_EQ(set->entity_types(), (std::vector<std::string>{"A::B", "Zone"}));
    EXPECT_TRUE(set->view().sees("odd name"));
    EXPECT_FALSE(set->view().sees("arg_b"));
    for (const auto* condition : {"context == {}", "[context].contains(context)", "{\"a\": context}.a == {}",
                                  "if context == {} then true else false"})
        EXPECT_TRUE(compiled({"permit(principal, action, resource) when { " + std::string(condition) + " };"})
                        ->view()
                        .sees_all())
            << condition;
}

TEST(compile, numbers_each_set) {
    EXPECT_NE(compiled({anything})->version(), compiled({anything})->version());
}

std::string repeated(std::string_view text, int times) {
    std::string all;
    for (int time = 0; time < times; ++time)
        all.append(text);
    return all;
}

std::string policy_when(const std::string& condition) {
    return "permit(principal, action, resource) when { " + condition + " };";
}

// The engine recurses without a bound: without ours, these would end the program.
TEST(compile, survives_policies_of_any_depth) {
    for (const auto& [open, close] : {std::pair{"(", ")"},
                                      {"!", ""},
                                      {"[", "]"},
                                      {"{\"a\":", "}"},
                                      {"-", ""},
                                      {"if true then 1 else ", ""},
                                      {"1 + ", ""},
                                      {"context.x || ", ""},
                                      {"1 == ", ""}}) {
        for (const int depth : {3, 50, 500, 5'000, 50'000}) {
            const auto out = compile_policies(
                {.policies = {policy_when(repeated(open, depth) + "1" + repeated(close, depth))}});
            EXPECT_EQ(out.value == nullptr, !out.problems.empty());
            EXPECT_TRUE(out.value == nullptr || depth < 5'000) << open << depth;
        }
    }
    EXPECT_FALSE(compile_policies({.policies = {policy_when("context" + repeated(".a", 50'000))}}).value);
    const auto flat = compiled({policy_when("context has a" + repeated(".a", 50'000))});
    EXPECT_FALSE(decision(*flat, "{}", {.name = "t"}).allowed);
}

TEST(compile, tells_where_brackets_nest_too_deeply) {
    const auto deep =
        "// ((((\nwhen { \"((((\\\"((((\" == " + repeated("(", 300) + "1" + repeated(")", 300) + " };";
    const auto problems = problems_of({.policies = {"permit(principal, action, resource) " + deep}});
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems[0].line, 2U);
    EXPECT_EQ(problems[0].column, 23U + 200U);
    EXPECT_NE(problems[0].message.find("deeper than 200"), std::string::npos) << problems[0].message;
}

TEST(compile, takes_long_lists_as_sets) {
    const auto chain = [](int count) {
        return compile_policies(
            {.policies = {policy_when("false" + repeated(" || resource == Tool::\"t\"", count))}});
    };
    const auto longest = chain(990);
    ASSERT_TRUE(longest.value);
    EXPECT_TRUE(decision(*longest.value, "{}", {.name = "t"}).allowed);
    const auto too_long = chain(1'500);
    ASSERT_EQ(too_long.problems.size(), 1U);
    EXPECT_NE(too_long.problems[0].message.find("set"), std::string::npos);
    const auto set =
        compiled({policy_when("[" + repeated("Tool::\"x\", ", 5'000) + "Tool::\"t\"].contains(resource)")});
    EXPECT_TRUE(decision(*set, "{}", {.name = "t"}).allowed);
}

TEST(compile, refuses_texts_of_any_length) {
    const auto problems = problems_of({.policies = {"// " + std::string(1'000'000, 'x') + "\n" + anything}});
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_NE(problems[0].message.find("too long"), std::string::npos);
}

TEST(compile, writes_problems_for_people) {
    EXPECT_EQ(format_problem({.policy = 1, .line = 3, .column = 14, .message = "what"}),
              "policies[1]:3:14: what");
    EXPECT_EQ(format_problem({.policy = 1, .message = "what"}), "policies[1]: what");
    EXPECT_EQ(format_problem({.message = "what"}), "what");
}

} // namespace
} // namespace auth
