// One does the work, others wait for it, within bounds.
#include "auth/single_flight.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace auth {
namespace {

using kind = single_flight::place::kind;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(single_flight, the_first_does_it_and_the_others_wait) {
    single_flight all({});
    const auto a = sha256("a");
    EXPECT_EQ(all.join(a).how, kind::first);
    const auto second = all.join(a);
    const auto third = all.join(a);
    EXPECT_EQ(second.how, kind::waits);
    EXPECT_NE(second.ticket, third.ticket);
    EXPECT_EQ(all.join(sha256("b")).how, kind::first) << "keys have nothing to do with each other";
    EXPECT_EQ(all.waiting(), 2U);
    EXPECT_THAT(all.landed(a), ElementsAre(second.ticket, third.ticket));
    EXPECT_EQ(all.waiting(), 0U);
    EXPECT_THAT(all.landed(a), IsEmpty());
    EXPECT_EQ(all.join(a).how, kind::first) << "over is over";
}

TEST(single_flight, whoever_gave_up_waiting_is_not_told_and_takes_no_place) {
    single_flight all({.flights = 1, .waiters = 1});
    const auto a = sha256("a");
    ASSERT_EQ(all.join(a).how, kind::first);
    const auto gone = all.join(a);
    EXPECT_EQ(all.join(a).how, kind::crowded);
    all.forget(a, gone.ticket);
    all.forget(a, gone.ticket);
    all.forget(sha256("b"), 7);
    const auto next = all.join(a);
    EXPECT_EQ(next.how, kind::waits);
    EXPECT_THAT(all.landed(a), ElementsAre(next.ticket));
}

TEST(single_flight, some_flights_can_be_left_to_others) {
    single_flight all({.flights = 2});
    const auto a = sha256("a");
    EXPECT_EQ(all.join(a, 1).how, kind::first);
    EXPECT_TRUE(all.flies(a));
    EXPECT_EQ(all.join(sha256("b"), 1).how, kind::crowded);
    EXPECT_FALSE(all.flies(sha256("b")));
    EXPECT_EQ(all.join(a, 1).how, kind::waits) << "it takes no flight";
    EXPECT_EQ(all.join(sha256("b")).how, kind::first);
}

TEST(single_flight, is_bounded_over_all_keys) {
    single_flight all({.flights = 2, .waiters = 2});
    const auto a = sha256("a");
    const auto b = sha256("b");
    ASSERT_EQ(all.join(a).how, kind::first);
    ASSERT_EQ(all.join(b).how, kind::first);
    EXPECT_EQ(all.join(sha256("c")).how, kind::crowded);
    EXPECT_EQ(all.join(a).how, kind::waits);
    EXPECT_EQ(all.join(b).how, kind::waits);
    EXPECT_EQ(all.join(b).how, kind::crowded);
    EXPECT_EQ(all.landed(a).size(), 1U);
    EXPECT_EQ(all.join(b).how, kind::waits);
    EXPECT_EQ(all.join(sha256("c")).how, kind::first);
}

} // namespace
} // namespace auth
