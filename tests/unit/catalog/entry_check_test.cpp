// List entries against the protocol's schema: what passes, what is mended, what is beyond that.
#include "vmcp/catalog/entry_check.hpp"

#include "vmcp/base/json_cursor.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vmcp {
namespace {

using testing::HasSubstr;

// A tool with `more` members behind its name and schema.
std::string tool(std::string_view more) {
    return R"({"name":"t","inputSchema":{"type":"object"})" + std::string(more.empty() ? "" : ",") +
           std::string(more) + "}";
}
std::string tool_with_schema(std::string_view schema) {
    return R"({"name":"t","inputSchema":)" + std::string(schema) + "}";
}

TEST(entry_check, what_the_protocol_knows_and_what_it_does_not_forbid_passes_untouched) {
    const std::vector<std::pair<list_kind, std::string>> good{
        {list_kind::tools, tool("")},
        {list_kind::tools, R"( { "inputSchema" : {"type" : "object"} , "name" : "t" } )"},
        {list_kind::tools,
         R"({"name":"t","title":"T","description":"d","inputSchema":{"$schema":"x","type":"object","properties":)"
         R"({"a":{"type":"string"},"b":{}},"required":["a"],"additionalProperties":false,"anyOf":[true,{"x":null}]},)"
         R"("outputSchema":{"type":"object","properties":{}},"annotations":{"title":"A","readOnlyHint":true,)"
         R"("destructiveHint":false,"x":null},"execution":{"taskSupport":"optional"},"icons":[{"src":"data:,",)"
         R"("mimeType":"image/png","sizes":["any"],"theme":"dark"}],"_meta":{"a":null,"ui":{"resourceUri":"ui://x"}},)"
         R"("unknown":null,"other":[1.0e3]})"},
        {list_kind::prompts,
         R"({"name":"p","arguments":[{"name":"a","required":true},{"name":"b","title":"B"}]})"},
        {list_kind::resources,
         R"({"uri":"r:1","name":"","size":1024,"mimeType":"","annotations":{"audience":["user","assistant"],)"
         R"("priority":1,"lastModified":"2025-01-12T15:00:58Z"}})"},
        {list_kind::resources,
         R"({"uri":"r:1","name":"n","annotations":{"lastModified":"2025-01-12T15:00:58.5+02:00"}})"},
        {list_kind::templates, R"({"uriTemplate":"r:{x}","name":"n","icons":[]})"},
    };
    for (const auto& [kind, raw] : good) {
        const auto verdict = check_entry(kind, raw);
        EXPECT_EQ(verdict.problem, "") << raw;
        EXPECT_EQ(verdict.mended, "") << raw;
        EXPECT_EQ(verdict.note, "") << raw;
    }
}

TEST(entry_check, what_can_be_mended_without_a_loss_is) {
    struct row {
        list_kind kind;
        std::string raw;
        std::string mended;
    };
    const auto plain = tool("");
    std::vector<row> rows{
        {list_kind::tools, R"({"name":"t"})", plain},
        {list_kind::tools, tool_with_schema("null"), plain},
        {list_kind::tools, tool_with_schema("{}"), plain},
        {list_kind::tools, tool_with_schema("[]"), plain},
        {list_kind::tools, tool_with_schema(R"({"type":null})"), plain},
        {list_kind::tools, tool_with_schema(R"({"properties":{"a":{}}})"),
         tool_with_schema(R"({"properties":{"a":{}},"type":"object"})")},
        {list_kind::tools, tool_with_schema(R"({"type":"object","properties":[]})"),
         tool_with_schema(R"({"type":"object","properties":{}})")},
        {list_kind::tools, tool_with_schema(R"({"type":"object","properties":null,"required":null})"), plain},
        {list_kind::tools, tool_with_schema(R"({"type":"object","required":{}})"),
         tool_with_schema(R"({"type":"object","required":[]})")},
        {list_kind::tools,
         tool_with_schema(
             R"({"type":"object","properties":{"a":true,"b":false,"c":null,"d":[],"e":{"x": 1.0}}})"),
         tool_with_schema(
             R"({"type":"object","properties":{"a":{},"b":{"not":{}},"c":{},"d":{},"e":{"x": 1.0}}})")},
        {list_kind::tools, tool_with_schema(R"({"$schema":null,"type":"object"})"), plain},
        {list_kind::tools, tool_with_schema(R"({"$schema":["x"],"type":"object"})"), plain},
        {list_kind::tools, tool(R"("outputSchema":{"type":"object","$schema":5})"),
         tool(R"("outputSchema":{"type":"object"})")},
        {list_kind::tools, tool(R"("outputSchema":[])"), tool(R"("outputSchema":{"type":"object"})")},
        {list_kind::tools, tool(R"("outputSchema":{"properties":{}})"),
         tool(R"("outputSchema":{"properties":{},"type":"object"})")},
        {list_kind::tools, tool(R"("annotations":[])"), tool(R"("annotations":{})")},
        {list_kind::tools, tool(R"("annotations":{"readOnlyHint":null,"title":"x"})"),
         tool(R"("annotations":{"title":"x"})")},
        {list_kind::tools, tool(R"("icons":{})"), tool(R"("icons":[])")},
        {list_kind::tools, tool(R"("icons":[{"src":"x","sizes":null,"theme":null}])"),
         tool(R"("icons":[{"src":"x"}])")},
        {list_kind::tools, tool(R"("_meta":[])"), tool(R"("_meta":{})")},
        {list_kind::prompts, R"({"name":"p","arguments":null})", R"({"name":"p"})"},
        {list_kind::prompts, R"({"name":"p","arguments":{}})", R"({"name":"p","arguments":[]})"},
        {list_kind::prompts, R"({"name":"p","arguments":[{"name":"a","required":null,"description":null}]})",
         R"({"name":"p","arguments":[{"name":"a"}]})"},
        {list_kind::resources, R"({"uri":"r:1"})", R"({"uri":"r:1","name":"r:1"})"},
        {list_kind::resources, R"({"uri":"r:1","name":null,"mimeType":null,"size":null})",
         R"({"uri":"r:1","name":"r:1"})"},
        {list_kind::resources,
         R"({"uri":"r\u003a1","name":"n","annotations":{"audience":{},"priority":null}})",
         R"({"uri":"r\u003a1","name":"n","annotations":{"audience":[]}})"},
        {list_kind::resources, R"({"uri":"r:1","name":"n","size":1.0})",
         R"({"uri":"r:1","name":"n","size":1})"},
        {list_kind::resources, R"({"uri":"r:1","name":"n","size":12.5e2})",
         R"({"uri":"r:1","name":"n","size":1250})"},
        {list_kind::templates, R"({"uriTemplate":"r:{x}"})", R"({"uriTemplate":"r:{x}","name":"r:{x}"})"},
        // Half a character says nothing to people.
        {list_kind::tools, tool(R"("description":"cut \ud83d")"), tool(R"("description":"cut \ufffd")")},
        {list_kind::tools, tool(R"("title":"\udc00\ud83d\ude00 \\ud800")"),
         tool(R"("title":"\ufffd\ud83d\ude00 \\ud800")")},
        {list_kind::tools,
         tool_with_schema(R"({"type":"object","properties":{"a":{"description":"\uD800x"}}})"),
         tool_with_schema(R"({"type":"object","properties":{"a":{"description":"\ufffdx"}}})")},
        {list_kind::prompts, R"({"name":"p","arguments":[{"name":"a","description":"\ud800","title":null}]})",
         R"({"name":"p","arguments":[{"name":"a","description":"\ufffd"}]})"},
        // An output schema that clients cannot compile costs the validation of results, not the tool.
        {list_kind::tools, tool(R"("outputSchema":{"type":"object","properties":{"a":{"type":"strng"}}})"),
         plain},
        {list_kind::tools,
         tool(R"("outputSchema":{"type":"object","properties":{"a":{"pattern":"(?i)x"}}},"title":"T")"),
         tool(R"("title":"T")")},
        {list_kind::tools, tool(R"("outputSchema":{"properties":{"a":{"type":null,"enum":null}}})"),
         tool(R"("outputSchema":{"properties":{"a":{}},"type":"object"})")},
    };
    for (const std::string member :
         {"description", "title", "annotations", "_meta", "icons", "outputSchema", "execution"})
        rows.push_back({list_kind::tools, tool("\"" + member + "\":null"), plain});
    for (const auto& row : rows) {
        const auto verdict = check_entry(row.kind, row.raw);
        EXPECT_EQ(verdict.problem, "") << row.raw;
        EXPECT_EQ(verdict.mended, row.mended) << row.raw;
        EXPECT_NE(verdict.note, "") << row.raw;
        const auto again = check_entry(row.kind, verdict.mended);
        EXPECT_TRUE(again.problem.empty() && again.mended.empty()) << "mended for good: " << row.raw;
    }
}

TEST(entry_check, what_would_have_to_be_guessed_is_a_problem_that_names_the_place) {
    struct row {
        list_kind kind;
        std::string raw;
        std::string_view place;
    };
    const std::vector<row> rows{
        {list_kind::tools, tool_with_schema(R"("none")"), "\"inputSchema\" is not an object"},
        {list_kind::tools, tool_with_schema("[1]"), "\"inputSchema\" is not an object"},
        {list_kind::tools, tool_with_schema("true"), "\"inputSchema\" is not an object"},
        {list_kind::tools, tool_with_schema(R"({"type":"string"})"),
         "\"inputSchema\" has the type \"string\""},
        {list_kind::tools, tool_with_schema(R"({"type":["object","null"]})"), "\"inputSchema\" has the type"},
        {list_kind::tools, tool_with_schema(R"({"type":"object","properties":{"a":"string"}})"),
         "\"inputSchema.properties.a\" is not a schema"},
        {list_kind::tools, tool_with_schema(R"({"type":"object","required":true})"),
         "\"inputSchema.required\""},
        {list_kind::tools, tool_with_schema(R"({"type":"object","required":["a",1]})"),
         "\"inputSchema.required[1]\" is not a string"},
        {list_kind::tools, tool(R"("outputSchema":"x")"), "\"outputSchema\" is not an object"},
        {list_kind::tools, tool(R"("outputSchema":{"type":"array"})"),
         "\"outputSchema\" has the type \"array\""},
        {list_kind::tools, tool(R"("description":5)"), "\"description\" is not a string"},
        {list_kind::tools, tool(R"("title":{})"), "\"title\" is not a string"},
        {list_kind::tools, tool(R"("annotations":"read-only")"), "\"annotations\" is not an object"},
        {list_kind::tools, tool(R"("annotations":{"readOnlyHint":"yes"})"),
         "\"annotations.readOnlyHint\" is not a boolean"},
        {list_kind::tools, tool(R"("icons":[{"src":null}])"), "\"icons[0].src\" is missing"},
        {list_kind::tools, tool(R"("icons":[{"src":"x","theme":"blue"}])"),
         "\"icons[0].theme\" is not one of light, dark"},
        {list_kind::tools, tool(R"("execution":{"taskSupport":"maybe"})"), "\"execution.taskSupport\""},
        {list_kind::tools, tool(R"("_meta":"x")"), "\"_meta\" is not an object"},
        {list_kind::tools, tool(R"("icons":[[]])"), "\"icons[0].src\" is missing"},
        {list_kind::prompts, R"({"name":"p","arguments":[[]]})", "\"arguments[0].name\" is missing"},
        {list_kind::prompts, R"({"name":"p","arguments":["a"]})", "\"arguments[0]\" is not an object"},
        {list_kind::prompts, R"({"name":"p","arguments":[{"description":"d"}]})",
         "\"arguments[0].name\" is missing"},
        {list_kind::prompts, R"({"name":"p","arguments":{"a":{}}})", "\"arguments\" is not an array"},
        {list_kind::resources, R"({"uri":"r:1","name":7})", "\"name\" is not a string"},
        {list_kind::resources, R"({"uri":"r:1","name":"n","size":"12"})", "\"size\" is not a whole number"},
        {list_kind::resources, R"({"uri":"r:1","name":"n","size":1.5})", "\"size\" is not a whole number"},
        {list_kind::resources, R"({"uri":"r:1","name":"n","size":1e300})", "\"size\" is not a whole number"},
        {list_kind::resources, R"({"uri":"r:1","name":"n","size":1e999})", "\"size\" is not a whole number"},
        {list_kind::resources, R"({"uri":"r:1","name":"n","annotations":{"priority":2}})",
         "\"annotations.priority\""},
        {list_kind::resources, R"({"uri":"r:1","name":"n","annotations":{"audience":["robot"]}})",
         "\"annotations.audience[0]\" is not one of user, assistant"},
        {list_kind::resources, R"({"uri":"r:1","name":"n","annotations":{"lastModified":"yesterday"}})",
         "\"annotations.lastModified\" is not a date and time"},
        {list_kind::resources,
         R"({"uri":"r:1","name":"n","annotations":{"lastModified":"2025-02-30T00:00:00Z"}})",
         "\"annotations.lastModified\" is not a date and time"},
        {list_kind::tools, tool(R"("_meta":{"ui":{"resourceUri":"\ud800"}})"),
         "\"resourceUri\" holds half of a"},
        {list_kind::tools, tool(R"("_meta":{"tags":["\udfff"]})"), "\"tags\" holds half of a"},
        {list_kind::tools, tool(R"("\ud800":1)"), "\"\\ud800\" holds half of a"},
        {list_kind::tools, tool_with_schema(R"({"type":"object","properties":{"\udc00":{}}})"),
         "holds half of a"},
        {list_kind::templates, R"({"uriTemplate":"r:{x}","name":"n","mimeType":[]})",
         "\"mimeType\" is not a string"},
    };
    for (const auto& row : rows) {
        const auto verdict = check_entry(row.kind, row.raw);
        EXPECT_THAT(verdict.problem, HasSubstr(row.place)) << row.raw;
        EXPECT_EQ(verdict.mended, "") << row.raw;
    }
}

TEST(entry_check, follows_the_revision_of_the_client) {
    constexpr auto march = list_revision::of_2025_03_26;
    constexpr auto june = list_revision::of_2025_06_18;
    constexpr auto november = list_revision::of_2025_11_25;
    constexpr auto stateless = list_revision::of_2026_07_28;
    struct row {
        list_kind kind;
        std::string raw;
        // Who sees it as it is, who without what is wrong; the others do not see it.
        std::vector<list_revision> as_it_is;
        std::vector<list_revision> without;
        std::string mended{};
    };
    const auto plain = tool("");
    const std::vector<row> rows{
        // What a schema may describe.
        {list_kind::tools,
         tool(R"("outputSchema":{"type":"array","items":{}})"),
         {stateless},
         {march},
         plain},
        {list_kind::tools, tool(R"("outputSchema":{"type":["object","null"]})"), {stateless}, {march}, plain},
        {list_kind::tools, tool(R"("outputSchema":{"type":"string"})"), {stateless}, {march}, plain},
        {list_kind::tools, tool(R"("outputSchema":"x")"), {}, {march}, plain},
        {list_kind::tools, tool(R"("outputSchema":[1])"), {}, {march}, plain},
        // Members that not all know.
        {list_kind::tools, tool(R"("title":5)"), {}, {march}, plain},
        {list_kind::tools, tool(R"("_meta":"x")"), {}, {march}, plain},
        {list_kind::tools, tool(R"("icons":5)"), {}, {march, june}, plain},
        {list_kind::tools, tool(R"("icons":[{"src":"x","theme":"blue"}])"), {}, {march, june}, plain},
        {list_kind::tools,
         tool(R"("execution":{"taskSupport":"maybe"})"),
         {},
         {march, june, stateless},
         plain},
        {list_kind::prompts,
         R"({"name":"p","arguments":[{"name":"a","title":5}]})",
         {},
         {march},
         R"({"name":"p","arguments":[{"name":"a"}]})"},
        {list_kind::prompts, R"({"name":"p","icons":true})", {}, {march, june}, R"({"name":"p"})"},
        {list_kind::resources,
         R"({"uri":"r:1","name":"n","annotations":{"lastModified":"yesterday","priority":1}})",
         {},
         {march},
         R"({"uri":"r:1","name":"n","annotations":{"priority":1}})"},
        {list_kind::templates,
         R"({"uriTemplate":"r:{x}","name":"n","icons":"x"})",
         {},
         {march, june},
         R"({"uriTemplate":"r:{x}","name":"n"})"},
        // What all of them know is the same to all.
        {list_kind::tools, tool(R"("description":5)"), {}, {}},
        {list_kind::tools, tool_with_schema(R"({"type":"string"})"), {}, {}},
        {list_kind::resources, R"({"uri":"r:1","name":"n","size":1.5})", {}, {}},
        {list_kind::tools, tool(R"("description":null)"), {}, {march, june, november, stateless}, plain},
        {list_kind::tools,
         tool(R"("title":null,"icons":null)"),
         {},
         {march, june, november, stateless},
         plain},
    };
    for (const auto& row : rows) {
        const auto all = check_for_all(row.kind, row.raw);
        for (const auto revision : all_list_revisions) {
            const auto& verdict = all.of(revision);
            EXPECT_EQ(verdict, check_entry(row.kind, row.raw, revision)) << row.raw;
            const auto is_in = [&](const std::vector<list_revision>& some) {
                return std::ranges::find(some, revision) != some.end();
            };
            EXPECT_EQ(verdict.good(), is_in(row.as_it_is)) << row.raw << " in " << text_of(revision);
            EXPECT_EQ(verdict.mended, is_in(row.without) ? row.mended : "")
                << row.raw << " in " << text_of(revision);
            EXPECT_EQ(verdict.problem.empty(), is_in(row.as_it_is) || is_in(row.without))
                << row.raw << " in " << text_of(revision);
        }
    }
}

// 2026-07-28 says nothing of the type of a result: a schema without one is no other schema than it was.
TEST(entry_check, gives_an_output_schema_a_type_only_where_it_must_have_one) {
    const auto raw = tool(R"("outputSchema":{"anyOf":[{"type":"array"}]})");
    const auto all = check_for_all(list_kind::tools, raw);
    EXPECT_EQ(all.usual.mended, tool(R"("outputSchema":{"anyOf":[{"type":"array"}],"type":"object"})"));
    EXPECT_TRUE(all.of(list_revision::of_2026_07_28).good());
    ASSERT_EQ(all.otherwise.size(), 1U);
    EXPECT_GT(all.bytes(), all.usual.mended.size());
    EXPECT_EQ(
        check_entry(list_kind::tools, tool(R"("outputSchema":[])"), list_revision::of_2026_07_28).mended,
        tool(R"("outputSchema":{})"));
}

// Whatever a backend writes, what comes out is JSON that is good the second time.
TEST(entry_check, mends_once_and_for_all) {
    const std::vector<std::string> values{"null",
                                          "[]",
                                          "{}",
                                          "true",
                                          "\"x\"",
                                          "1",
                                          "[null]",
                                          R"({"a":null})",
                                          "[[]]",
                                          R"([{}])",
                                          R"({"type":"object","properties":{"a":null}})"};
    const std::vector<std::string> members{"title",       "description", "inputSchema", "outputSchema",
                                           "annotations", "icons",       "_meta",       "execution",
                                           "arguments",   "mimeType",    "size",        "name"};
    for (const auto kind : all_list_kinds)
        for (const auto& member : members)
            for (const auto& value : values) {
                const auto key = spec_of(kind).key;
                if (member == key)
                    continue;
                const auto raw = fmt::format(R"({{"{}":"k:1","{}":{}}})", key, member, value);
                for (const auto revision : all_list_revisions) {
                    const auto verdict = check_entry(kind, raw, revision);
                    if (verdict.mended.empty())
                        continue;
                    EXPECT_TRUE(json_valid(verdict.mended)) << verdict.mended;
                    EXPECT_TRUE(check_entry(kind, verdict.mended, revision).good())
                        << raw << " -> " << verdict.mended;
                }
                if (check_entry(kind, raw).good())
                    EXPECT_TRUE(std::ranges::all_of(all_list_revisions, [&](list_revision revision) {
                        return check_entry(kind, raw, revision).good();
                    })) << raw;
            }
}

} // namespace
} // namespace vmcp
