// Which events follow from two states of the status, and how many are sent.
#include "status_facts.hpp"

#include "vmcp/cluster/event_book.hpp"
#include "vmcp/cluster/status_changes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vmcp::test {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

json status_of(const char* phase, std::vector<std::pair<std::string, std::string>> backends) {
    json list = json::array();
    for (const auto& [name, status] : backends)
        list.push_back({{"name", name}, {"status", status}});
    return {{"phase", phase}, {"message", "as it is"}, {"discoveredBackends", list}};
}

TEST(status_changes, nothing_new_is_no_event) {
    const auto one = status_of("Ready", {{"a", "ready"}});
    EXPECT_THAT(changes_between(one, one), IsEmpty());
    EXPECT_THAT(changes_between(json::object(), json::object()), IsEmpty());
    EXPECT_THAT(changes_between(nullptr, nullptr), IsEmpty());
}

TEST(status_changes, one_for_the_phase_and_one_for_each_way) {
    const auto before =
        status_of("Ready", {{"a", "ready"}, {"b", "ready"}, {"c", "ready"}, {"d", "unknown"}});
    const auto after = status_of(
        "Degraded", {{"a", "unavailable"}, {"b", "unavailable"}, {"d", "ready"}, {"e", "unauthenticated"}});
    EXPECT_THAT(
        changes_between(before, after),
        ElementsAre(status_change{true, "GatewayDegraded", "as it is"},
                    status_change{false, "BackendReady", "Backend d is ready"},
                    status_change{true, "BackendUnavailable", "Backends a, b are unavailable"},
                    status_change{true, "BackendUnauthenticated", "Backend e wants other credentials"},
                    status_change{false, "BackendRemoved", "Backend c was removed"}));
}

TEST(status_changes, what_is_unknown_says_nothing) {
    EXPECT_THAT(
        changes_between(status_of("Ready", {{"a", "ready"}}), status_of("Pending", {{"a", "unknown"}})),
        IsEmpty());
    EXPECT_THAT(changes_between(json::object(), status_of("Ready", {{"a", "ready"}})),
                ElementsAre(status_change{false, "GatewayReady", "as it is"},
                            status_change{false, "BackendReady", "Backend a is ready"}));
}

TEST(status_changes, many_at_a_time_are_one) {
    std::vector<std::pair<std::string, std::string>> all;
    for (int i = 10; i < 20; ++i)
        all.emplace_back("b" + std::to_string(i), "degraded");
    EXPECT_THAT(changes_between(status_of("Ready", {}), status_of("Ready", all)),
                ElementsAre(status_change{true, "BackendDegraded",
                                          "Backends b10, b11, b12, b13, b14 and 5 more are degraded"}));
}

struct events_sent : ::testing::Test {
    event_book book{"pod-1", [this] { return ++number; }};
    std::uint64_t number = 0;
    health::moment now{health::steady_time{} + 1h, day()};

    std::optional<event_request> note(const char* reason, const std::string& text) {
        return book.note({true, reason, text}, status_object(), now);
    }
    void pass(std::chrono::milliseconds time) {
        now.at += time;
        now.wall += time;
    }
};

TEST_F(events_sent, has_what_the_api_asks_for) {
    const auto made = note("BackendUnavailable", "Backend a is unavailable");
    ASSERT_TRUE(made);
    EXPECT_TRUE(made->creates);
    EXPECT_EQ(made->name, "gateway.0000000000000001");
    EXPECT_EQ(json::parse(made->body), json({{"apiVersion", "events.k8s.io/v1"},
                                             {"kind", "Event"},
                                             {"metadata", {{"name", made->name}, {"namespace", "tools"}}},
                                             {"eventTime", "2019-12-20T00:00:00.000000Z"},
                                             {"type", "Warning"},
                                             {"reason", "BackendUnavailable"},
                                             {"action", "HealthChanged"},
                                             {"note", "Backend a is unavailable"},
                                             {"reportingController", "vmcp"},
                                             {"reportingInstance", "pod-1"},
                                             {"regarding",
                                              {{"apiVersion", "toolhive.stacklok.dev/v1beta1"},
                                               {"kind", "VirtualMCPServer"},
                                               {"namespace", "tools"},
                                               {"name", "gateway"},
                                               {"uid", "1234"}}}}));
    EXPECT_EQ(event_book::folder_of(status_object()), "/apis/events.k8s.io/v1/namespaces/tools/events");
}

TEST_F(events_sent, the_same_again_is_counted) {
    const auto first = note("A", "x");
    pass(30s);
    const auto second = note("A", "x");
    ASSERT_TRUE(first && second);
    EXPECT_FALSE(second->creates);
    EXPECT_EQ(second->name, first->name);
    EXPECT_EQ(json::parse(second->body),
              json({{"series", {{"count", 2}, {"lastObservedTime", "2019-12-20T00:00:30.000000Z"}}}}));
    EXPECT_TRUE(note("A", "y")->creates);
    pass(11min);
    EXPECT_TRUE(note("A", "x")->creates); // too long ago
    book.forget("gateway.0000000000000003");
    EXPECT_TRUE(note("A", "x")->creates);
}

TEST_F(events_sent, of_another_object_it_is_another_one) {
    (void)note("A", "x");
    auto other = status_object();
    other.uid = "5678"; // deleted and created again
    EXPECT_TRUE(book.note({true, "A", "x"}, other, now)->creates);
}

TEST_F(events_sent, are_bounded_in_a_minute_and_those_left_out_are_told) {
    int sent = 0;
    for (int i = 0; i < 50; ++i)
        sent += note("A", std::to_string(i)) ? 1 : 0;
    EXPECT_EQ(sent, event_book::burst);
    pass(6s);
    const auto next = note("A", "next");
    ASSERT_TRUE(next);
    EXPECT_THAT(next->body, HasSubstr("next (40 changes before it were too many to be told)"));
    EXPECT_FALSE(note("A", "z"));
    sent = 0;
    for (int i = 0; i < 600; ++i) {
        pass(100ms);
        sent += note("B", std::to_string(i)) ? 1 : 0;
    }
    EXPECT_LE(sent, 10);
}

} // namespace
} // namespace vmcp::test
