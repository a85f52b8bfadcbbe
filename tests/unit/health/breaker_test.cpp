// The circuit breaker.
#include "health/breaker.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace health {
namespace {

using namespace std::chrono_literals;

moment at(milliseconds since) {
    return {steady_time{std::chrono::hours{9}} + since, wall_time{std::chrono::hours{490'000}} + since};
}

breaker on() {
    return breaker({true, 3, 60s});
}

void fail(breaker& one, moment now, int times) {
    for (int i = 0; i < times; ++i)
        one.report(one.admit(now.at), verdict::fails, now);
}

TEST(circuit_breaker, opens_after_failures_in_a_row) {
    breaker one = on();
    fail(one, at(0ms), 2);
    one.report(one.admit(at(1ms).at), verdict::works, at(1ms)); // resets the count
    fail(one, at(2ms), 2);
    EXPECT_EQ(one.state(at(2ms).at), circuit::closed);
    fail(one, at(3ms), 1);
    EXPECT_EQ(one.state(at(3ms).at), circuit::open);
    EXPECT_EQ(one.last_changed(), at(3ms));
    EXPECT_FALSE(one.admit(at(4ms).at).allowed);
    EXPECT_EQ(one.retry_after(at(1003ms).at), 59s);
}

TEST(circuit_breaker, half_opens_for_one_trial) {
    breaker one = on();
    fail(one, at(0ms), 3);
    EXPECT_FALSE(one.admit(at(59'999ms).at).allowed);
    EXPECT_EQ(one.state(at(60s).at), circuit::half_open);
    EXPECT_EQ(one.retry_after(at(60s).at), 0ms);
    const auto trial = one.admit(at(60s).at);
    EXPECT_TRUE(trial.allowed);
    EXPECT_TRUE(trial.trial);
    for (int i = 0; i < 5; ++i)
        EXPECT_FALSE(one.admit(at(60'001ms).at).allowed);
    EXPECT_GT(one.retry_after(at(60'001ms).at), 0ms);
    one.report(trial, verdict::works, at(61s));
    EXPECT_EQ(one.state(at(61s).at), circuit::closed);
    EXPECT_TRUE(one.admit(at(61s).at).allowed);
}

TEST(circuit_breaker, opens_again_when_the_trial_fails) {
    breaker one = on();
    fail(one, at(0ms), 3);
    one.report(one.admit(at(60s).at), verdict::fails, at(61s));
    EXPECT_EQ(one.state(at(61s).at), circuit::open);
    EXPECT_EQ(one.retry_after(at(61s).at), 60s);
    EXPECT_TRUE(one.admit(at(121s).at).trial);
}

TEST(circuit_breaker, gives_the_trial_to_another_when_it_proved_nothing_or_got_lost) {
    breaker one = on();
    fail(one, at(0ms), 3);
    one.report(one.admit(at(60s).at), verdict::neither, at(61s)); // cancelled
    const auto lost = one.admit(at(61s).at);
    EXPECT_TRUE(lost.trial);
    EXPECT_FALSE(one.admit(at(120s).at).allowed);
    const auto next = one.admit(at(121s).at);
    EXPECT_TRUE(next.trial);
    one.report(lost, verdict::fails, at(122s)); // too late to count
    EXPECT_EQ(one.state(at(122s).at), circuit::half_open);
    one.report(next, verdict::works, at(123s));
    EXPECT_EQ(one.state(at(123s).at), circuit::closed);
}

TEST(circuit_breaker, ignores_results_of_an_earlier_state) {
    breaker one = on();
    std::vector<breaker::permit> hanging;
    for (int i = 0; i < 10; ++i)
        hanging.push_back(one.admit(at(0ms).at));
    fail(one, at(1ms), 3);
    one.report(one.admit(at(60'001ms).at), verdict::works, at(60'002ms));
    ASSERT_EQ(one.state(at(60'002ms).at), circuit::closed);
    for (const auto& permit : hanging)
        one.report(permit, verdict::fails, at(60'003ms));
    EXPECT_EQ(one.state(at(60'003ms).at), circuit::closed);
    EXPECT_EQ(one.failures(), 0U);

    // A success from before must not close an open circuit either.
    const auto old = one.admit(at(61s).at);
    fail(one, at(61s), 3);
    one.report(old, verdict::works, at(62s));
    EXPECT_EQ(one.state(at(62s).at), circuit::open);
}

TEST(circuit_breaker, closes_at_once_when_the_monitor_found_the_backend_ready) {
    breaker one = on();
    const auto old = one.admit(at(0ms).at);
    fail(one, at(0ms), 3);
    one.close(at(1s));
    EXPECT_EQ(one.state(at(1s).at), circuit::closed);
    EXPECT_EQ(one.last_changed(), at(1s));
    for (int i = 0; i < 5; ++i)
        one.report(old, verdict::fails, at(2s));
    EXPECT_EQ(one.state(at(2s).at), circuit::closed);
    fail(one, at(3s), 3);
    EXPECT_EQ(one.state(at(3s).at), circuit::open);
}

TEST(circuit_breaker, does_nothing_while_it_is_off) {
    breaker one({false, 1, 60s});
    fail(one, at(0ms), 100);
    EXPECT_TRUE(one.admit(at(1ms).at).allowed);
    EXPECT_EQ(one.last_changed(), moment{});
    one.configure({true, 1, 60s}, at(2ms));
    fail(one, at(3ms), 1);
    EXPECT_FALSE(one.admit(at(4ms).at).allowed);
    one.configure({false, 1, 60s}, at(5ms));
    EXPECT_TRUE(one.admit(at(6ms).at).allowed);
}

TEST(circuit_breaker, counts_a_tool_error_as_an_answer) {
    breaker one({true, 1, 60s});
    evidence tool_error;
    tool_error.what = finding::rpc_error;
    one.report(one.admit(at(0ms).at), verdict_of(tool_error), at(0ms));
    EXPECT_EQ(one.state(at(0ms).at), circuit::closed);
    one.report(one.admit(at(0ms).at), verdict_of(evidence_of_status(502, "", "")), at(0ms));
    EXPECT_EQ(one.state(at(0ms).at), circuit::open);
}

TEST(circuit_breaker, keeps_its_invariants_in_random_runs) {
    std::mt19937 dice(42);
    const auto roll = [&](int sides) { return std::uniform_int_distribution<int>(0, sides - 1)(dice); };
    for (int run = 0; run < 300; ++run) {
        const unsigned threshold = 1 + static_cast<unsigned>(roll(4));
        breaker one({true, threshold, 1s});
        std::vector<breaker::permit> out;
        milliseconds now{0};
        for (int i = 0; i < 300; ++i) {
            now += milliseconds{roll(400)};
            const steady_time time = at(now).at;
            const circuit before = one.state(time);
            const milliseconds wait = one.retry_after(time);
            if (roll(2) == 0) {
                const auto permit = one.admit(time);
                EXPECT_EQ(permit.allowed, wait == 0ms); // what is promised is kept
                EXPECT_EQ(permit.trial, permit.allowed && before == circuit::half_open);
                if (before == circuit::closed)
                    EXPECT_TRUE(permit.allowed);
                if (before == circuit::open)
                    EXPECT_FALSE(permit.allowed);
                if (permit.allowed)
                    out.push_back(permit);
            } else if (!out.empty()) {
                const auto which = static_cast<std::size_t>(roll(static_cast<int>(out.size())));
                one.report(out[which], static_cast<verdict>(roll(3)), at(now));
                out.erase(out.begin() + static_cast<long>(which));
            }
            EXPECT_LT(one.failures(), threshold);
            EXPECT_LE(one.retry_after(time), 1s);
            // One trial at a time: a second one is not admitted in the same instant.
            if (one.state(time) == circuit::half_open && one.admit(time).allowed)
                EXPECT_FALSE(one.admit(time).allowed);
        }
    }
}

} // namespace
} // namespace health
