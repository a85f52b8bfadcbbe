// Splicing members of a JSON object.
#include "vmcp/catalog/entry_rewrite.hpp"

#include <gtest/gtest.h>

#include <array>

namespace vmcp {
namespace {

TEST(replace_member, changes_that_value_and_nothing_else) {
    EXPECT_EQ(
        replace_member("{ \"a\" : 1e2,\t\"name\" : \"x\" , \"n\":[{\"name\":\"x\"}] }", "name", "\"y\""),
        "{ \"a\" : 1e2,\t\"name\" : \"y\" , \"n\":[{\"name\":\"x\"}] }");
    EXPECT_EQ(replace_member(R"({"n\u0061me":"x"})", "name", "\"yy\""), R"({"n\u0061me":"yy"})");
    EXPECT_EQ(replace_member(R"({"a":"x"})", "name", "\"y\""), std::nullopt);
    EXPECT_EQ(replace_member("7", "name", "\"y\""), std::nullopt);
}

TEST(set_members, replaces_every_occurrence_and_inserts_what_is_missing) {
    const std::array<json_assignment, 2> set{{{"a", "1"}, {"b", "2"}}};
    EXPECT_EQ(set_members("{}", set), R"({"a":1,"b":2})");
    EXPECT_EQ(set_members(" { } ", set), R"( {"a":1,"b":2 } )");
    EXPECT_EQ(set_members(R"({ "c" : 3 })", set), R"({"a":1,"b":2, "c" : 3 })");
    EXPECT_EQ(set_members(R"({"b":0, "c":3})", set), R"({"a":1,"b":2, "c":3})");
    EXPECT_EQ(set_members(R"({"b":0,"a":[0],"b":null})", set), R"({"b":2,"a":1,"b":2})");
    EXPECT_EQ(set_members("[]", set), std::nullopt);
    EXPECT_EQ(set_members(R"({"a":})", set), std::nullopt);
    EXPECT_EQ(set_members(R"({"a":1} x)", set), std::nullopt);
    EXPECT_EQ(set_members(R"({"x":[1]})", {}), R"({"x":[1]})");
}

TEST(rewrite_tool, sets_name_description_and_hints) {
    tool_override changes;
    changes.description = "new \"text\"";
    changes.annotations.title = "T";
    changes.annotations.read_only_hint = true;
    changes.annotations.open_world_hint = false;
    EXPECT_EQ(rewrite_tool(R"({"name":"a","description":"old","annotations":{"x":1,"readOnlyHint":false}})",
                           R"("b")", changes),
              R"({"name":"b","description":"new \"text\"",)"
              R"("annotations":{"title":"T","openWorldHint":false,"x":1,"readOnlyHint":true}})");
    EXPECT_EQ(rewrite_tool(R"({"name":"a","inputSchema":{}})", R"("a")", changes),
              R"({"description":"new \"text\"","annotations":{"title":"T","readOnlyHint":true,)"
              R"("openWorldHint":false},"name":"a","inputSchema":{}})");
    EXPECT_EQ(rewrite_tool(R"({"name":"a","annotations":null})", R"("a")", changes),
              R"({"description":"new \"text\"","name":"a","annotations":{"title":"T","readOnlyHint":true,)"
              R"("openWorldHint":false}})");
}

TEST(rewrite_tool, leaves_alone_what_is_not_overridden) {
    tool_override changes;
    changes.name = "b";
    EXPECT_EQ(
        rewrite_tool(R"({"description":"d","annotations":{"title":"t"},"name":"a"})", R"("b")", changes),
        R"({"description":"d","annotations":{"title":"t"},"name":"b"})");
    EXPECT_EQ(rewrite_tool(R"({"description":"d"})", R"("b")", changes), std::nullopt);
}

TEST(rewrite_tool, an_empty_description_is_a_description) {
    tool_override changes;
    changes.description = "";
    EXPECT_EQ(rewrite_tool(R"({"name":"a","description":"d"})", R"("a")", changes),
              R"({"name":"a","description":""})");
}

} // namespace
} // namespace vmcp
