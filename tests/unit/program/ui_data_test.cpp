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

TEST(UiData, TheEndpointIsTheUrlThatClientsCall) {
    config settings;
    EXPECT_EQ(endpoint_url(settings, 4483), "http://127.0.0.1:4483/mcp");
    settings.given.host = "0.0.0.0";
    EXPECT_EQ(endpoint_url(settings, 4483), "http://127.0.0.1:4483/mcp");
    settings.given.host = "::";
    EXPECT_EQ(endpoint_url(settings, 4483), "http://[::1]:4483/mcp");
    settings.given.host = "10.0.0.7";
    settings.listener.tls.certificate_path = "c.pem";
    settings.listener.tls.key_path = "k.pem";
    EXPECT_EQ(endpoint_url(settings, 443), "https://10.0.0.7:443/mcp");
    settings.listener.allowed_hosts = {"*", "mcp.example.com", "other"};
    EXPECT_EQ(endpoint_url(settings, 8443), "https://mcp.example.com:8443/mcp");
    settings.listener.allowed_hosts = {"mcp.example.com:9000"};
    EXPECT_EQ(endpoint_url(settings, 8443), "https://mcp.example.com:9000/mcp");
    settings.listener.allowed_hosts = {"[::1]"};
    EXPECT_EQ(endpoint_url(settings, 8443), "https://[::1]:8443/mcp");
    settings.incoming.oidc.resource = "https://tools.example.com/mcp";
    EXPECT_EQ(endpoint_url(settings, 8443), "https://tools.example.com/mcp");
}

TEST(UiData, TheGatewaySaysHowItIsReachedAndWhatWentWrong) {
    config settings;
    auto view = view_of("b", "refused");
    const auto quiet = json::parse(ui_gateway_json(settings, 1, {}, {}, view));
    EXPECT_EQ(quiet, (json{{"endpoint", "http://127.0.0.1:1/mcp"},
                           {"every_address", false},
                           {"login", false},
                           {"trial", false},
                           {"errors", json::array()},
                           {"failures", json::array()},
                           {"reload", nullptr}}));
    settings.given.host = "0.0.0.0";
    settings.admin.token = "operators-only";
    settings.incoming.type = incoming_auth::kind::oidc;
    const auto gate = std::make_shared<backend_gate>(
        health::breaker_settings{},
        backend_gate::reports{.call_ended = [](const health::evidence&, health::steady_time) {}});
    for (int i = 1; i <= 2; ++i)
        gate->ended(
            *gate->admit({}),
            {.evidence = {.what = health::finding::http_status, .status = 500U + static_cast<unsigned>(i)},
             .failed = true},
            {{}, health::wall_time{} + std::chrono::seconds(i)});
    view.loads[0].gate = gate;
    const reload_history reloads{.last = last_reload{.by = "SIGHUP"}};
    const std::vector<recent_lines::line> lines{{.level = log::level::error, .text = "boom", .times = 3}};
    const auto text = ui_gateway_json(settings, 1, reloads, lines, view);
    const auto made = json::parse(text);
    EXPECT_EQ(made["every_address"], true);
    EXPECT_EQ(made["login"], true);
    EXPECT_EQ(made["trial"], true);
    EXPECT_EQ(made["reload"]["by"], "SIGHUP");
    EXPECT_EQ(made["errors"][0]["text"], "boom");
    EXPECT_EQ(made["errors"][0]["times"], 3);
    ASSERT_EQ(made["failures"].size(), 2U);
    EXPECT_EQ(made["failures"][0]["backend"], "b");
    EXPECT_NE(made["failures"][0]["text"].get<std::string>().find("502"), std::string::npos)
        << "newest first";
    EXPECT_EQ(text.find("operators-only"), std::string::npos);
    EXPECT_EQ(text.find('\n'), std::string::npos);
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
