// What others cause happens a few times at once, and then at a pace.
#include "vmcp/supervision/pace.hpp"

#include "vmcp/supervision/list_schedule.hpp"
#include "vmcp/supervision/own_shortage.hpp"

#include <gtest/gtest.h>

namespace vmcp {
namespace {

using namespace std::chrono_literals;

TEST(pace, a_burst_and_then_a_rhythm) {
    pace p(3, 100ms);
    const health::steady_time begin{1h};
    auto now = begin;
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(p.earliest(now), now);
        p.happened(now);
    }
    for (int i = 1; i <= 5; ++i) {
        EXPECT_EQ(p.earliest(now), begin + i * 100ms);
        now = p.earliest(now);
        p.happened(now);
    }
    now += 200ms; // some of the burst is there again
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(p.earliest(now), now);
        p.happened(now);
    }
    EXPECT_EQ(p.earliest(now), now + 100ms);
    now += 1h; // and never more than all of it
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(p.earliest(now), now);
        p.happened(now);
    }
    EXPECT_EQ(p.earliest(now), now + 100ms);
}

// How often lists are read within ten seconds while the backend says every 5 ms that they changed.
unsigned readings_in_a_storm(bool well) {
    list_schedule s({.refresh = 60s, .interval = 30s});
    health::steady_time now{1h};
    const auto end = now + 10s;
    unsigned readings = 0;
    for (; now < end; now += 5ms) {
        s.announced(now);
        if (s.due() > now)
            continue;
        s.begin();
        s.announced(now);
        s.finish({.complete = well, .known = well, .shown = well, .stands = health::standing::failing},
                 now + 2ms, 0);
        ++readings;
    }
    return readings;
}

TEST(list_schedule_pace, a_storm_of_announcements_costs_a_reading_a_second) {
    EXPECT_GE(readings_in_a_storm(true), 12U);
    EXPECT_LE(readings_in_a_storm(true), 15U);
}

TEST(list_schedule_pace, also_of_a_backend_whose_lists_cannot_be_read) {
    EXPECT_LE(readings_in_a_storm(false), 30U) << "with those of a failing backend's own pace";
}

TEST(list_schedule_pace, the_last_announcement_of_a_storm_is_not_lost) {
    list_schedule s({.refresh = 60s, .interval = 30s});
    health::steady_time now{1h};
    for (int i = 0; i < 20; ++i) {
        s.announced(now);
        now = std::max(now, s.due());
        s.begin();
        s.finish({.complete = true, .known = true, .shown = true, .stands = health::standing::failing}, now,
                 0);
    }
    s.announced(now);
    EXPECT_GT(s.due(), now + 500ms);
    EXPECT_LE(s.due(), now + 1s);
    s.want(now); // another reason does not wait for that
    EXPECT_EQ(s.due(), now + list_schedule::gathering);
}

// ---- what this process lacks

TEST(own_shortage, is_a_condition_for_a_minute) {
    const std::chrono::steady_clock::time_point now{1h};
    EXPECT_FALSE(condition_of(shortage::descriptors, {}, now));
    const auto told = condition_of(shortage::descriptors, {.times = 3, .last = now - 5s}, now);
    ASSERT_TRUE(told);
    EXPECT_EQ(told->type, "ResourcesSufficient");
    EXPECT_EQ(told->status, "False");
    EXPECT_EQ(told->reason, "OutOfDescriptors");
    EXPECT_EQ(told->message,
              "This gateway ran out of descriptors 3 times, last 5 s ago; raise the hard limit of open "
              "files, or lower limits.maxConnections and limits.maxStreams");
    EXPECT_FALSE(condition_of(shortage::descriptors, {.times = 3, .last = now - 61s}, now));
    for (const auto shortage : all_shortages)
        EXPECT_TRUE(condition_of(shortage, {.times = 1, .last = now}, now)) << name_of(shortage);
}

} // namespace
} // namespace vmcp
