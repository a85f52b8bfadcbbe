// When the status is written, by whom, and what becomes of it when the API server does not take it.
#include "cluster_of_one.hpp"
#include "status_facts.hpp"

#include "vmcp/cluster/status_reporter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vmcp::test {
namespace {

using nlohmann::json;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;
using enum health::state;

struct reports : ::testing::Test {
    fakes::hand_driven home{};
    std::shared_ptr<cluster_of_one> cluster = std::make_shared<cluster_of_one>();
    std::vector<health::backend_row> rows{status_row("a", healthy)};
    bool known = true;
    std::uint64_t number = 0;
    std::vector<std::shared_ptr<status_reporter>> made{};

    ~reports() override {
        for (const auto& one : made)
            one->stop();
        home.settle();
    }

    std::shared_ptr<status_reporter> reporter(const std::string& holder = "pod-1") {
        report_sources from{
            .look = [this]() -> awaitable<std::shared_ptr<const fleet_view>> {
                auto view = std::make_shared<fleet_view>();
                view->health = status_view(rows);
                co_return view;
            },
            .known = [this] { return known; },
        };
        made.push_back(std::make_shared<status_reporter>(home.thread(), cluster,
                                                         status_target{"gateway", "tools"}, std::move(from),
                                                         holder, [this] { return ++number; }));
        return made.back();
    }
    std::shared_ptr<status_reporter> started(const std::string& holder = "pod-1") {
        auto one = reporter(holder);
        one->start(30s);
        home.settle();
        return one;
    }
    long writes() const { return cluster->count("PATCH status"); }
};

TEST_F(reports, begins_with_what_is_and_leaves_what_is_another_s) {
    started();
    EXPECT_EQ(writes(), 1);
    EXPECT_EQ(cluster->status()["phase"], "Ready");
    EXPECT_EQ(cluster->status()["url"], "http://gateway");
    EXPECT_EQ(cluster->status()["observedGeneration"], 2);
    ASSERT_TRUE(cluster->lease);
    EXPECT_EQ((*cluster->lease)["spec"]["holderIdentity"], "pod-1");
    EXPECT_EQ((*cluster->lease)["metadata"]["ownerReferences"][0]["uid"], "1234");
}

TEST_F(reports, a_change_is_written_at_once_and_many_as_the_last_of_them) {
    const auto one = started();
    home.pass(3s);
    rows[0].health.now = unhealthy;
    one->heard();
    home.settle();
    EXPECT_EQ(writes(), 2);
    EXPECT_EQ(cluster->status()["phase"], "Failed");
    for (int i = 0; i < 20; ++i) {
        rows[0].health.now = i % 2 == 0 ? healthy : unhealthy;
        one->heard();
        home.pass(20ms);
    }
    EXPECT_LE(writes(), 4); // three in a row at most
    home.pass(2s);
    EXPECT_EQ(cluster->status()["phase"], "Failed"); // the last of them
    const auto before = writes();
    home.pass(3s);
    EXPECT_EQ(writes(), before);
    rows[0].health.now = healthy;
    one->heard();
    home.pass(1s);
    EXPECT_EQ(writes(), before + 1);
    EXPECT_EQ(cluster->status()["phase"], "Ready");
}

// The first look is before anything has answered.
TEST_F(reports, what_follows_the_start_at_once_is_not_late) {
    rows[0].health.now = unknown;
    const auto one = started();
    EXPECT_EQ(writes(), 1);
    home.pass(50ms);
    rows[0].health.now = healthy;
    one->heard();
    home.pass(150ms);
    EXPECT_EQ(cluster->status()["phase"], "Ready");
}

// A backend that is away fails ever more often.
TEST_F(reports, a_count_that_grows_is_no_change) {
    rows[0].health.now = unhealthy;
    rows[0].health.consecutive_failures = 1;
    started();
    const auto before = cluster->count("GET server");
    for (int i = 1; i <= 60; ++i) {
        rows[0].health.consecutive_failures = 1U + static_cast<unsigned>(i);
        rows[0].health.last_check = health::moment{{}, day() + i * 5s};
        home.pass(5s);
    }
    EXPECT_LE(cluster->count("GET server"), before + 11);
    EXPECT_LE(writes(), 12);
    EXPECT_GE(cluster->status()["discoveredBackends"][0]["consecutiveFailures"].get<int>(), 50);
}

// Lists are read a moment after a backend answers, and circuits change without a word.
TEST_F(reports, what_nobody_announced_is_seen_soon) {
    const auto one = started();
    home.pass(10s);
    EXPECT_EQ(writes(), 1);
    one->heard();
    home.settle();
    rows[0].health.now = degraded;
    home.pass(1s);
    EXPECT_EQ(writes(), 2);
    home.pass(10s);
    rows[0].circuit_state = health::circuit::open;
    home.pass(5s);
    EXPECT_EQ(writes(), 3);
}

TEST_F(reports, nothing_new_costs_a_read_in_each_interval) {
    started();
    const auto before = cluster->log.size();
    cluster->log.clear();
    home.pass(5min);
    EXPECT_EQ(writes(), 0);
    EXPECT_LE(cluster->count("GET server"), 10);
    EXPECT_GE(cluster->count("GET server"), 9);
    EXPECT_GT(before, 0U);
}

TEST_F(reports, times_of_checks_are_written_in_each_interval) {
    rows[0].health.last_check = health::moment{{}, day()};
    started();
    for (int i = 1; i <= 10; ++i) {
        rows[0].health.last_check = health::moment{{}, day() + i * 30s};
        home.pass(30s);
    }
    EXPECT_GE(writes(), 10);
    EXPECT_LE(writes(), 12);
}

TEST_F(reports, what_somebody_else_made_of_it_is_mended) {
    started();
    cluster->server["status"]["phase"] = "Pending";
    cluster->touch();
    home.pass(31s);
    EXPECT_EQ(cluster->status()["phase"], "Ready");
}

TEST_F(reports, conflicts_are_read_again_and_tried_five_times) {
    int conflicts = 4;
    cluster->before_patch = [&] {
        if (conflicts-- > 0)
            cluster->touch();
    };
    started();
    EXPECT_EQ(writes(), 1);
    home.pass(100ms);
    EXPECT_EQ(writes(), 5);
    EXPECT_EQ(cluster->count("GET server"), 6); // and one for the lease
    EXPECT_EQ(cluster->status()["phase"], "Ready");
    conflicts = 1'000;
    rows[0].health.now = unhealthy;
    made[0]->heard();
    home.pass(800ms);
    EXPECT_EQ(writes(), 10); // and a pause after that
    conflicts = 0;
    home.pass(3s);
    EXPECT_EQ(cluster->status()["phase"], "Failed");
}

TEST_F(reports, an_outage_is_waited_for_ever_more_slowly_and_then_the_last_state_counts) {
    const auto one = started();
    cluster->fault = [](const kube::kube_request&) {
        return std::optional(kube::kube_answer{.error = "connection refused"});
    };
    rows[0].health.now = unhealthy;
    one->heard();
    home.pass(9s); // still its lease
    const auto tries = cluster->count("GET server");
    EXPECT_GE(tries, 3);
    EXPECT_LE(tries, 7);
    home.pass(60s);
    EXPECT_LE(cluster->count("GET server"), tries + 1); // not without the lease
    rows.push_back(status_row("b", healthy));
    cluster->fault = nullptr;
    home.pass(5s);
    EXPECT_EQ(cluster->status()["phase"], "Degraded");
    EXPECT_EQ(cluster->status()["discoveredBackends"].size(), 2U);
}

TEST_F(reports, nothing_is_said_before_it_is_known_who_belongs_to_it) {
    known = false;
    started();
    home.pass(60s);
    EXPECT_EQ(writes(), 0);
    known = true;
    made[0]->heard();
    home.pass(1s);
    EXPECT_EQ(writes(), 1);
}

TEST_F(reports, of_two_replicas_one_writes) {
    started("pod-1");
    const auto second = started("pod-2");
    for (int i = 0; i < 30; ++i) {
        rows[0].health.now = i % 2 == 0 ? unhealthy : healthy;
        made[0]->heard();
        second->heard();
        home.pass(2s);
    }
    EXPECT_EQ((*cluster->lease)["spec"]["leaseTransitions"], 0);
    EXPECT_EQ(writes(), 31);
    made[0]->stop(); // it gives the lease back
    home.settle();
    EXPECT_EQ((*cluster->lease)["spec"]["holderIdentity"], "");
    rows[0].health.now = degraded;
    home.pass(6s);
    EXPECT_EQ((*cluster->lease)["spec"]["holderIdentity"], "pod-2");
    EXPECT_EQ((*cluster->lease)["spec"]["leaseTransitions"], 1);
    EXPECT_EQ(cluster->status()["discoveredBackends"][0]["status"], "degraded");
}

// ToolHive's operator gives no right to leases or events.
TEST_F(reports, without_rights_beyond_toolhive_s_it_writes_all_the_same) {
    cluster->fault = [](const kube::kube_request& request) {
        return request.target.find("toolhive") == std::string::npos
                   ? std::optional(kube::kube_answer{.status = 403})
                   : std::nullopt;
    };
    started();
    EXPECT_EQ(writes(), 1);
    rows[0].health.now = unhealthy;
    made[0]->heard();
    home.pass(2s);
    EXPECT_EQ(writes(), 2);
    home.pass(5min);
    EXPECT_LE(cluster->count("GET lease"), 7);
    EXPECT_LE(cluster->count("POST events"), 2);
    cluster->fault = nullptr; // they are granted
    home.pass(75s);
    EXPECT_TRUE(cluster->lease);
}

// It names its owner, which is read for that: whoever may not do that says nothing of Leases.
TEST_F(reports, an_owner_that_cannot_be_read_is_no_right_to_write_without_a_lease) {
    cluster->fault = [](const kube::kube_request& request) {
        return request.target.find("toolhive") != std::string::npos
                   ? std::optional(kube::kube_answer{.status = 403})
                   : std::nullopt;
    };
    started();
    home.pass(30s);
    EXPECT_EQ(cluster->count("GET server"), 1); // that of the lease; nobody leads
    EXPECT_FALSE(cluster->lease);
    cluster->fault = nullptr;
    home.pass(75s);
    EXPECT_TRUE(cluster->lease);
    EXPECT_EQ(cluster->status()["phase"], "Ready");
}

TEST_F(reports, the_owner_of_the_lease_is_read_as_large_as_it_may_be_and_anew_with_each_lease) {
    std::size_t least = std::size_t{1} << 30;
    cluster->fault = [&](const kube::kube_request& request) -> std::optional<kube::kube_answer> {
        if (request.target.ends_with("/virtualmcpservers/gateway"))
            least = std::min(least, request.most);
        return std::nullopt;
    };
    started();
    EXPECT_EQ(least, std::size_t{4} << 20);
    ASSERT_TRUE(cluster->lease);
    cluster->server["metadata"]["uid"] = "5678"; // it was made anew, and its Lease went with the old one
    cluster->lease.reset();
    home.pass(20s);
    ASSERT_TRUE(cluster->lease);
    EXPECT_EQ((*cluster->lease)["metadata"]["ownerReferences"][0]["uid"], "5678");
}

TEST_F(reports, changes_are_events) {
    const auto one = started();
    ASSERT_EQ(cluster->events.size(), 2U);
    EXPECT_EQ(cluster->events[0]["reason"], "GatewayReady");
    EXPECT_EQ(cluster->events[1]["note"], "Backend a is ready");
    EXPECT_EQ(cluster->events[1]["reportingInstance"], "pod-1");
    rows[0].health.now = unhealthy;
    one->heard();
    home.pass(1s);
    ASSERT_EQ(cluster->events.size(), 4U);
    EXPECT_EQ(cluster->events[3]["reason"], "BackendUnavailable");
    EXPECT_EQ(cluster->events[3]["type"], "Warning");
    home.pass(2min);
    EXPECT_EQ(cluster->events.size(), 4U);
}

TEST_F(reports, nothing_is_written_after_the_end) {
    const auto one = started();
    one->stop();
    home.settle();
    EXPECT_TRUE(cluster->stopped);
    const auto before = cluster->log.size();
    one->heard();
    one->configure(1s);
    one->stop();
    home.pass(2min);
    EXPECT_EQ(cluster->log.size(), before);
}

// Or its connections that idle would keep the worker at the end.
TEST_F(reports, the_end_is_the_client_s_too) {
    const auto one = started();
    EXPECT_FALSE(cluster->stopped);
    one->stop();
    EXPECT_TRUE(cluster->stopped);
    home.settle();
    EXPECT_EQ((*cluster->lease)["spec"]["holderIdentity"], ""); // given back all the same
}

TEST_F(reports, odd_answers_are_no_more_than_failures) {
    for (const auto* body : {"", "[]", "{}", R"({"metadata":{"resourceVersion":7}})"}) {
        cluster->fault = [&](const kube::kube_request& request) {
            return request.method == "GET" ? std::optional(kube::kube_answer{.status = 200, .body = body})
                                           : std::nullopt;
        };
        started();
        home.pass(30s);
        EXPECT_EQ(writes(), 0);
        made[0]->stop();
        made.clear();
        home.settle();
    }
}

TEST(status_targets, are_named_by_both_variables_or_there_is_none) {
    const auto none = [](const auto& name, const auto& space) {
        const auto found = status_target_of(name, space);
        return found && !*found;
    };
    EXPECT_TRUE(none(std::nullopt, std::nullopt));
    EXPECT_TRUE(none(std::optional<std::string>("a"), std::nullopt));
    EXPECT_TRUE(none(std::nullopt, std::optional<std::string>("a")));
    EXPECT_TRUE(none(std::optional<std::string>(""), std::optional<std::string>("a")));
    const auto good = status_target_of("a.b-1", "tools");
    ASSERT_TRUE(good && *good);
    EXPECT_EQ((*good)->path(),
              "/apis/toolhive.stacklok.dev/v1beta1/namespaces/tools/virtualmcpservers/a.b-1");
    for (const auto* bad : {"A", "a/b", "../x", "a b", "a?b", "-a", "a..b"})
        EXPECT_FALSE(status_target_of(bad, "tools")) << bad;
    for (const auto* bad : {"A", "a/b", "..", "a.b"})
        EXPECT_FALSE(status_target_of("a", bad)) << bad;
}

} // namespace
} // namespace vmcp::test
