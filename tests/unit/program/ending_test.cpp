// The end of the program: who waits for it hears of it, threads are waited for, and cut when nobody waits any longer.
#include "vmcp/program/thread_end.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <vector>

namespace vmcp {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using transport::worker;

// Ends when it is cut; begins anew `times` times, as a goodbye follows a call.
boost::asio::awaitable<void> hang(worker& home, int times) {
    struct waiting final : transport::guarded {
        explicit waiting(worker& w) : timer(w.context(), steady_clock::time_point::max()) {
            w.sweeper().add(*this);
        }
        void on_due() override { timer.cancel(); }
        boost::asio::steady_timer timer;
    };
    for (int i = 0; i < times; ++i) {
        waiting one(home);
        try {
            co_await one.timer.async_wait(boost::asio::use_awaitable);
        } catch (const boost::system::system_error&) {
        }
    }
}

class ending : public testing::Test {
protected:
    ending() {
        workers_.push_back(std::make_unique<worker>(0));
        workers_.push_back(std::make_unique<worker>(1));
        control_.start();
        for (const auto& w : workers_)
            w->start();
    }

    std::vector<std::unique_ptr<worker>> workers_{};
    worker control_{2};
    end_request end_{};
};

TEST(end_request, the_first_gives_the_time_and_a_later_one_takes_it_back) {
    end_request end;
    const auto first = steady_clock::now();
    EXPECT_FALSE(end.asked());
    EXPECT_EQ(end.ask(7s, first), end_request::heard::first);
    EXPECT_TRUE(end.asked());
    EXPECT_EQ(end.wait(), 7s);
    EXPECT_FALSE(end.hurried());
    EXPECT_EQ(end.ask(9s, first + 1s), end_request::heard::hurry);
    EXPECT_TRUE(end.hurried());
    EXPECT_EQ(end.ask(9s, first + 1s), end_request::heard::hurry);
    EXPECT_TRUE(end.hurried());
}

TEST(end_request, within_a_second_it_is_the_same_wish_however_often) {
    end_request end;
    const auto first = steady_clock::now();
    EXPECT_EQ(end.ask(7s, first), end_request::heard::first);
    for (const auto after : {0ms, 1ms, 500ms, 999ms}) {
        EXPECT_EQ(end.ask(9s, first + after), end_request::heard::again);
        EXPECT_FALSE(end.hurried());
    }
    // It counts from the first, so that somebody who goes on is heard.
    EXPECT_EQ(end.ask(9s, first + 1001ms), end_request::heard::hurry);
    EXPECT_TRUE(end.hurried());
}

TEST_F(ending, idle_threads_end_at_once_and_the_control_thread_last) {
    std::atomic<bool> called{false};
    const auto began = steady_clock::now();
    EXPECT_TRUE(end_threads(workers_, control_, end_, [&] {
        EXPECT_EQ(&worker::current(), &control_);
        called = true;
    }));
    EXPECT_TRUE(called);
    EXPECT_LT(steady_clock::now() - began, 2s);
}

TEST_F(ending, what_hangs_is_cut_after_the_grace) {
    workers_[1]->spawn(hang(*workers_[1], 1), "a test");
    const auto began = steady_clock::now();
    EXPECT_TRUE(end_threads(workers_, control_, end_, [] {}));
    EXPECT_GE(steady_clock::now() - began, 2'500ms);
}

TEST_F(ending, a_second_signal_cuts_what_hangs_however_often_it_begins) {
    end_.ask(1h, steady_clock::now());
    end_.ask(1h, steady_clock::now() + 1s);
    workers_[0]->spawn(hang(*workers_[0], 3), "a test");
    control_.spawn(hang(control_, 2), "a test");
    const auto began = steady_clock::now();
    EXPECT_TRUE(end_threads(workers_, control_, end_, [] {}));
    EXPECT_LT(steady_clock::now() - began, 2s);
}

TEST_F(ending, a_second_signal_during_the_grace_ends_it) {
    end_.ask(1h, steady_clock::now());
    workers_[0]->spawn(hang(*workers_[0], 1), "a test");
    const auto began = steady_clock::now();
    control_.post([this] { end_.ask(1h, steady_clock::now() + 1s); });
    EXPECT_TRUE(end_threads(workers_, control_, end_, [] {}));
    EXPECT_LT(steady_clock::now() - began, 2s);
}

} // namespace
} // namespace vmcp
