// A worker: runs what it is given, lends buffers, and ends when nothing is left or when it is told to hurry.
#include "tests/fakes/one_worker.hpp"

#include "vmcp/base/log.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gtest/gtest.h>

#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace transport {
namespace {

using namespace std::chrono_literals;
using fakes::one_worker;

class waits_for_ever final : public guarded {
public:
    explicit waits_for_ever(worker& home)
        : timer(home.context(), std::chrono::steady_clock::time_point::max()) {
        home.sweeper().add(*this);
    }
    boost::asio::steady_timer timer;
    bool was_due = false;

protected:
    void on_due() override {
        was_due = true;
        timer.cancel();
    }
};

TEST(worker, runs_what_it_is_given_on_its_own_thread) {
    one_worker w(7);
    EXPECT_EQ(w->index(), 7U);
    const auto here = std::this_thread::get_id();
    EXPECT_TRUE(w.call([&] { return std::this_thread::get_id() != here && &worker::current() == &w.get(); }));
    EXPECT_EQ(w.run([]() -> boost::asio::awaitable<int> { co_return 42; }()), 42);
}

TEST(worker, sweeps) {
    one_worker w;
    const bool due = w.run([](worker& home) -> boost::asio::awaitable<bool> {
        waits_for_ever one(home);
        home.sweeper().due_in(one, 100ms);
        try {
            co_await one.timer.async_wait(boost::asio::use_awaitable);
        } catch (const boost::system::system_error&) {
        }
        co_return one.was_due;
    }(w.get()));
    EXPECT_TRUE(due);
}

TEST(worker, waits_at_its_end_for_what_runs_until_it_is_told_to_hurry) {
    worker w(0);
    w.start();
    w.spawn(
        [](worker& home) -> boost::asio::awaitable<void> {
            waits_for_ever one(home);
            try {
                co_await one.timer.async_wait(boost::asio::use_awaitable);
            } catch (const boost::system::system_error&) {
            }
        }(w),
        "a test");
    std::promise<void> spawned;
    w.post([&] { spawned.set_value(); });
    spawned.get_future().wait();
    w.finish();
    EXPECT_FALSE(w.join(150ms));
    w.expire_all();
    EXPECT_TRUE(w.join(5'000ms));
    EXPECT_TRUE(w.join(0ms)) << "once more";
}

TEST(worker, lends_its_buffers_again) {
    one_worker w;
    EXPECT_TRUE(w.call([&] {
        auto buffer = w->borrow_buffer();
        const auto* const place = buffer.data();
        const bool sized = buffer.size() == worker::buffer_size;
        w->return_buffer(std::move(buffer));
        auto again = w->borrow_buffer();
        const bool same = again.data() == place;
        again.resize(2 * worker::buffer_size); // grown for a large head: not kept
        w->return_buffer(std::move(again));
        return sized && same && w->borrow_buffer().size() == worker::buffer_size;
    }));
}

TEST(worker, goes_on_after_what_a_posted_function_threw) {
    std::vector<std::string> lines;
    std::mutex mutex;
    vmcp::log::set_level(vmcp::log::level::error);
    vmcp::log::set_sink([&](vmcp::log::level, std::string_view line) {
        const std::lock_guard lock(mutex);
        lines.emplace_back(line);
    });
    {
        one_worker w;
        w->post([] { throw std::runtime_error("on purpose"); });
        w->post([] { throw 42; });
        EXPECT_EQ(w.call([] { return 7; }), 7);
        w->finish();
        EXPECT_TRUE(w->join(5'000ms)) << "and it ends as usual";
    }
    vmcp::log::set_sink({});
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_NE(lines[0].find("a posted task"), std::string::npos);
    EXPECT_NE(lines[0].find("on purpose"), std::string::npos);
    EXPECT_NE(lines[1].find("a posted task"), std::string::npos);
}

TEST(worker, reports_what_a_coroutine_threw) {
    std::vector<std::string> lines;
    std::mutex mutex;
    vmcp::log::set_level(vmcp::log::level::error);
    vmcp::log::set_sink([&](vmcp::log::level, std::string_view line) {
        const std::lock_guard lock(mutex);
        lines.emplace_back(line);
    });
    {
        one_worker w;
        w->spawn(
            []() -> boost::asio::awaitable<void> {
                throw std::runtime_error("on purpose");
                co_return;
            }(),
            "the test");
        w.call([] {});
    }
    vmcp::log::set_sink({});
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_NE(lines[0].find("the test"), std::string::npos);
    EXPECT_NE(lines[0].find("on purpose"), std::string::npos);
}

} // namespace
} // namespace transport
