// Deadlines by sweep, in ticks that the test makes.
#include "transport/net/sweeper.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace transport {
namespace {

using namespace std::chrono_literals;

class probe final : public guarded {
public:
    int due = 0;
    int drained = 0;
    std::function<void()> also{};

protected:
    void on_due() override {
        ++due;
        if (also)
            also();
    }
    void on_drain() override { ++drained; }
};

void ticks(sweeper& sweeper, int n) {
    for (int i = 0; i < n; ++i)
        sweeper.tick();
}

TEST(sweeper, a_deadline_comes_once_and_never_too_early) {
    sweeper s;
    probe p;
    s.add(p);
    ticks(s, 100);
    EXPECT_EQ(p.due, 0) << "none was set";
    s.due_in(p, 300ms);
    ticks(s, 3);
    EXPECT_EQ(p.due, 0) << "300 ms may end just behind the third tick";
    ticks(s, 1);
    EXPECT_EQ(p.due, 1);
    ticks(s, 100);
    EXPECT_EQ(p.due, 1);
}

TEST(sweeper, the_last_deadline_counts) {
    sweeper s;
    probe p;
    s.add(p);
    s.due_in(p, 100ms);
    s.due_in(p, 1000ms);
    ticks(s, 10);
    EXPECT_EQ(p.due, 0);
    s.never(p);
    ticks(s, 10);
    EXPECT_EQ(p.due, 0);
    s.due_in(p, 0ms);
    ticks(s, 1);
    EXPECT_EQ(p.due, 1);
    s.due_in(p, -5h);
    ticks(s, 1);
    EXPECT_EQ(p.due, 2) << "in the past is now";
    s.due_in(p, std::chrono::hours(24 * 365 * 100));
    ticks(s, 1'000);
    EXPECT_EQ(p.due, 2);
}

TEST(sweeper, may_set_a_new_deadline_when_due) {
    sweeper s;
    probe p;
    s.add(p);
    p.also = [&] { s.due_in(p, 0ms); };
    s.due_in(p, 0ms);
    ticks(s, 5);
    EXPECT_EQ(p.due, 5);
}

TEST(sweeper, whoever_is_destroyed_is_gone) {
    sweeper s;
    probe stays;
    s.add(stays);
    {
        probe goes;
        s.add(goes);
        s.due_in(goes, 0ms);
        EXPECT_FALSE(s.empty());
    }
    ticks(s, 1);
    EXPECT_EQ(stays.due, 0);
    EXPECT_FALSE(s.empty());
}

TEST(sweeper, expire_all_and_empty) {
    sweeper s;
    EXPECT_TRUE(s.empty());
    probe a;
    probe b;
    s.add(a);
    s.add(b);
    s.due_in(b, 10s);
    s.expire_all();
    EXPECT_EQ(a.due + b.due, 2) << "with a deadline or without";
}

TEST(sweeper, a_drain_reaches_those_who_are_there_and_those_who_come) {
    sweeper s;
    probe early;
    s.add(early);
    EXPECT_FALSE(s.draining());
    s.drain();
    EXPECT_TRUE(s.draining());
    EXPECT_EQ(early.drained, 1);
    probe late;
    s.add(late);
    EXPECT_EQ(late.drained, 1);
    EXPECT_EQ(early.drained, 1);
}

} // namespace
} // namespace transport
