// When the lists of a client's own session are read.
#include "transport/mcp/back/own_list_pace.hpp"

#include <gtest/gtest.h>

namespace transport {
namespace {

using namespace std::chrono_literals;
using step = own_list_pace::step;
using outcome = own_list_pace::outcome;

class own_pace : public testing::Test {
protected:
    const own_list_pace::time_point never = own_list_pace::time_point::max();
    own_list_pace::time_point now = own_list_pace::clock::now();
    own_list_pace pace{};

    // The rest after a reading that ends so, until the next one may begin.
    own_list_pace::clock::duration rest_after(outcome how) {
        pace.announced(now);
        now = std::max(now, pace.due());
        EXPECT_EQ(pace.next({}, now), step::read);
        pace.finished(how, now);
        pace.announced(now);
        const auto rest = pace.due() - now;
        now = pace.due();
        EXPECT_EQ(pace.next({}, now), step::read);
        pace.finished(how, now);
        return rest;
    }
};

TEST_F(own_pace, announcements_of_a_moment_are_one_reading) {
    EXPECT_EQ(pace.due(), never);
    pace.announced(now);
    pace.announced(now + 20ms);
    EXPECT_EQ(pace.due(), now + own_list_pace::gathering);
    EXPECT_EQ(pace.next({}, now + 50ms), step::read);
    EXPECT_EQ(pace.due(), never) << "one at a time";
    pace.finished(outcome::own, now + 60ms);
    EXPECT_EQ(pace.due(), never);
    EXPECT_TRUE(pace.has_own());
}

TEST_F(own_pace, one_that_comes_while_they_are_read_makes_another_reading_follow) {
    pace.announced(now);
    EXPECT_EQ(pace.next({}, now + 50ms), step::read);
    pace.announced(now + 60ms);
    pace.finished(outcome::own, now + 70ms);
    EXPECT_EQ(pace.due(), now + 70ms + own_list_pace::shortest_rest);
}

TEST_F(own_pace, readings_that_give_nothing_become_rare_and_one_that_gives_something_ends_that) {
    EXPECT_EQ(rest_after(outcome::nothing), own_list_pace::shortest_rest);
    EXPECT_EQ(rest_after(outcome::nothing), 4 * own_list_pace::shortest_rest);
    EXPECT_EQ(rest_after(outcome::nothing), own_list_pace::longest_rest);
    EXPECT_EQ(rest_after(outcome::nothing), own_list_pace::longest_rest);
    EXPECT_EQ(rest_after(outcome::own), own_list_pace::shortest_rest);
    EXPECT_EQ(rest_after(outcome::own), own_list_pace::shortest_rest);
}

TEST_F(own_pace, a_quiet_minute_forgets_readings_in_vain) {
    for (int i = 0; i < 3; ++i)
        EXPECT_GE(rest_after(outcome::nothing), own_list_pace::shortest_rest);
    now += 2min;
    EXPECT_EQ(rest_after(outcome::nothing), own_list_pace::shortest_rest);
}

TEST_F(own_pace, what_everybody_hears_is_read_for_everybody_and_not_for_each) {
    pace.announced(now);
    EXPECT_EQ(pace.next({.everybody_told = now + 10ms}, now + 50ms), step::leave);
    EXPECT_EQ(pace.due(), never);
    EXPECT_TRUE(pace.called(now + 10s)) << "who is active gets what was left";
    EXPECT_EQ(pace.due(), now + 10s + own_list_pace::gathering);
    EXPECT_EQ(pace.next({.everybody_told = now + 10ms}, now + 10s + 50ms), step::read);
    pace.finished(outcome::nothing, now + 11s);
    EXPECT_FALSE(pace.called(now + 12s));
}

TEST_F(own_pace, but_for_who_did_something_or_has_something) {
    EXPECT_FALSE(pace.called(now));
    pace.announced(now + 1s);
    EXPECT_EQ(pace.next({.everybody_told = now + 1s}, now + 1050ms), step::read) << "it may have caused it";
    pace.finished(outcome::own, now + 2s);
    pace.announced(now + 1h);
    EXPECT_EQ(pace.next({.everybody_told = now + 1h}, now + 1h + 50ms), step::read) << "it has some";
    pace.finished(outcome::nothing, now + 1h + 1s);
    pace.announced(now + 2h);
    EXPECT_EQ(pace.next({.call_runs = true, .everybody_told = now + 2h}, now + 2h + 50ms), step::read);
    pace.finished(outcome::nothing, now + 2h + 1s);
    pace.announced(now + 3h);
    EXPECT_EQ(pace.next({.everybody_told = now + 2h}, now + 3h + 50ms), step::read) << "that was another one";
}

TEST_F(own_pace, what_could_not_be_read_is_tried_a_few_times) {
    pace.announced(now);
    unsigned readings = 0;
    while (pace.due() != never) {
        now = pace.due();
        ASSERT_EQ(pace.next({}, now), step::read);
        pace.finished(outcome::failed, now);
        ASSERT_LE(++readings, own_list_pace::most_failures);
    }
    EXPECT_EQ(readings, own_list_pace::most_failures);
    pace.announced(now + 1min);
    EXPECT_NE(pace.due(), never);
}

TEST_F(own_pace, what_it_had_stays_its_own_while_it_cannot_be_read) {
    pace.announced(now);
    EXPECT_EQ(pace.next({}, now + 50ms), step::read);
    pace.finished(outcome::own, now + 60ms);
    pace.announced(now + 1h);
    EXPECT_EQ(pace.next({}, now + 1h + 50ms), step::read);
    pace.finished(outcome::failed, now + 1h + 60ms);
    EXPECT_TRUE(pace.has_own());
}

} // namespace
} // namespace transport
