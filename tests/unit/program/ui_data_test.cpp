// What the status page is sent.
#include "vmcp/program/ui_data.hpp"

#include "vmcp/catalog/read_page.hpp"

#include <nlohmann/json.hpp>

#include <gtest/gtest.h>

namespace vmcp {
namespace {

using nlohmann::json;

fleet_view view_of(std::string name, std::string reason) {
    health::backend_row row{.name = std::move(name), .url = "http://b/mcp"};
    row.health.now = health::state::unhealthy;
    row.health.reason = std::move(reason);
    fleet_view out;
    out.health = health::make_overview({row}, "1", "group");
    auto gate = std::make_shared<backend_gate>(health::breaker_settings{}, backend_gate::reports{});
    for (int i = 0; i < 4; ++i)
        gate->reinitialized();
    out.loads.push_back({.calls = {.running = 2, .waiting = 3}, .gate = std::move(gate)});
    return out;
}

TEST(UiData, HoldsTheStatusForOperatorsAndTheLoads) {
    const auto made = json::parse(ui_status_json(
        "acme", view_of("b", "refused"), {.sessions = 1, .streams = 2, .in_flight = 3, .started = 4}));
    EXPECT_EQ(made["name"], "acme");
    EXPECT_EQ(made["counts"], (json{{"sessions", 1}, {"streams", 2}, {"in_flight", 3}, {"started", 4.0}}));
    EXPECT_EQ(made["loads"], (json::array({{{"running", 2}, {"waiting", 3}, {"reinitialized", 4}}})));
    EXPECT_EQ(made["status"]["backends"][0]["reason"], "refused");
    EXPECT_EQ(made["status"]["backends"][0]["url"], "http://b/mcp");
}

TEST(UiData, TheStatusLeavesTheCatalogueOut) {
    const auto made = json::parse(ui_status_json("acme", view_of("b", "refused"), {}));
    EXPECT_EQ(made["status"]["hidden"], json::array());
    EXPECT_EQ(made["status"]["pages"], 1) << "all backends at once";
}

TEST(UiData, IsOneLineAndTheSameWhileNothingChanges) {
    const auto view = view_of("b", "two\nlines\r\nof text");
    const auto text = ui_status_json("a\nb", view, {});
    EXPECT_EQ(text.find('\n'), std::string::npos);
    EXPECT_EQ(text.find('\r'), std::string::npos);
    EXPECT_EQ(text, ui_status_json("a\nb", view, {}));
}

TEST(UiData, BytesThatAreNoTextDoNotTakeThePageDown) {
    EXPECT_TRUE(json::accept(ui_status_json("\xff\xfe", view_of("\xff", "\xc3("), {})));
}

TEST(UiData, TheCatalogueSaysWhatIsShownAndWhatIsHidden) {
    config settings;
    settings.backends = {{.name = "one"}, {.name = "two"}};
    settings.aggregation.tools = {{.workload = "two", .exclude_all = true}};
    const auto tool = [](const char* name) {
        std::string raw = R"({"name":")" + std::string(name) + R"(","inputSchema":{"type":"object"}})";
        std::vector<list_item> items;
        const auto read = read_list_page(list_kind::tools, R"({"tools":[)" + raw + "]}", items);
        EXPECT_TRUE(read);
        return items;
    };
    std::vector<backend_lists> lists(2);
    lists[0].backend = "one";
    lists[0].tools = tool("a");
    lists[1].backend = "two";
    lists[1].tools = tool("b");
    const auto made = json::parse(ui_catalog_json(*merge(settings, lists)));
    ASSERT_EQ(made["visible"].size(), 1U);
    EXPECT_EQ(
        made["visible"][0],
        (json{{"kind", "tool"}, {"name", "one_a"}, {"backend", "one"}, {"original", "a"}, {"note", ""}}));
    ASSERT_EQ(made["hidden"].size(), 1U);
    EXPECT_EQ(made["hidden"][0]["name"], "b");
    EXPECT_NE(made["hidden"][0]["reason"].get<std::string>().find("excludeAll"), std::string::npos);
}

} // namespace
} // namespace vmcp
