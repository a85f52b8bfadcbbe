// What the status page is told of one entry.
#include "vmcp/program/ui_entry.hpp"

#include "vmcp/catalog/read_page.hpp"

#include <gtest/gtest.h>

namespace vmcp {
namespace {

TEST(UiEntry, ReadsWhatIsAskedFor) {
    EXPECT_EQ(read_entry_query("kind=tool&name=one_a"), (entry_query{list_kind::tools, "one_a"}));
    EXPECT_EQ(read_entry_query("kind=template&name=a%20%e2%82%AC%26%25b"),
              (entry_query{list_kind::templates, "a \xe2\x82\xac&%b"}));
    EXPECT_EQ(read_entry_query("kind=resource&name="), (entry_query{list_kind::resources, ""}));
    for (const auto* none :
         {"", "kind=tool", "name=a", "kind=thing&name=a", "kind=tool&name=%", "kind=tool&name=%2",
          "kind=tool&name=%zz", "kind=tool&name=%-1", "kind=tool&name=% 1"})
        EXPECT_FALSE(read_entry_query(none)) << none;
}

TEST(UiEntry, TellsWhatClientsSee) {
    config settings;
    settings.backends = {{.name = "one"}};
    settings.aggregation.tools = {{.workload = "one", .filter = std::vector<std::string>{"a"}}};
    std::vector<backend_lists> lists(1);
    lists[0].backend = "one";
    ASSERT_TRUE(read_list_page(list_kind::tools,
                               R"({"tools":[{"name":"a","description":"d","inputSchema":{"type":"object"}},)"
                               R"({"name":"b","inputSchema":{"type":"object"}}]})",
                               lists[0].tools));
    const auto made = merge(settings, lists);
    EXPECT_EQ(ui_entry_json(*made, {list_kind::tools, "one_a"}),
              R"({"entry":{"name":"one_a","description":"d","inputSchema":{"type":"object"}}})");
    EXPECT_EQ(ui_entry_json(*made, {list_kind::tools, "one_a"}, 20), R"({"bytes":66})");
    EXPECT_FALSE(ui_entry_json(*made, {list_kind::tools, "one_b"})) << "it is hidden";
    EXPECT_FALSE(ui_entry_json(*made, {list_kind::prompts, "one_a"}));
}

} // namespace
} // namespace vmcp
