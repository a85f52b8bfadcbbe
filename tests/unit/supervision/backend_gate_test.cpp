// What lets calls through to a backend, and what it learns from how they end.
#include "vmcp/supervision/backend_gate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vmcp {
namespace {

using namespace std::chrono_literals;
using health::finding;
using testing::HasSubstr;

class gates : public testing::Test {
protected:
    backend_gate& make(health::breaker_settings breaker = {}) {
        backend_gate::reports to;
        to.lists_changed = [this] { ++lists_changed_; };
        to.probe_wanted = [this] { ++wanted_; };
        to.call_ended = [this](health::evidence evidence, health::steady_time began) {
            told_.emplace_back(evidence.what, began);
        };
        return gate_.emplace(breaker, std::move(to));
    }
    void is(health::state state, std::string reason = {}, bool undisputed = false) {
        health::record_status status;
        status.now = state;
        status.reason = status.brief = std::move(reason);
        status.undisputed = undisputed;
        gate_->set_health(status, now_);
    }
    void call(finding finding, std::chrono::milliseconds took = 10ms) {
        const auto permit = gate_->admit(now_);
        ASSERT_TRUE(permit);
        now_ += took;
        gate_->ended(*permit, {.evidence = {.what = finding}, .failed = finding != finding::success},
                     {now_, {}});
    }

    health::steady_time now_{1h};
    std::optional<backend_gate> gate_{};
    unsigned lists_changed_ = 0, wanted_ = 0;
    std::vector<std::pair<finding, health::steady_time>> told_{};
};

TEST_F(gates, a_backend_that_went_down_gets_a_moment_and_then_calls_fail_at_once_and_want_a_probe) {
    auto& gate = make();
    is(health::state::unhealthy, "it refused the connection");
    now_ += backend_gate::patience - 1ms;
    EXPECT_TRUE(gate.admit(now_));
    now_ += 1ms;
    const auto refused = gate.admit(now_);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message(), HasSubstr("it refused the connection; try again in 1 s"));
    EXPECT_EQ(refused.error().code, errc::backend_unavailable);
    EXPECT_EQ(wanted_, 1U);
    is(health::state::unauthenticated);
    EXPECT_TRUE(gate.admit(now_)) << "a caller may have credentials of its own";
}

TEST_F(gates, the_last_calls_that_failed_are_kept_newest_first) {
    auto& gate = make();
    call(finding::success);
    EXPECT_TRUE(gate.recent_failures().empty());
    for (std::size_t i = 0; i < backend_gate::most_failures; ++i)
        call(finding::timeout);
    call(finding::reset);
    call(finding::success);
    const auto kept = gate.recent_failures();
    ASSERT_EQ(kept.size(), backend_gate::most_failures);
    EXPECT_EQ(kept.front().met.what, finding::reset);
    EXPECT_EQ(kept.back().met.what, finding::timeout);
}

TEST_F(gates, what_the_backend_said_is_not_told) {
    auto& gate = make();
    health::record_status status;
    status.now = health::state::unhealthy;
    status.brief = "b:1 answered ping with HTTP 500, text body";
    status.reason = status.brief + ": bad key";
    gate.set_health(status, now_);
    now_ += backend_gate::patience;
    const auto refused = gate.admit(now_);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message(), testing::Not(HasSubstr("bad key")));
    EXPECT_THAT(refused.error().message(), HasSubstr("HTTP 500"));
}

TEST_F(gates, a_success_of_a_backend_that_nobody_doubts_is_not_told) {
    make();
    is(health::state::healthy, {}, true);
    call(finding::success);
    EXPECT_TRUE(told_.empty());
    is(health::state::degraded);
    call(finding::success);
    EXPECT_EQ(told_.size(), 1U);
}

TEST_F(gates, successes_and_timeouts_tell_of_when_they_were_sent_other_failures_of_now) {
    make();
    for (const auto found : {finding::success, finding::timeout, finding::reset}) {
        const auto sent = now_;
        call(found, 500ms);
        EXPECT_EQ(told_.back(), (std::pair{found, found == finding::reset ? now_ : sent}));
    }
    call(finding::cancelled);
    EXPECT_EQ(told_.size(), 3U) << "it proves nothing";
}

TEST_F(gates, calls_are_counted_and_those_that_failed) {
    auto& gate = make();
    call(finding::success);
    call(finding::reset);
    EXPECT_EQ(gate.calls().count, 2U);
    EXPECT_EQ(gate.failed_calls(), 1U);
    gate.reinitialized();
    EXPECT_EQ(gate.reinitializations(), 1U);
    gate.lists_changed();
    EXPECT_EQ(lists_changed_, 1U);
}

TEST_F(gates, the_circuit_opens_with_failures_and_closes_when_the_monitor_saw_it_back) {
    auto& gate = make({.enabled = true, .failure_threshold = 2, .timeout = 60s});
    call(finding::reset);
    call(finding::reset);
    EXPECT_EQ(gate.circuit(now_).state, health::circuit::open);
    const auto refused = gate.admit(now_);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message(),
                HasSubstr("circuit is open after repeated failures; try again in 60 s"));
    gate.recovered({now_, {}});
    EXPECT_EQ(gate.circuit(now_).state, health::circuit::closed);
    EXPECT_TRUE(gate.admit(now_));
    gate.configure({}, {now_, {}});
    EXPECT_FALSE(gate.circuit(now_).enabled);
}

} // namespace
} // namespace vmcp
