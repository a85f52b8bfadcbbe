// How often a program is started, and how many of its lines are let into the log.
#include "transport/process/line_pace.hpp"
#include "transport/process/process_places.hpp"
#include "transport/process/restart_pace.hpp"

#include <gtest/gtest.h>

namespace transport {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

TEST(restart_pace, one_crash_costs_no_pause_and_each_further_one_the_double) {
    restart_pace pace;
    auto now = clock::time_point(1h);
    EXPECT_LE(pace.next(), now) << "before the first start";
    restart_pace::milliseconds former{-1};
    for (int i = 0; i < 20; ++i) {
        pace.started(now);
        pace.ended(now + 1s);
        const auto pause = std::chrono::duration_cast<restart_pace::milliseconds>(pace.next() - (now + 1s));
        EXPECT_GE(pause, former);
        EXPECT_LE(pause, restart_pace::longest_pause);
        if (i == 0)
            EXPECT_EQ(pause, 0ms);
        else if (i == 1)
            EXPECT_EQ(pause, restart_pace::first_pause);
        else
            EXPECT_EQ(pause, std::min(2 * former, restart_pace::longest_pause));
        former = pause;
        now += 1min;
    }
    EXPECT_EQ(former, restart_pace::longest_pause);
}

TEST(restart_pace, who_ran_well_is_started_at_once) {
    restart_pace pace;
    const auto now = clock::time_point(1h);
    for (int i = 0; i < 5; ++i) {
        pace.started(now);
        pace.ended(now);
    }
    pace.started(now + 1min);
    pace.ended(now + 1min + restart_pace::ran_well);
    EXPECT_EQ(pace.next(), now + 1min + restart_pace::ran_well);
}

TEST(line_pace, of_a_thousand_lines_at_once_few_are_let_in_and_the_others_counted) {
    line_pace pace;
    const auto now = clock::time_point(1h);
    int in = 0;
    for (int i = 0; i < 1'000; ++i)
        in += pace.let_in(now + i * 1us) ? 1 : 0;
    EXPECT_EQ(in, static_cast<int>(line_pace::burst));
    EXPECT_EQ(pace.take_left_out(now + 2ms), 0U) << "there is no room for saying so";
    EXPECT_EQ(pace.take_left_out(now + 1s), 1'000U - static_cast<unsigned>(in));
    EXPECT_EQ(pace.take_left_out(now + 1s), 0U);
    EXPECT_TRUE(pace.let_in(now + 1s));
}

TEST(line_pace, what_was_left_out_is_told_at_the_end) {
    line_pace pace;
    const auto now = clock::time_point(1h);
    for (int i = 0; i < 100; ++i)
        (void)pace.let_in(now);
    EXPECT_EQ(pace.take_left_out(now, true), 100U - static_cast<unsigned>(line_pace::burst));
}

TEST(process_places, are_bounded_and_come_free) {
    const auto places = std::make_shared<process_places>(2);
    auto one = places->take();
    auto two = places->take();
    EXPECT_TRUE(one && two);
    EXPECT_FALSE(places->take());
    one = {};
    EXPECT_TRUE(places->take()) << "and given back at once";
    EXPECT_EQ(places->running(), 1U);
    places->set_most(1);
    EXPECT_FALSE(places->take());
}

} // namespace
} // namespace transport
