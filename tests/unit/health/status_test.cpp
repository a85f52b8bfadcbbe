// Phases, conditions and the JSON bodies.
#include "health/status_json.hpp"
#include "probe_script.hpp"

#include <nlohmann/json.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace health::test {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

backend_row row(std::string name, state now, bool credentials_refused = false) {
    backend_row made;
    made.name = std::move(name);
    made.url = "http://" + made.name + "/mcp";
    made.transport = "streamable-http";
    made.auth_type = "unauthenticated";
    made.sessions = "dedicated";
    made.health.now = now;
    made.health.credentials_refused = credentials_refused;
    made.health.last_transition = at(0ms);
    return made;
}

TEST(overview, derives_phase_and_conditions) {
    struct entry {
        std::vector<state> states;
        phase expected;
        const char* reason;
        std::size_t routable;
    };
    using enum state;
    const std::vector<entry> entries{
        {{}, phase::ready, "AllBackendsRoutable", 0},
        {{healthy}, phase::ready, "AllBackendsRoutable", 1},
        {{healthy, degraded}, phase::ready, "AllBackendsRoutable", 2},
        {{healthy, unauthenticated}, phase::degraded, "SomeBackendsUnhealthy", 1},
        {{unauthenticated}, phase::failed, "NoRoutableBackends", 0},
        {{healthy, unhealthy}, phase::degraded, "SomeBackendsUnhealthy", 1},
        {{healthy, unknown}, phase::degraded, "SomeBackendsUnhealthy", 1},
        {{unknown, unknown}, phase::pending, "BackendsPending", 0},
        {{unknown, unhealthy}, phase::failed, "NoRoutableBackends", 0},
        {{unhealthy}, phase::failed, "NoRoutableBackends", 0},
    };
    for (const entry& one : entries) {
        std::vector<backend_row> rows;
        for (const state s : one.states)
            rows.push_back(row("b" + std::to_string(rows.size()), s));
        const overview made = make_overview(std::move(rows), "1.0", "g");
        EXPECT_EQ(made.now, one.expected) << one.reason;
        EXPECT_EQ(made.counts.routable, one.routable);
        EXPECT_EQ(made.counts.total, one.states.size());
        ASSERT_GE(made.conditions.size(), 2U);
        EXPECT_EQ(made.conditions[0].type, "Ready");
        EXPECT_EQ(made.conditions[0].reason, one.reason);
        EXPECT_EQ(made.conditions[0].status, one.expected == phase::ready ? "True" : "False");
        EXPECT_EQ(made.conditions[1].type, "BackendsDiscovered");
        EXPECT_EQ(made.conditions.size() == 3, made.counts.degraded > 0);
    }
}

TEST(overview, a_backend_that_wants_credentials_is_routable_only_where_callers_may_bring_them) {
    for (const bool refused : {false, true})
        for (const bool callers : {false, true}) {
            auto one = row("b", state::unauthenticated, refused);
            one.callers_may_authenticate = callers;
            EXPECT_EQ(counts_as_routable(one), callers && !refused);
            EXPECT_EQ(make_overview({one}, "", "").now, callers && !refused ? phase::ready : phase::failed);
        }
}

TEST(status_json, tells_that_a_change_was_refused_and_operators_why) {
    const refused_reload refused{
        .when = at(0ms).wall, .by = "SIGHUP", .problems = {"/etc/vmcp.yaml:1:2: no", "b"}};
    const overview all = make_overview({row("b", state::healthy)}, "", "");
    const auto shown_to = [&](bool operators, const refused_reload* failed) {
        return json::parse(operators ? status_json(all, {.refused = failed})
                                     : status_json(public_part(all, {}, failed)));
    };
    for (const bool operators : {false, true}) {
        const auto told = shown_to(operators, &refused);
        const auto& last = told["conditions"].back();
        EXPECT_EQ(last["type"], "ConfigurationValid");
        EXPECT_EQ(last["status"], "False");
        EXPECT_EQ(last["reason"], "ReloadRefused");
        EXPECT_THAT(std::string(last["message"]), HasSubstr("(SIGHUP) is not used, for 2 problems"));
        EXPECT_EQ(told["phase"], "Ready") << "what runs, runs";
        EXPECT_EQ(told.contains("reload_refused"), operators);
        EXPECT_FALSE(shown_to(operators, nullptr).contains("reload_refused"));
        EXPECT_THAT(shown_to(operators, nullptr).dump(), Not(HasSubstr("ConfigurationValid")));
    }
    EXPECT_THAT(shown_to(false, &refused).dump(), Not(HasSubstr("/etc/")));
    EXPECT_EQ(shown_to(true, &refused)["reload_refused"]["problems"][1], "b");
}

overview example() {
    backend_row one = row("github", state::healthy);
    one.health.revision = "2025-06-18";
    one.health.last_check = at(1500ms);
    one.health.latency = {microseconds{1500}, microseconds{-1}, microseconds{250}};
    one.circuit_state = circuit::closed;
    backend_row two = row("broken", state::unhealthy);
    two.health.reason = "http://broken/mcp: 10.0.0.3:80 refused the connection";
    two.health.category = "connection_failed";
    two.health.consecutive_failures = 4;
    two.health.last_check = at(2s);
    two.circuit_state = circuit::half_open;
    two.circuit_changed = at(1s);
    return make_overview({one, two, row("new", state::unknown)}, "0.1.0", "default");
}

TEST(status_body, has_the_known_members_and_more) {
    const json body = json::parse(status_json(example()));
    EXPECT_EQ(body["version"], "0.1.0");
    EXPECT_EQ(body["group_ref"], "default");
    EXPECT_EQ(body["healthy"], true);
    EXPECT_EQ(body["phase"], "Degraded");
    ASSERT_EQ(body["backends"].size(), 3U);
    const json& one = body["backends"][0];
    EXPECT_EQ(one["name"], "github");
    EXPECT_EQ(one["health"], "healthy");
    EXPECT_EQ(one["transport"], "streamable-http");
    EXPECT_EQ(one["auth_type"], "unauthenticated");
    EXPECT_EQ(one["sessions"], "dedicated");
    EXPECT_FALSE(one.contains("sessions_found"));
    EXPECT_EQ(one["mcp_revision"], "2025-06-18");
    EXPECT_EQ(one["latency_ms"], json::parse("[1.5,null,0.25]"));
    EXPECT_EQ(one["last_check"], "2026-09-01T00:00:01.500Z");
    EXPECT_EQ(one["circuit"], "closed");
    EXPECT_EQ(body["backends"][1]["reason"], "http://broken/mcp: 10.0.0.3:80 refused the connection");
    EXPECT_EQ(body["backends"][2]["last_check"], nullptr);
    EXPECT_EQ(body["backends"][2]["circuit"], nullptr);
    EXPECT_EQ(body["conditions"][0]["reason"], "SomeBackendsUnhealthy");
    EXPECT_EQ(body["counts"]["routable"], 1);
}

TEST(status_body, tells_the_public_neither_urls_nor_reasons) {
    for (const std::string& body :
         {status_json(public_part(example())), readyz_json(public_part(example()), true),
          backends_health_json(public_part(example()))}) {
        EXPECT_THAT(body, Not(HasSubstr("http://")));
        EXPECT_THAT(body, Not(HasSubstr("10.0.0.3")));
    }
}

TEST(status_body, the_public_part_cannot_hold_the_words_of_anybody) {
    constexpr const char* secretive[] = {"http://10.0.0.3:80/mcp?key=1", "/etc/vmcp/ca.pem",
                                         "bad key sk-123!", "a b", "10.0.0.3:80"};
    for (const auto* words : secretive) {
        auto one = row("b", state::unhealthy);
        one.name = one.url = one.transport = one.auth_type = words;
        one.health.reason = one.health.brief = one.health.category = one.health.revision = words;
        const auto all = make_overview({one}, "1", "g");
        const refused_reload refused{.by = words, .problems = {words}};
        const std::vector<hidden_row> hidden{{words, words, words, words}};
        const auto told = public_part(all, hidden, &refused);
        for (const auto& body : {status_json(told), readyz_json(told, false), backends_health_json(told)})
            EXPECT_THAT(body, Not(HasSubstr(words))) << body;
        EXPECT_THAT(status_json(all, {.refused = &refused, .hidden = hidden}), HasSubstr(words));
    }
}

TEST(status_body, tells_long_lists_in_pages) {
    std::vector<backend_row> rows;
    for (int i = 0; i < 5; ++i)
        rows.push_back(row("b" + std::to_string(i), state::healthy));
    const auto all = make_overview(std::move(rows), "1", "g");
    const auto page = [&](std::size_t number, std::size_t hidden) {
        return json::parse(status_json(public_part(all), {.number = number, .rows = 2}, hidden));
    };
    EXPECT_EQ(page(1, 0)["backends"].size(), 2U);
    EXPECT_EQ(page(3, 0)["backends"][0]["name"], "b4");
    EXPECT_EQ(page(4, 0)["backends"], json::array());
    EXPECT_EQ(page(1, 0)["pages"], 3);
    EXPECT_EQ(page(2, 9)["pages"], 5) << "what is hidden needs more";
    EXPECT_EQ(page(2, 9)["page"], 2);
    EXPECT_EQ(page(2, 9)["hidden_total"], 9);
    EXPECT_EQ(page(2, 9)["counts"]["total"], 5) << "counts are of all";
}

TEST(status_body, is_healthy_only_with_a_healthy_backend) {
    EXPECT_EQ(json::parse(status_json(make_overview({row("b", state::degraded)}, "", "")))["healthy"], false);
}

TEST(status_body, survives_bytes_that_are_no_utf8) {
    EXPECT_NO_THROW(
        (void)json::parse(status_json(make_overview({row("b\xff", state::healthy)}, "\xc3", ""))));
}

TEST(backends_health_body, has_exactly_the_known_members) {
    const json body = json::parse(backends_health_json(public_part(example())));
    EXPECT_EQ(body, json::parse(R"({
        "monitoring_enabled": true,
        "summary": {"Total": 3, "Healthy": 1, "Degraded": 0, "Unhealthy": 1, "Unknown": 1, "Unauthenticated": 0},
        "backends": {
            "github": {"Status": "healthy", "ConsecutiveFailures": 0, "LastCheckTime": "2026-09-01T00:00:01.500Z",
                "LastErrorCategory": "", "LastTransitionTime": "2026-09-01T00:00:00.000Z", "CircuitState": "closed",
                "CircuitLastChanged": "0001-01-01T00:00:00Z", "MCPRevision": "2025-06-18"},
            "broken": {"Status": "unhealthy", "ConsecutiveFailures": 4, "LastCheckTime": "2026-09-01T00:00:02.000Z",
                "LastErrorCategory": "connection_failed", "LastTransitionTime": "2026-09-01T00:00:00.000Z",
                "CircuitState": "half-open", "CircuitLastChanged": "2026-09-01T00:00:01.000Z", "MCPRevision": ""},
            "new": {"Status": "unknown", "ConsecutiveFailures": 0, "LastCheckTime": "0001-01-01T00:00:00Z",
                "LastErrorCategory": "", "LastTransitionTime": "2026-09-01T00:00:00.000Z", "CircuitState": "",
                "CircuitLastChanged": "0001-01-01T00:00:00Z", "MCPRevision": ""}
        }})"));
}

TEST(readyz_body, names_what_is_routable) {
    const json body = json::parse(readyz_json(example(), false));
    EXPECT_EQ(body["status"], "not_ready");
    EXPECT_EQ(body["mode"], "static");
    EXPECT_EQ(
        body["backends"][0],
        json::parse(R"({"name":"github","health":"healthy","routable":true,"category":"","reason":""})"));
    EXPECT_EQ(body["backends"][1]["routable"], false);
    EXPECT_EQ(json::parse(readyz_json(public_part(make_overview({}, "", "")), true))["status"], "ready");
}

TEST(rfc3339, writes_utc) {
    using namespace std::chrono;
    EXPECT_EQ(rfc3339({}), "0001-01-01T00:00:00Z");
    EXPECT_EQ(rfc3339(sys_days{year{2024} / 2 / 29} + 23h + 59min + 59s + 999'999us),
              "2024-02-29T23:59:59.999Z");
    EXPECT_EQ(rfc3339(sys_days{year{1969} / 12 / 31} + 23h), "1969-12-31T23:00:00.000Z");
}

} // namespace
} // namespace health::test
