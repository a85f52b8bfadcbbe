// Arguments that a tool wants repeated in header fields.
#include "transport/mcp/front/mirrored_params.hpp"

#include "vmcp/base/ascii.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace transport {
namespace {

constexpr std::string_view tool = R"({"name":"t","inputSchema":{"type":"object","properties":{
    "region":{"type":"string","x-mcp-header":"Region"},"n":{"type":"integer","x-mcp-header":"Count"},
    "on":{"type":"boolean","x-mcp-header":"On"},"free":{"type":"string"}}}})";

std::string problem(std::string_view arguments, std::map<std::string, std::string> given,
                    std::string_view entry = tool) {
    return mirror_problem(entry, arguments, [&](std::string_view name) -> std::optional<std::string_view> {
        for (const auto& [field, value] : given)
            if (vmcp::iequals(field, name))
                return value;
        return std::nullopt;
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
