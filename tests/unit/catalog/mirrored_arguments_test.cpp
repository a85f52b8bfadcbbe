// Which arguments of a tool are repeated in header fields, and which schemas ask for that in a way that breaks the rules.
#include "vmcp/catalog/mirrored_arguments.hpp"

#include <gtest/gtest.h>

#include <string>

namespace vmcp {
namespace {

mirrored_arguments of(const std::string& schema) {
    return read_mirrored_arguments(R"({"name":"t","inputSchema":)" + schema + "}");
}

TEST(mirrored_arguments, are_found_wherever_properties_alone_lead) {
    const auto found =
        of(R"({"type":"object","properties":{"a":{"x-mcp-header":"A","type":"string"},"o":{"properties":)"
           R"({"n":{"type":["integer","null"],"x-mcp-header":"N"}}},"x-mcp-header":{"type":"string"}}})");
    EXPECT_EQ(found.flaw, "");
    EXPECT_EQ(found.all, (std::vector<mirrored_argument>{{"A", {"a"}}, {"N", {"o", "n"}}}));
    EXPECT_TRUE(of(R"({"type":"object","properties":{"a":{"type":"string"}}})").all.empty());
}

TEST(mirrored_arguments, break_the_rules) {
    const auto flaw = [](const std::string& property) {
        return of(R"({"properties":{"a":)" + property + "}}").flaw;
    };
    EXPECT_NE(flaw(R"({"type":"string","x-mcp-header":""})"), "");
    EXPECT_NE(flaw(R"({"type":"string","x-mcp-header":"a b"})"), "");
    EXPECT_NE(flaw(R"({"type":"string","x-mcp-header":"a\r\nb"})"), "");
    EXPECT_NE(flaw(R"({"type":"string","x-mcp-header":7})"), "");
    EXPECT_NE(flaw(R"({"type":"number","x-mcp-header":"A"})"), "");
    EXPECT_NE(flaw(R"({"x-mcp-header":"A"})"), "") << "it has no type";
    EXPECT_NE(flaw(R"({"type":"object","x-mcp-header":"A"})"), "");
    EXPECT_NE(flaw(R"({"items":{"type":"string","x-mcp-header":"A"}})"), "");
    EXPECT_NE(flaw(R"({"anyOf":[{"properties":{"b":{"type":"string","x-mcp-header":"A"}}}]})"), "");
    EXPECT_NE(of(R"({"$defs":{"d":{"type":"string","x-mcp-header":"A"}}})").flaw, "");
    EXPECT_NE(
        of(R"({"properties":{"a":{"type":"string","x-mcp-header":"A"},"b":{"type":"string","x-mcp-header":"a"}}})")
            .flaw,
        "");
    EXPECT_EQ(flaw(R"({"type":"string","default":{"x-mcp-header":"not a schema"}})"), "");
}

TEST(mirrored_arguments, are_looked_up_by_their_path) {
    EXPECT_EQ(argument_at(R"({"o":{"n":3}})", {"o", "n"}).raw, "3");
    EXPECT_TRUE(argument_at(R"({"o":3})", {"o", "n"}).empty());
    EXPECT_TRUE(argument_at("", {"o"}).empty());
}

} // namespace
} // namespace vmcp
