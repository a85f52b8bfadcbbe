// A pause between attempts: it lasts as long as it should, and not beyond the end of its worker.
#include "tests/fakes/one_worker.hpp"
#include "transport/net/guarded_pause.hpp"

#include <gtest/gtest.h>

namespace transport {
namespace {

using namespace std::chrono_literals;
using fakes::one_worker;
using std::chrono::steady_clock;

struct outcome {
    bool whole = false;
    bool cut = false;
    bool next = false; // of a pause begun afterwards
    steady_clock::duration took{};
};

// One pause of that length, and a short one afterwards; `meanwhile` is called on the worker once the first has begun.
boost::asio::awaitable<outcome> pause_twice(worker& home, std::chrono::milliseconds length,
                                            std::function<void(guarded_pause&)> meanwhile) {
    const auto began = steady_clock::now();
    guarded_pause one(home);
    home.post([&] { meanwhile(one); });
    outcome out;
    out.whole = co_await one.until(began + length);
    out.took = steady_clock::now() - began;
    out.cut = one.was_cut();
    out.next = co_await one.until(steady_clock::now() + 1ms);
    co_return out;
}

TEST(guarded_pause, lasts_its_time) {
    one_worker w;
    const auto got = w.run(pause_twice(w.get(), 30ms, [](guarded_pause&) {}));
    EXPECT_TRUE(got.whole);
    EXPECT_FALSE(got.cut);
    EXPECT_GE(got.took, 30ms);
    EXPECT_TRUE(got.next);
}

TEST(guarded_pause, cancelled_it_ends_and_the_next_one_lasts) {
    one_worker w;
    const auto got = w.run(pause_twice(w.get(), 1h, [](guarded_pause& one) { one.cancel(); }));
    EXPECT_FALSE(got.whole);
    EXPECT_FALSE(got.cut);
    EXPECT_TRUE(got.next);
}

TEST(guarded_pause, the_end_of_the_worker_cuts_it_and_the_next_one) {
    one_worker w;
    const auto got = w.run(pause_twice(w.get(), 1h, [&](guarded_pause&) { w->expire_all(); }));
    EXPECT_FALSE(got.whole);
    EXPECT_TRUE(got.cut);
    EXPECT_FALSE(got.next);
}

} // namespace
} // namespace transport
