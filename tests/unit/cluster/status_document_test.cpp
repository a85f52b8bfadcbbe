// What stands in the status of a VirtualMCPServer, row by row.
#include "status_facts.hpp"

#include "vmcp/base/known_secrets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vmcp::test {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;
using enum health::state;

json wanted(const health::overview& seen, const stored_server& stored = status_object(),
            health::wall_time now = day()) {
    return wanted_status(stored, {.seen = seen, .now = now});
}

json only_backend(health::backend_row row) {
    return wanted(status_view({std::move(row)}))["discoveredBackends"][0];
}

json condition_in(const json& status, std::string_view type) {
    for (const auto& one : status["conditions"])
        if (one.is_object() && one["type"] == type)
            return one;
    return nullptr;
}

TEST(status_document, phases_and_what_goes_with_them) {
    struct entry {
        std::vector<health::state> states;
        const char* phase;
        const char* ready;
        const char* reason;
        int counted;
        bool degraded;
    };
    const std::vector<entry> entries{
        {{}, "Ready", "True", "AllBackendsRoutable", 0, false},
        {{healthy}, "Ready", "True", "AllBackendsRoutable", 1, false},
        {{healthy, degraded}, "Ready", "True", "AllBackendsRoutable", 1, true},
        {{healthy, unhealthy}, "Degraded", "False", "SomeBackendsUnhealthy", 1, false},
        {{unhealthy}, "Failed", "False", "NoRoutableBackends", 0, false},
        {{unknown, unknown}, "Pending", "False", "BackendsPending", 0, false},
        {{healthy, unauthenticated}, "Degraded", "False", "SomeBackendsUnhealthy", 2, false},
    };
    for (const auto& one : entries) {
        std::vector<health::backend_row> rows;
        for (const auto state : one.states)
            rows.push_back(status_row("b" + std::to_string(rows.size()), state));
        const auto status = wanted(status_view(std::move(rows)));
        EXPECT_EQ(status["phase"], one.phase) << one.reason;
        EXPECT_EQ(status["backendCount"], one.counted) << one.reason;
        EXPECT_EQ(status["observedGeneration"], 7);
        EXPECT_FALSE(status["message"].get<std::string>().empty());
        const auto ready = condition_in(status, "Ready");
        EXPECT_EQ(ready["status"], one.ready) << one.reason;
        EXPECT_EQ(ready["reason"], one.reason);
        EXPECT_EQ(ready["observedGeneration"], 7);
        EXPECT_EQ(ready["lastTransitionTime"], kubernetes_time(day()));
        EXPECT_EQ(condition_in(status, "BackendsDiscovered")["status"], "True");
        EXPECT_EQ(condition_in(status, "BackendsDiscovered")["reason"], "BackendsDiscovered");
        EXPECT_EQ(condition_in(status, "Degraded").is_object(), one.degraded) << one.reason;
        EXPECT_EQ(status["discoveredBackends"].size(), one.states.size());
    }
}

TEST(status_document, a_backend_has_the_words_of_the_crd) {
    const std::vector<std::pair<health::state, const char*>> entries{{healthy, "ready"},
                                                                     {degraded, "degraded"},
                                                                     {unhealthy, "unavailable"},
                                                                     {unauthenticated, "unauthenticated"},
                                                                     {unknown, "unknown"}};
    for (const auto& [state, word] : entries)
        EXPECT_EQ(only_backend(status_row("b", state))["status"], word);
}

TEST(status_document, a_backend_with_everything) {
    auto row = status_row("notes", unhealthy);
    row.auth_type = "token_exchange";
    row.health.reason = "connection refused";
    row.health.consecutive_failures = 4;
    row.health.revision = "2025-11-25";
    row.health.last_check = health::moment{{}, day() + 1500ms};
    row.circuit_state = health::circuit::half_open;
    row.circuit_changed = {health::steady_time{} + 1h, day()};
    const auto view = status_view({row});
    const auto status = wanted_status(
        status_object(),
        {.seen = view, .now = day(), .auth_config_of = [](std::string_view) { return "vault"; }});
    EXPECT_EQ(status["discoveredBackends"][0], json({{"name", "notes"},
                                                     {"url", "http://notes/mcp"},
                                                     {"status", "unavailable"},
                                                     {"authConfigRef", "vault"},
                                                     {"authType", "token_exchange"},
                                                     {"lastHealthCheck", "2019-12-20T00:00:01Z"},
                                                     {"message", "Circuit half-open: connection refused"},
                                                     {"circuitBreakerState", "half-open"},
                                                     {"circuitLastChanged", "2019-12-20T00:00:00Z"},
                                                     {"consecutiveFailures", 4},
                                                     {"mcpRevision", "2025-11-25"}}));
}

TEST(status_document, what_is_not_known_is_not_there) {
    const auto row = only_backend(status_row("b", unknown));
    for (const auto* absent :
         {"authConfigRef", "lastHealthCheck", "circuitBreakerState", "circuitLastChanged", "mcpRevision"})
        EXPECT_FALSE(row.contains(absent)) << absent;
    EXPECT_EQ(row["message"], "Not checked yet");
    auto closed = status_row("b", healthy);
    closed.circuit_state = health::circuit::closed;
    EXPECT_EQ(only_backend(closed)["circuitBreakerState"], "closed");
    EXPECT_FALSE(only_backend(closed).contains("circuitLastChanged")); // never
}

TEST(status_document, words_of_peers_are_bounded_and_without_secrets) {
    know_secrets({"hunter2-hunter2"});
    auto row = status_row("b", unhealthy);
    row.health.reason = "it said: hunter2-hunter2 \x1b[31m\n" + std::string(5'000, 'x');
    const auto message = only_backend(row)["message"].get<std::string>();
    EXPECT_THAT(message, Not(HasSubstr("hunter2")));
    EXPECT_THAT(message, HasSubstr("***"));
    EXPECT_THAT(message, Not(HasSubstr("\x1b")));
    EXPECT_THAT(message, Not(HasSubstr("\n")));
    EXPECT_LE(message.size(), longest_backend_message);
    know_secrets({});
}

TEST(status_document, names_are_keys_and_the_first_of_each_counts) {
    const auto status = wanted(status_view({status_row("b", healthy), status_row("b", unhealthy)}));
    ASSERT_EQ(status["discoveredBackends"].size(), 1U);
    EXPECT_EQ(status["discoveredBackends"][0]["status"], "ready");
}

TEST(status_document, many_backends_are_said_briefly_and_too_many_are_counted) {
    std::vector<health::backend_row> rows;
    for (int i = 0; i < 1'200; ++i) {
        rows.push_back(status_row("b" + std::to_string(i), unhealthy));
        rows.back().health.reason = std::string(5'000, 'x');
    }
    const auto status = wanted(status_view(std::move(rows)));
    EXPECT_EQ(status["discoveredBackends"].size(), most_listed_backends);
    EXPECT_THAT(status["message"].get<std::string>(), HasSubstr("200 are not listed here"));
    EXPECT_LT(status_patch(status_object(), status).size(), 1U << 20U);
}

TEST(status_document, conditions_of_others_stay_where_and_as_they_are) {
    const json foreign{{"type", "GroupRefValidated"},
                       {"status", "True"},
                       {"reason", "Valid"},
                       {"message", ""},
                       {"lastTransitionTime", "2019-01-01T00:00:00Z"}};
    const json old_ready{{"type", "Ready"},
                         {"status", "True"},
                         {"reason", "DeploymentReady"},
                         {"message", "m"},
                         {"lastTransitionTime", "2019-02-02T00:00:00Z"}};
    const json old_degraded{{"type", "Degraded"},
                            {"status", "True"},
                            {"reason", "BackendsDegraded"},
                            {"message", "m"},
                            {"lastTransitionTime", "2019-02-02T00:00:00Z"}};
    const auto stored = status_object({{"conditions", {old_degraded, foreign, old_ready}},
                                       {"url", "http://gateway"},
                                       {"oidcConfigHash", "abc"}});
    const auto status = wanted(status_view({status_row("b", healthy)}), stored);
    ASSERT_EQ(status["conditions"].size(), 3U);
    EXPECT_EQ(status["conditions"][0], foreign);
    EXPECT_EQ(status["conditions"][1]["type"], "Ready");
    EXPECT_EQ(status["conditions"][1]["reason"], "AllBackendsRoutable");
    EXPECT_EQ(status["conditions"][1]["lastTransitionTime"], "2019-02-02T00:00:00Z"); // still True
    EXPECT_TRUE(condition_in(status, "Degraded").is_null());
    EXPECT_FALSE(status.contains("url"));
    EXPECT_FALSE(status.contains("oidcConfigHash"));
    const auto flipped = wanted(status_view({status_row("b", unhealthy)}), stored);
    EXPECT_EQ(condition_in(flipped, "Ready")["lastTransitionTime"], kubernetes_time(day()));
}

TEST(status_document, a_patch_names_the_version_it_was_made_of) {
    const auto patch = json::parse(status_patch(status_object(), {{"phase", "Ready"}}));
    EXPECT_EQ(patch, json({{"metadata", {{"resourceVersion", "41"}}}, {"status", {{"phase", "Ready"}}}}));
}

TEST(status_document, what_reads_alike_is_not_written) {
    auto row = status_row("b", healthy);
    row.health.last_check = health::moment{{}, day()};
    const auto first = wanted(status_view({row}));
    const auto stored = status_object(first);
    const auto later = [&](std::chrono::seconds time) {
        auto next = row;
        next.health.last_check = health::moment{{}, day() + time};
        return wanted(status_view({next}), stored, day() + time);
    };
    EXPECT_TRUE(says_the_same(stored.status, later(0s), 30s));
    EXPECT_TRUE(says_the_same(stored.status, later(29s), 30s));
    EXPECT_FALSE(says_the_same(stored.status, later(30s), 30s));
    auto failing = row;
    failing.health.consecutive_failures = 1;
    const auto once = wanted(status_view({failing}), stored);
    EXPECT_FALSE(says_the_same(stored.status, once, 30s));
    // Which of them it is, is written with the next time of a check: that of a backend that is away grows all the time.
    failing.health.consecutive_failures = 2;
    EXPECT_TRUE(says_the_same(once, wanted(status_view({failing}), stored), 30s));
    EXPECT_FALSE(says_the_same(once, wanted(status_view({row}), stored), 30s));
    failing.health.last_check = health::moment{{}, day() + 30s};
    EXPECT_FALSE(says_the_same(once, wanted(status_view({failing}), stored), 30s));
    EXPECT_FALSE(says_the_same(stored.status, wanted(status_view({}), stored), 30s));
    EXPECT_FALSE(says_the_same(json::object(), first, 30s));
    auto newer = stored;
    newer.generation = 8;
    EXPECT_FALSE(says_the_same(stored.status, wanted(status_view({row}), newer), 30s));
}

// Go clients leave out what is 0, "" or an empty list, and write objects back like that.
TEST(status_document, what_typed_clients_leave_out_is_no_difference) {
    auto row = status_row("b", unhealthy);
    row.auth_type.clear();
    const auto full = wanted(status_view({row}));
    auto lean = full;
    lean.erase("backendCount");
    lean["discoveredBackends"][0].erase("consecutiveFailures");
    lean["discoveredBackends"][0].erase("authType");
    EXPECT_TRUE(says_the_same(lean, full, 30s));
    EXPECT_TRUE(says_the_same(full, full, 30s));
    const auto none = wanted(status_view({}));
    auto bare = none;
    bare.erase("discoveredBackends");
    EXPECT_TRUE(says_the_same(bare, none, 30s));
    lean["discoveredBackends"][0]["circuitBreakerState"] = "open"; // what is there and should not be
    EXPECT_FALSE(says_the_same(lean, full, 30s));
}

TEST(status_document, reads_an_object_as_it_is_given) {
    const auto read = read_stored_server(
        R"({"apiVersion":"a/v1","kind":"VirtualMCPServer","metadata":{"name":"g","namespace":"n","uid":"u",)"
        R"("resourceVersion":"9","generation":3},"spec":{},"status":{"phase":"Ready"}})");
    ASSERT_TRUE(read);
    EXPECT_EQ(read->name, "g");
    EXPECT_EQ(read->name_space, "n");
    EXPECT_EQ(read->uid, "u");
    EXPECT_EQ(read->api_version, "a/v1");
    EXPECT_EQ(read->resource_version, "9");
    EXPECT_EQ(read->generation, 3);
    EXPECT_EQ(read->status, json({{"phase", "Ready"}}));
    for (const auto* broken :
         {"", "[]", "{}", R"({"metadata":1})", R"({"metadata":{}})", R"({"metadata":{"resourceVersion":5}})",
          R"({"metadata":{"resourceVersion":"5")"})
        EXPECT_FALSE(read_stored_server(broken)) << broken;
    const auto deep = R"({"metadata":{"resourceVersion":"5"},"status":{"a":)" + std::string(100'000, '[') +
                      std::string(100'000, ']') + "}}";
    EXPECT_FALSE(read_stored_server(deep));
    const auto odd =
        read_stored_server(R"({"metadata":{"resourceVersion":"5","generation":"x"},"status":[1]})");
    ASSERT_TRUE(odd);
    EXPECT_EQ(odd->generation, 0);
    EXPECT_EQ(odd->status, json::object());
}

// Whatever somebody else wrote there, a status can be made of it.
TEST(status_document, odd_things_that_stand_there_do_no_harm) {
    for (const auto& odd :
         {json{{"conditions", 1}}, json{{"conditions", {1, nullptr, {{"type", 5}}}}},
          json{{"discoveredBackends", "x"}}, json{{"discoveredBackends", {1, {{"name", 2}}}}},
          json{{"phase", json::array()}, {"conditions", {{{"type", "Ready"}}}}}}) {
        const auto stored = status_object(odd);
        auto row = status_row("b", healthy);
        row.health.last_check = health::moment{{}, day()};
        const auto status = wanted(status_view({row}), stored);
        EXPECT_EQ(condition_in(status, "Ready")["lastTransitionTime"], kubernetes_time(day()));
        EXPECT_FALSE(says_the_same(odd, status, 30s)) << odd;
    }
}

TEST(status_document, times_as_kubernetes_writes_them) {
    EXPECT_EQ(kubernetes_time(day() + 999ms), "2019-12-20T00:00:00Z");
    EXPECT_EQ(kubernetes_micro_time(day() + 12ms), "2019-12-20T00:00:00.012000Z");
}

} // namespace
} // namespace vmcp::test
