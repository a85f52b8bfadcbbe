// Waiting for what other coroutines say: nothing is lost between a look and the wait, and deadlines hold.
#include "vmcp/model/cancellation.hpp"
#include "vmcp/model/waiting.hpp"

#include "tests/fakes/run.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace vmcp {
namespace {

using namespace std::chrono_literals;
using boost::asio::awaitable;
using boost::asio::io_context;
using fakes::settle;
using fakes::started;

std::chrono::steady_clock::time_point never() {
    return std::chrono::steady_clock::now() + 1h;
}

awaitable<bool> wait_on(wait_list::ticket ticket, std::chrono::steady_clock::time_point until) {
    co_return co_await ticket.wait(until);
}

TEST(wait_list, wakes_all_who_wait_and_nobody_twice) {
    io_context io;
    wait_list list;
    started<bool> a(io, wait_on(list.take(io.get_executor()), never()));
    started<bool> b(io, wait_on(list.take(io.get_executor()), never()));
    settle(io);
    EXPECT_FALSE(a.done());
    list.notify_all();
    started<bool> c(io, wait_on(list.take(io.get_executor()), never()));
    settle(io);
    EXPECT_TRUE(a.done() && a.value());
    EXPECT_TRUE(b.done() && b.value());
    EXPECT_FALSE(c.done()) << "came after the notification";
    list.notify_all();
    settle(io);
    EXPECT_TRUE(c.done());
}

TEST(wait_list, a_notification_between_the_ticket_and_the_wait_is_not_lost) {
    io_context io;
    wait_list list;
    auto ticket = list.take(io.get_executor());
    list.notify_all();
    settle(io); // the wake-up finds nobody waiting
    started<bool> late(io, wait_on(std::move(ticket), never()));
    settle(io);
    EXPECT_TRUE(late.done() && late.value());

    auto other = list.take(io.get_executor());
    list.notify_all(); // not yet delivered
    started<bool> early(io, wait_on(std::move(other), never()));
    settle(io);
    EXPECT_TRUE(early.done() && early.value());
}

TEST(wait_list, deadlines_that_passed_end_the_wait) {
    io_context io;
    wait_list list;
    EXPECT_FALSE(
        fakes::run(io, wait_on(list.take(io.get_executor()), std::chrono::steady_clock::now() - 1s)));
    EXPECT_FALSE(
        fakes::run(io, wait_on(list.take(io.get_executor()), std::chrono::steady_clock::now() + 1ms)));
}

TEST(promised, the_first_value_wins_and_everybody_gets_it) {
    io_context io;
    promised<int> value;
    EXPECT_FALSE(value.peek());
    started<std::optional<int>> a(io, value.get(io.get_executor(), never()));
    started<std::optional<int>> b(io, value.get(io.get_executor(), never()));
    settle(io);
    value.set(1);
    value.set(2);
    settle(io);
    EXPECT_EQ(a.value(), 1);
    EXPECT_EQ(b.value(), 1);
    EXPECT_EQ(fakes::run(io, value.get(io.get_executor(), std::chrono::steady_clock::now() - 1s)), 1)
        << "was there before";
}

TEST(promised, nothing_comes_before_the_deadline) {
    io_context io;
    promised<int> value;
    EXPECT_EQ(fakes::run(io, value.get(io.get_executor(), std::chrono::steady_clock::now() + 1ms)),
              std::nullopt);
}

TEST(promised, across_threads) {
    for (int round = 0; round < 200; ++round) {
        io_context io;
        promised<int> value;
        std::thread other([&] { value.set(round); });
        EXPECT_EQ(fakes::run(io, value.get(io.get_executor(), never())), round);
        other.join();
    }
}

TEST(cancellation, wakes_what_waits_once_on_its_executor) {
    io_context io;
    const auto control = std::make_shared<cancellation>(io.get_executor());
    int ran = 0;
    const cancellation::scope waiting(control.get(), [&] { ++ran; });
    control->cancel("\"first\"");
    EXPECT_EQ(ran, 0) << "not on the caller's thread";
    EXPECT_FALSE(control->cancelled());
    control->cancel("\"second\"");
    settle(io);
    EXPECT_EQ(ran, 1);
    EXPECT_TRUE(control->cancelled());
    EXPECT_EQ(control->reason(), "\"first\"");
    const cancellation::scope late(control.get(), [&] { ran += 10; });
    EXPECT_EQ(ran, 11) << "at once, since it is cancelled already";
}

TEST(cancellation, wakes_every_scope_that_lives_and_none_that_ended) {
    io_context io;
    const auto control = std::make_shared<cancellation>(io.get_executor());
    std::string woken;
    const cancellation::scope outer(control.get(), [&] { woken += "outer "; });
    {
        const cancellation::scope ended(control.get(), [&] { woken += "ended "; });
    }
    const cancellation::scope inner(control.get(), [&] { woken += "inner "; });
    const cancellation::scope of_nothing(nullptr, [&] { woken += "nothing "; });
    control->cancel("");
    settle(io);
    EXPECT_EQ(woken, "inner outer ");
}

TEST(cancellation, may_be_cancelled_from_any_thread_while_its_owner_goes) {
    for (int round = 0; round < 200; ++round) {
        io_context io;
        auto control = std::make_shared<cancellation>(io.get_executor());
        std::thread other([control] { control->cancel("\"x\""); });
        control.reset();
        other.join();
        settle(io);
    }
}

} // namespace
} // namespace vmcp
