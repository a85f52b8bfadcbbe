// Claims of a token become principal, groups and context.
#include "auth/cedar/caller.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace auth {
namespace {

using texts = std::vector<std::string>;

cedar_settings with_groups(std::string group_claim, std::string role_claim = {}) {
    cedar_settings settings{.server_name = "here"};
    settings.group_claim = std::move(group_claim);
    settings.role_claim = std::move(role_claim);
    return settings;
}

struct group_row {
    const char* name;
    const char* group_claim;
    const char* role_claim;
    const char* claims;
    texts groups;
};

class caller_groups : public testing::TestWithParam<group_row> {};

TEST_P(caller_groups, come_from_the_claim_that_counts) {
    const auto& row = GetParam();
    EXPECT_EQ(groups_of(with_groups(row.group_claim, row.role_claim), row.claims), row.groups);
}

INSTANTIATE_TEST_SUITE_P(
    claims, caller_groups,
    testing::Values(
        group_row{"usual_groups", "", "", R"({"groups":["a","b"]})", {"a", "b"}},
        group_row{"usual_roles", "", "", R"({"roles":["a"]})", {"a"}},
        group_row{"usual_cognito", "", "", R"({"cognito:groups":["a"]})", {"a"}},
        group_row{
            "first_of_the_usual", "", "", R"({"cognito:groups":["c"],"roles":["r"],"groups":["g"]})", {"g"}},
        group_row{"empty_array_is_an_answer", "", "", R"({"groups":[],"roles":["r"]})", {}},
        group_row{"no_array_is_none", "", "", R"({"groups":"g","roles":["r"]})", {"r"}},
        group_row{"null_is_none", "", "", R"({"groups":null,"roles":["r"]})", {"r"}},
        group_row{"nothing", "", "", R"({"sub":"x"})", {}},
        group_row{"configured_first", "teams", "", R"({"teams":["t"],"groups":["g"]})", {"t"}},
        group_row{"configured_but_absent", "teams", "", R"({"groups":["g"]})", {"g"}},
        group_row{"configured_but_empty", "teams", "", R"({"teams":[],"groups":["g"]})", {}},
        group_row{
            "url_with_dots", "https://x.example/groups", "", R"({"https://x.example/groups":["g"]})", {"g"}},
        group_row{"way_with_dots", "realm_access.roles", "", R"({"realm_access":{"roles":["r"]}})", {"r"}},
        group_row{"exact_before_way", "a.b", "", R"({"a":{"b":["way"]},"a.b":["exact"]})", {"exact"}},
        group_row{"three_levels", "a.b.c", "", R"({"a":{"b":{"c":["deep"]}}})", {"deep"}},
        group_row{"way_through_a_text", "a.b", "", R"({"a":"b"})", {}},
        group_row{"way_that_stops", "a.b.c", "", R"({"a":{"b":{}}})", {}},
        group_row{"dot_at_the_end", "a.", "", R"({"a":{"b":["g"]}})", {}},
        group_row{"dot_at_the_start", ".a", "", R"({"a":["g"]})", {}},
        group_row{"two_dots", "a..b", "", R"({"a":{"b":["g"]}})", {}},
        group_row{
            "others_in_the_array", "", "", R"({"groups":["a",1,null,["b"],{"c":1},true,"d"]})", {"a", "d"}},
        group_row{"roles_too", "groups", "job", R"({"groups":["a"],"job":["b"]})", {"a", "b"}},
        group_row{"roles_alone", "groups", "job", R"({"job":["b"]})", {"b"}},
        group_row{
            "same_in_both", "groups", "job", R"({"groups":["a","b","a"],"job":["b","c"]})", {"a", "b", "c"}},
        group_row{"same_claim_for_both", "groups", "groups", R"({"groups":["a"]})", {"a"}},
        group_row{"role_on_a_way", "", "x.y", R"({"groups":["a"],"x":{"y":["b"]}})", {"a", "b"}},
        group_row{"escapes", "", "", R"({"gro\u0075ps":["\u00e4","\ud800"]})", {"ä"}}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(caller, is_the_subject_below_its_groups_with_its_claims) {
    const auto caller =
        make_caller({.server_name = "here"}, "alice",
                    R"({"sub":"alice","admin":true,"groups":["eng"],"n":null})", cedar_view{});
    ASSERT_TRUE(caller);
    const std::vector<cedar_field> fields{
        {"claim_sub", {std::string("alice")}},
        {"claim_admin", {true}},
        {"claim_groups", {cedar_set{{{std::string("eng")}}}}},
    };
    EXPECT_EQ(caller->principal.uid, (cedar_uid{"Client", "alice"}));
    EXPECT_EQ(caller->principal.parents, (std::vector<cedar_uid>{{"THVGroup", "eng"}}));
    EXPECT_EQ(caller->principal.attributes, fields);
    EXPECT_EQ(caller->context, fields);
}

TEST(caller, has_groups_of_the_configured_type) {
    cedar_settings settings{.server_name = "here"};
    settings.group_type = "Team";
    const auto caller = make_caller(settings, "alice", R"({"groups":["eng"]})", cedar_view{});
    ASSERT_TRUE(caller);
    EXPECT_EQ(caller->principal.parents, (std::vector<cedar_uid>{{"Team", "eng"}}));
}

TEST(caller, has_only_what_policies_see) {
    const auto caller = make_caller({.server_name = "here"}, "alice", R"({"a":1,"b":2,"c":{"a":3}})",
                                    cedar_view({"claim_b", "a", "c"}, 7));
    ASSERT_TRUE(caller);
    EXPECT_EQ(caller->context, (std::vector<cedar_field>{{"claim_b", {std::int64_t{2}}}}));
}

TEST(caller, has_records_and_numbers) {
    const auto caller =
        make_caller({.server_name = "here"}, "a", R"({"act":{"sub":"b","n":1.5,"none":null}})", cedar_view{});
    ASSERT_TRUE(caller);
    const cedar_record act{{{"sub", {std::string("b")}}, {"n", {cedar_decimal{15'000}}}}};
    EXPECT_EQ(caller->context, (std::vector<cedar_field>{{"claim_act", {act}}}));
}

TEST(caller, numbers_are_decimals_where_policies_were_written_for_that) {
    cedar_settings settings{.server_name = "here"};
    settings.numbers = number_mapping::toolhive;
    const auto caller = make_caller(settings, "a", R"({"level":3})", cedar_view{});
    ASSERT_TRUE(caller);
    EXPECT_EQ(caller->context, (std::vector<cedar_field>{{"claim_level", {cedar_decimal{30'000}}}}));
}

struct listed_row {
    const char* name;
    const char* value;
    cedar_value claim;
    std::optional<texts> set;
};

class caller_lists : public testing::TestWithParam<listed_row> {};

TEST_P(caller_lists, are_a_text_and_a_set) {
    const auto& row = GetParam();
    cedar_settings settings{.server_name = "here"};
    settings.multi_valued_claims = {"scp", "other"};
    const auto caller = make_caller(settings, "a", R"({"scp":)" + std::string(row.value) + "}", cedar_view{});
    ASSERT_TRUE(caller);
    std::vector<cedar_field> fields{{"claim_scp", row.claim}};
    if (row.set) {
        cedar_set set;
        for (const auto& text : *row.set)
            set.items.push_back({text});
        fields.push_back({"claimset_scp", {set}});
    }
    EXPECT_EQ(caller->context, fields);
}

INSTANTIATE_TEST_SUITE_P(
    values, caller_lists,
    testing::Values(listed_row{"array", R"(["a","b"])", {std::string("a b")}, texts{"a", "b"}},
                    listed_row{"text", R"("a b")", {std::string("a b")}, texts{"a", "b"}},
                    listed_row{"spaces", R"("  a \t b ")", {std::string("  a \t b ")}, texts{"a", "b"}},
                    listed_row{"empty_array", "[]", {std::string()}, texts{}},
                    listed_row{"empty_text", R"("")", {std::string()}, texts{}},
                    listed_row{
                        "others_in_it", R"(["a",1,null,["b"],"c"])", {std::string("a c")}, texts{"a", "c"}},
                    listed_row{"empty_word", R"(["","a"])", {std::string(" a")}, texts{"", "a"}},
                    listed_row{"number", "5", {std::int64_t{5}}, std::nullopt}),
    [](const auto& info) { return std::string(info.param.name); });

// A claim cannot pretend to be the set of a listed one: its name begins with claim_ all the same.
TEST(caller, cannot_forge_a_set) {
    cedar_settings settings{.server_name = "here"};
    const auto caller =
        make_caller(settings, "a", R"({"claimset_scp":["admin"],"set_scp":["admin"]})", cedar_view{});
    ASSERT_TRUE(caller);
    ASSERT_EQ(caller->context.size(), 2U);
    EXPECT_EQ(caller->context[0].name, "claim_claimset_scp");
    EXPECT_EQ(caller->context[1].name, "claim_set_scp");
}

std::string nested(unsigned levels) {
    std::string text;
    for (unsigned level = 0; level < levels; ++level)
        text.append(level % 2 == 0 ? R"({"k":)" : "[");
    text.append("1");
    for (unsigned level = levels; level-- > 0;)
        text.append(level % 2 == 0 ? "}" : "]");
    return text;
}

unsigned depth_of(const cedar_value& value) {
    if (const auto* record = std::get_if<cedar_record>(&value.data))
        return 1 + (record->fields.empty() ? 0 : depth_of(record->fields[0].value));
    if (const auto* set = std::get_if<cedar_set>(&value.data))
        return 1 + (set->items.empty() ? 0 : depth_of(set->items[0]));
    return 0;
}

// Ten arrays and objects in each other are kept; the value in the eleventh is not.
TEST(caller, drops_what_is_nested_too_deeply) {
    for (const auto& [levels, kept] : {std::pair{10U, 10U}, {11U, 11U}, {12U, 11U}, {60U, 11U}}) {
        const auto caller = make_caller({.server_name = "here"}, "a", R"({"x":)" + nested(levels) + "}", {});
        ASSERT_TRUE(caller) << levels;
        ASSERT_EQ(caller->context.size(), 1U) << levels;
        EXPECT_EQ(depth_of(caller->context[0].value), kept) << levels;
    }
}

TEST(caller, is_refused_when_nobody_can_say_who_it_is) {
    const cedar_settings settings{.server_name = "here"};
    EXPECT_EQ(make_caller(settings, "", R"({"sub":""})", {}).error().code, vmcp::errc::forbidden);
    for (const auto* claims :
         {"", "[]", "null", "{", R"({"a":1}x)", R"({"a":1,"a":2})", R"({"a":1,"\u0061":2})"}) {
        const auto caller = make_caller(settings, "alice", claims, {});
        ASSERT_FALSE(caller) << claims;
        EXPECT_EQ(caller.error().code, vmcp::errc::forbidden) << claims;
        EXPECT_FALSE(caller.error().detail.empty()) << claims;
    }
}

TEST(caller, text_without_a_utf8_form_is_no_claim) {
    const auto caller = make_caller({.server_name = "here"}, "a", R"({"x":"\ud800","y":"ok"})", cedar_view{});
    ASSERT_TRUE(caller);
    EXPECT_EQ(caller->context, (std::vector<cedar_field>{{"claim_y", {std::string("ok")}}}));
}

} // namespace
} // namespace auth
