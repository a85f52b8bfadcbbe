// When the lists of a backend are read.
#include "vmcp/supervision/list_schedule.hpp"

#include <gtest/gtest.h>

namespace vmcp {
namespace {

using namespace std::chrono_literals;
using health::standing;
using outcome = list_schedule::outcome;

constexpr auto never_due = health::steady_time::max();

class schedule : public testing::Test {
protected:
    health::steady_time now_{1h};
    list_schedule s_{{.refresh = 60s, .interval = 30s}};

    // How long from now it is due.
    [[nodiscard]] std::chrono::milliseconds wait() const {
        return std::chrono::duration_cast<std::chrono::milliseconds>(s_.due() - now_);
    }
    void read(const outcome& how) {
        now_ = std::max(now_, s_.due());
        s_.begin();
        s_.finish(how, now_, 0);
    }
    void read_well() { read({.complete = true, .known = true, .shown = true, .stands = standing::failing}); }
};

TEST_F(schedule, nothing_is_read_before_there_is_a_reason) {
    EXPECT_EQ(s_.due(), never_due);
    s_.want(now_);
    EXPECT_EQ(wait(), 0ms);
}

TEST_F(schedule, while_it_is_read_nothing_is_due_and_a_reason_makes_another_reading_follow) {
    s_.want(now_);
    s_.begin();
    EXPECT_EQ(s_.due(), never_due);
    s_.want(now_);
    s_.want(now_);
    EXPECT_EQ(s_.due(), never_due);
    s_.finish({.complete = true, .known = true, .stands = standing::failing}, now_, 0);
    EXPECT_EQ(wait(), list_schedule::gathering);
    read_well();
    EXPECT_EQ(wait(), 60s) << "one reading for both reasons";
}

TEST_F(schedule, what_is_fresh_for_less_than_the_refresh_is_read_sooner) {
    const auto fresh_for = [this](std::optional<std::chrono::milliseconds> given) {
        s_.want(now_);
        read({.complete = true,
              .known = true,
              .shown = true,
              .fresh_for = given,
              .stands = standing::failing});
        return wait();
    };
    EXPECT_EQ(fresh_for(20s), 20s);
    EXPECT_EQ(fresh_for(5min), 60s) << "the refresh is what the configuration wants at least";
    EXPECT_EQ(fresh_for(1ms), list_schedule::shortest_refresh) << "not in a tight loop";
    EXPECT_EQ(fresh_for(0ms), 60s) << "who cannot know asks for no polling";
    EXPECT_EQ(fresh_for(std::nullopt), 60s);
}

TEST_F(schedule, it_is_read_now_and_then_without_a_reason) {
    s_.want(now_);
    read_well();
    EXPECT_EQ(wait(), 60s);
    s_.begin();
    s_.finish({.complete = true, .known = true, .stands = standing::failing}, now_, 1.0);
    EXPECT_EQ(wait(), 66s);
    s_.begin();
    s_.finish({.complete = true, .known = true, .stands = standing::failing}, now_, -7.0);
    EXPECT_EQ(wait(), 54s) << "jitter is bounded";
}

TEST_F(schedule, announcements_one_after_the_other_are_one_reading) {
    s_.want(now_);
    read_well();
    s_.want(now_);
    EXPECT_EQ(wait(), list_schedule::gathering);
    now_ += 5ms;
    s_.want(now_);
    EXPECT_EQ(wait(), list_schedule::gathering - 5ms);
}

TEST_F(schedule, what_failed_is_asked_for_at_the_pace_of_probes) {
    s_.want(now_);
    for (const auto expected : {100ms, 250ms, 500ms, 800ms, 800ms}) {
        read({.stands = standing::failing});
        EXPECT_EQ(wait(), expected);
    }
    read_well();
    read({.stands = standing::failing});
    EXPECT_EQ(wait(), 100ms) << "a reading that was complete ends the row";
}

TEST_F(schedule, it_is_not_asked_often_where_nobody_lacks_anything_or_it_has_too_much_to_do) {
    s_.want(now_);
    read({.known = true, .shown = true, .stands = standing::failing});
    EXPECT_EQ(wait(), list_schedule::overloaded_pause);
    read({.throttled = true, .stands = standing::failing});
    EXPECT_EQ(wait(), list_schedule::overloaded_pause);
}

TEST_F(schedule, refused_credentials_are_shown_once_per_interval_after_two_minutes) {
    s_.want(now_);
    read({.stands = standing::locked_out});
    EXPECT_EQ(wait(), 100ms);
    now_ += 2min;
    read({.stands = standing::locked_out});
    EXPECT_EQ(wait(), 30s);
}

TEST_F(schedule, it_is_not_asked_while_the_backend_is_down) {
    s_.want(now_);
    read({});
    EXPECT_EQ(s_.due(), never_due);
    s_.want(now_);
    EXPECT_EQ(wait(), 0ms) << "it is back";
}

TEST_F(schedule, a_shorter_refresh_counts_at_once_and_a_longer_one_after_the_present_rest) {
    s_.want(now_);
    read_well();
    s_.configure({.refresh = 1h, .interval = 30s}, now_);
    EXPECT_EQ(wait(), 60s);
    s_.configure({.refresh = 1s, .interval = 30s}, now_);
    EXPECT_EQ(wait(), list_schedule::gathering);
}

TEST_F(schedule, a_shorter_refresh_is_no_reason_to_ask_a_backend_that_never_answered) {
    s_.configure({.refresh = 1s, .interval = 30s}, now_);
    EXPECT_EQ(s_.due(), never_due);
}

} // namespace
} // namespace vmcp
