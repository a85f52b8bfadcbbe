// One spelling for what means the same.
#include "vmcp/base/canonical_json.hpp"

#include "vmcp/base/json_object.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace vmcp {
namespace {

TEST(canonical_json, is_the_same_for_texts_that_mean_the_same) {
    EXPECT_EQ(canonical_json(R"({ "b" : [1.0, 2e1 , "\u0061\/"],"a":{"d":null,"c":true} })"),
              canonical_json(R"({"a":{"c":true,"d":null},"b":[1,20,"a/"]})"));
    EXPECT_EQ(canonical_json(""), "");
    EXPECT_EQ(canonical_json("{"), "{");
}

TEST(canonical_json, is_another_one_for_texts_that_do_not) {
    for (const std::string_view other : {R"({"a":2})", R"({"a":"1"})", R"({"b":1})", R"({"a":[1]})", R"({})",
                                         R"({"a":1,"a":2})", R"({"a":1,"b":null})", "[1]", R"({"a":10})"})
        EXPECT_NE(canonical_json(other), canonical_json(R"({"a":1})")) << other;
    EXPECT_NE(canonical_json("[1,2]"), canonical_json("[2,1]"));
    EXPECT_NE(canonical_json(R"({"a":1,"a":2})"), canonical_json(R"({"a":2,"a":1})"));
}

TEST(canonical_json, lone_surrogates_stay_as_they_are) {
    EXPECT_EQ(canonical_json(R"("\ud800")"), R"("\ud800")");
}

TEST(canonical_number, goes_by_the_exact_value) {
    for (const std::string_view one : {"1", "1.0", "10e-1", "0.1e1", "1E+0", "1.000e00"})
        EXPECT_EQ(canonical_number(one), canonical_number("1")) << one;
    for (const std::string_view zero : {"0", "-0", "0.000", "0e5"})
        EXPECT_EQ(canonical_number(zero), "0") << zero;
    EXPECT_EQ(canonical_number("100"), canonical_number("1e2"));
    EXPECT_NE(canonical_number("9007199254740993"), canonical_number("9007199254740992"));
    EXPECT_NE(canonical_number("-1"), canonical_number("1"));
    EXPECT_NE(canonical_number("1e999999999999999999999"), canonical_number("1e999999999999999999998"));
    EXPECT_NE(canonical_number("1e1152921504606846976"), canonical_number("1e1152921504606846975"));
    for (const std::string_view bad : {"", "0x10", "+1", "01", "1.", ".5", "nan", " 1", "1 ", "\"1\"", "1,2"})
        EXPECT_FALSE(canonical_number(bad)) << bad;
}

TEST(without_members, keeps_what_stays_as_it_was) {
    const auto drop = [](std::string_view name) { return name == "x"; };
    EXPECT_EQ(without_members(R"({"a":1e2,"x":{"a":1},"\u0078":2,"b" : [ 1 ]})", drop),
              R"({"a":1e2,"b":[ 1 ]})");
    EXPECT_EQ(without_members(R"({"x":1})", drop), "{}");
    EXPECT_EQ(without_members("[1]", drop), "[1]");
}

} // namespace
} // namespace vmcp
