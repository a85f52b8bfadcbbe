// At most so many calls run, at most so many wait, in the order of arrival.
#include "transport/mcp/back/call_limit.hpp"

#include "tests/fakes/run.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gtest/gtest.h>

#include <thread>

namespace transport {
namespace {

using namespace std::chrono_literals;
using boost::asio::io_context;
using fakes::settle;
using vmcp::errc;
using vmcp::steady_clock;
using entry = fakes::started<vmcp::result<call_limit::place>>;

steady_clock::time_point never() {
    return steady_clock::now() + 1h;
}

TEST(call_limit, as_many_as_allowed_run_at_once) {
    io_context io;
    call_limit limit(2, 9);
    entry a(io, limit.enter(never()));
    entry b(io, limit.enter(never()));
    entry c(io, limit.enter(never()));
    settle(io);
    EXPECT_TRUE(a.done() && b.done() && !c.done());
    EXPECT_EQ(limit.running(), 2U);
    EXPECT_EQ(limit.waiting(), 1U);
    EXPECT_FALSE(limit.try_enter());
    {
        const auto over = std::move(a.value().value());
    }
    settle(io);
    EXPECT_TRUE(c.done());
    EXPECT_EQ(limit.running(), 2U);
    EXPECT_EQ(limit.waiting(), 0U);
}

TEST(call_limit, those_who_wait_come_in_the_order_of_arrival) {
    io_context io;
    call_limit limit(1, 9);
    auto first = limit.try_enter();
    ASSERT_TRUE(first);
    entry a(io, limit.enter(never()));
    settle(io);
    entry b(io, limit.enter(never()));
    settle(io);
    first.reset();
    // Whoever comes now does not overtake.
    EXPECT_FALSE(limit.try_enter());
    settle(io);
    EXPECT_TRUE(a.done() && !b.done());
    {
        const auto over = std::move(a.value().value());
    }
    settle(io);
    EXPECT_TRUE(b.done());
    {
        const auto over = std::move(b.value().value());
    }
    EXPECT_EQ(limit.running(), 0U);
    EXPECT_TRUE(limit.try_enter());
}

TEST(call_limit, too_many_who_wait_are_refused_at_once) {
    io_context io;
    call_limit limit(1, 1);
    const auto first = limit.try_enter();
    entry a(io, limit.enter(never()));
    entry b(io, limit.enter(never()));
    settle(io);
    EXPECT_FALSE(a.done());
    ASSERT_TRUE(b.done());
    EXPECT_EQ(b.value().error().code, errc::backend_overloaded);
    call_limit none(0, 0);
    EXPECT_EQ(fakes::run(io, none.enter(never())).error().code, errc::backend_overloaded);
}

TEST(call_limit, whoever_waits_for_too_long_leaves_and_costs_no_place) {
    io_context io;
    call_limit limit(1, 9);
    auto first = limit.try_enter();
    EXPECT_EQ(fakes::run(io, limit.enter(steady_clock::now() + 1ms)).error().code, errc::backend_timeout);
    EXPECT_EQ(limit.waiting(), 0U);
    first.reset();
    EXPECT_EQ(limit.running(), 0U);
}

TEST(call_limit, whoever_is_cancelled_while_it_waits_leaves_at_once) {
    io_context io;
    call_limit limit(1, 9);
    auto first = limit.try_enter();
    const auto cancelled = std::make_shared<vmcp::cancellation>(io.get_executor());
    const auto patient = std::make_shared<vmcp::cancellation>(io.get_executor());
    entry a(io, limit.enter(never(), cancelled.get()));
    entry b(io, limit.enter(never(), patient.get()));
    settle(io);
    EXPECT_EQ(limit.waiting(), 2U);
    cancelled->cancel("");
    settle(io);
    ASSERT_TRUE(a.done());
    EXPECT_EQ(a.value().error().code, errc::cancelled);
    EXPECT_EQ(limit.waiting(), 1U);
    first.reset();
    settle(io);
    ASSERT_TRUE(b.done());
    EXPECT_TRUE(b.value());
    patient->cancel(""); // too late: it has its place
    settle(io);
    EXPECT_EQ(limit.running(), 1U);
    // Cancelled before it came.
    EXPECT_EQ(fakes::run(io, limit.enter(never(), cancelled.get())).error().code, errc::cancelled);
    EXPECT_EQ(limit.waiting(), 0U);
}

TEST(call_limit, a_place_that_is_moved_is_given_back_once) {
    call_limit limit(2, 0);
    {
        auto a = limit.try_enter();
        call_limit::place moved(std::move(*a));
        a.reset();
        EXPECT_EQ(limit.running(), 1U);
    }
    EXPECT_EQ(limit.running(), 0U);
    {
        const call_limit::place of_nobody;
    }
    EXPECT_EQ(limit.running(), 0U);
}

TEST(call_limit, can_be_changed_while_calls_run_and_wait) {
    io_context io;
    call_limit limit(1, 9);
    std::optional<call_limit::place> first = limit.try_enter();
    entry a(io, limit.enter(never()));
    entry b(io, limit.enter(never()));
    entry c(io, limit.enter(never()));
    settle(io);
    limit.configure(3, 9);
    settle(io);
    EXPECT_TRUE(a.done() && b.done() && !c.done());
    limit.configure(1, 9);
    EXPECT_EQ(limit.running(), 3U) << "those who run, run on";
    first.reset();
    {
        const auto over = std::move(a.value().value());
    }
    settle(io);
    EXPECT_EQ(limit.running(), 1U);
    EXPECT_FALSE(c.done()) << "first the surplus goes";
    {
        const auto over = std::move(b.value().value());
    }
    settle(io);
    EXPECT_TRUE(c.done());
}

TEST(call_limit, from_many_threads_never_more_than_allowed) {
    call_limit limit(3, 1'000);
    std::atomic<int> inside{0};
    std::atomic<int> most{0};
    std::atomic<int> entered{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            io_context io;
            for (int i = 0; i < 8; ++i)
                boost::asio::co_spawn(
                    io,
                    [&]() -> vmcp::awaitable<void> {
                        for (int round = 0; round < 50; ++round) {
                            const auto place = co_await limit.enter(never());
                            EXPECT_TRUE(place);
                            const int now = ++inside;
                            for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
                            }
                            co_await boost::asio::post(io, boost::asio::use_awaitable);
                            --inside;
                            ++entered;
                        }
                    },
                    [](std::exception_ptr) {});
            io.run();
        });
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(entered, 4 * 8 * 50);
    EXPECT_LE(most, 3);
    EXPECT_EQ(limit.running(), 0U);
    EXPECT_EQ(limit.waiting(), 0U);
}

} // namespace
} // namespace transport
