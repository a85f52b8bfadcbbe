// Arguments that a tool wants repeated in header fields.
#include "transport/mcp/front/mirrored_params.hpp"

#include "vmcp/base/ascii.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>

namespace transport {
namespace {

constexpr std::string_view tool = R"({"name":"t","inputSchema":{"type":"object","properties":{
    "region":{"type":"string","x-mcp-header":"Region"},"n":{"type":"integer","x-mcp-header":"Count"},
    "on":{"type":"boolean","x-mcp-header":"On"},"free":{"type":"string"}}}})";

std::string problem(std::string_view arguments, const std::multimap<std::string, std::string>& given,
                    std::string_view entry = tool) {
    return mirror_problem(entry, arguments, [&](std::string_view name) {
        repeated_field out;
        for (const auto& [field, value] : given)
            if (vmcp::iequals(field, name)) {
                out.contradicts_itself = out.value && *out.value != value;
                out.value = value;
            }
        return out;
    });
}

TEST(mirrored_params, header_and_argument_say_the_same) {
    EXPECT_EQ(problem(R"({"region":"eu","free":"x"})", {{"mcp-param-region", "eu"}}), "");
    EXPECT_EQ(problem(R"({"region":"e\u0075"})", {{"Mcp-Param-Region", "=?base64?ZXU=?="}}), "");
    EXPECT_EQ(problem(R"({"n":1.0,"on":true})", {{"Mcp-Param-Count", "1"}, {"Mcp-Param-On", "true"}}), "");
    EXPECT_EQ(problem(R"({"region":null})", {}), "");
    EXPECT_EQ(problem("{}", {{"Mcp-Param-Other", "ignored"}}), "");
    EXPECT_EQ(problem("", {}), "");
}

TEST(mirrored_params, what_differs_is_named) {
    EXPECT_EQ(problem(R"({"region":"eu"})", {}), "Mcp-Param-Region is missing");
    EXPECT_EQ(problem(R"({"region":"eu"})", {{"Mcp-Param-Region", "EU"}}),
              "Mcp-Param-Region is not what the argument says");
    EXPECT_EQ(problem(R"({"region":"eu"})", {{"Mcp-Param-Region", "=?base64?ZXU?="}}),
              "Mcp-Param-Region is not valid base64");
    EXPECT_EQ(problem("{}", {{"Mcp-Param-Region", "eu"}}),
              "Mcp-Param-Region repeats an argument that is not there");
    EXPECT_EQ(problem(R"({"n":2})", {{"Mcp-Param-Count", "1"}}),
              "Mcp-Param-Count is not what the argument says");
    EXPECT_EQ(problem(R"({"n":2})", {{"Mcp-Param-Count", "2x"}}),
              "Mcp-Param-Count is not what the argument says");
    EXPECT_EQ(problem(R"({"on":true})", {{"Mcp-Param-On", "1"}}),
              "Mcp-Param-On is not what the argument says");
}

TEST(mirrored_params, numbers_are_compared_exactly) {
    EXPECT_EQ(problem(R"({"n":9007199254740993})", {{"Mcp-Param-Count", "9007199254740993"}}), "");
    EXPECT_EQ(problem(R"({"n":1e2})", {{"Mcp-Param-Count", "100"}}), "");
    EXPECT_EQ(problem(R"({"n":-0})", {{"Mcp-Param-Count", "0"}}), "");
    constexpr std::string_view other = "Mcp-Param-Count is not what the argument says";
    EXPECT_EQ(problem(R"({"n":9007199254740992})", {{"Mcp-Param-Count", "9007199254740993"}}), other);
    EXPECT_EQ(problem(R"({"n":16})", {{"Mcp-Param-Count", "0x10"}}), other);
    EXPECT_EQ(problem(R"({"n":16})", {{"Mcp-Param-Count", "016"}}), other);
    EXPECT_EQ(problem(R"({"n":16})", {{"Mcp-Param-Count", "+16"}}), other);
    EXPECT_EQ(problem(R"({"n":16})", {{"Mcp-Param-Count", ""}}), other);
    EXPECT_EQ(problem(R"({"n":1e999})", {{"Mcp-Param-Count", "1e998"}}), other);
    EXPECT_EQ(problem(R"({"n":1e999})", {{"Mcp-Param-Count", "inf"}}), other);
}

TEST(mirrored_params, properties_of_properties_are_looked_at_too) {
    constexpr std::string_view nested = R"({"name":"t","inputSchema":{"properties":{
        "a":{"x-mcp-header":"A","type":"string"},
        "in":{"type":"object","properties":{"b":{"properties":{"c":{"type":"integer","x-mcp-header":"C"}}}}},
        "list":{"type":"array","items":{"properties":{"d":{"x-mcp-header":"D"}}}},
        "properties":{"type":"string","x-mcp-header":"P"}}}})";
    EXPECT_EQ(problem(R"({"in":{"b":{"c":3}}})", {{"Mcp-Param-C", "3"}}, nested), "");
    EXPECT_EQ(problem(R"({"in":{"b":{"c":3}}})", {{"Mcp-Param-C", "4"}}, nested),
              "Mcp-Param-C is not what the argument says");
    EXPECT_EQ(problem(R"({"in":{"b":{"c":3}}})", {}, nested), "Mcp-Param-C is missing");
    EXPECT_EQ(problem(R"({"in":{},"c":3})", {}, nested), "") << "not at that place";
    EXPECT_EQ(problem(R"({"in":[{"b":{"c":3}}]})", {}, nested), "");
    EXPECT_EQ(problem(R"({"list":[{"d":1}],"d":1})", {}, nested), "")
        << "not reached through properties alone";
    EXPECT_EQ(problem(R"({"properties":"x"})", {}, nested), "Mcp-Param-P is missing");
    EXPECT_EQ(problem(R"({"a":"x","in":{"b":{"c":3}}})", {{"Mcp-Param-C", "3"}}, nested),
              "Mcp-Param-A is missing");
}

TEST(mirrored_params, a_field_that_contradicts_itself_says_nothing) {
    EXPECT_EQ(problem(R"({"region":"eu"})", {{"Mcp-Param-Region", "eu"}, {"Mcp-Param-Region", "us"}}),
              "Mcp-Param-Region is given twice, with different values");
    EXPECT_EQ(problem(R"({"region":"eu"})", {{"Mcp-Param-Region", "eu"}, {"mcp-param-region", "eu"}}), "");
}

TEST(mirrored_params, tools_without_annotations_want_nothing) {
    EXPECT_EQ(problem(R"({"region":"eu"})", {}, R"({"name":"t","inputSchema":{"properties":{"region":{}}}})"),
              "");
    EXPECT_EQ(problem(R"({"a":1})", {},
                      R"({"x-mcp-header":1,"inputSchema":{"properties":{"a":{"x-mcp-header":""}}}})"),
              "");
    EXPECT_EQ(problem(R"({"a":1})", {}, R"({"x-mcp-header":1,"inputSchema":[]})"), "");
}

} // namespace
} // namespace transport
