// How long a list request is waited for.
#include "vmcp/supervision/list_patience.hpp"

#include <gtest/gtest.h>

namespace vmcp {
namespace {

using namespace std::chrono_literals;

TEST(patience, doubles_with_each_attempt_that_ran_out_and_begins_anew_after_the_longest) {
    list_patience p;
    for (const auto expected : {800ms, 1600ms, 3200ms, 6400ms}) {
        EXPECT_EQ(p.next(0ms, 10s), expected);
        EXPECT_FALSE(p.ran_out(expected, 10s));
    }
    EXPECT_EQ(p.next(0ms, 10s), 10s);
    EXPECT_TRUE(p.ran_out(10s, 10s));
    EXPECT_EQ(p.next(0ms, 10s), 800ms);
}

TEST(patience, whatever_hung_is_asked_again_soon) {
    for (auto hung = 100ms; hung < 8s; hung += 100ms) {
        list_patience p;
        auto now = 0ms;
        while (now < hung) {
            const auto next = p.next(0ms, 10s);
            now += next;
            (void)p.ran_out(next, 10s);
        }
        EXPECT_LE(now - hung, hung + 800ms) << "after about the time that it hung";
    }
}

TEST(patience, a_backend_that_is_slow_for_everything_is_not_hurried) {
    const list_patience p;
    EXPECT_EQ(p.next(100ms, 10s), 800ms);
    EXPECT_EQ(p.next(1s, 10s), 4s);
    EXPECT_EQ(p.next(5s, 10s), 10s);
}

TEST(patience, what_was_needed_is_given_at_once_the_next_time_until_less_does) {
    list_patience p;
    (void)p.ran_out(800ms, 10s);
    p.sufficed(1600ms, 1s);
    EXPECT_EQ(p.next(0ms, 10s), 1600ms);
    p.sufficed(1600ms, 900ms);
    EXPECT_EQ(p.next(0ms, 10s), 1600ms);
    p.sufficed(1600ms, 20ms);
    EXPECT_EQ(p.next(0ms, 10s), 800ms);
}

TEST(patience, is_never_longer_than_it_may_be) {
    list_patience p;
    EXPECT_EQ(p.next(1h, 500ms), 500ms);
    EXPECT_TRUE(p.ran_out(500ms, 500ms));
    for (int i = 0; i < 1000; ++i)
        (void)p.ran_out(p.next(0ms, 24h), 24h);
    EXPECT_LE(p.next(0ms, 24h), 24h);
}

} // namespace
} // namespace vmcp
