// A value that many wait for: each gets it, or gives up alone.
#include "transport/mcp/back/awaited.hpp"

#include "tests/fakes/run.hpp"

#include <gtest/gtest.h>

namespace transport {
namespace {

using namespace std::chrono_literals;
using boost::asio::io_context;
using fakes::settle;
using waiting = fakes::started<std::optional<int>>;
constexpr auto never = vmcp::steady_clock::time_point::max();

TEST(awaited, everybody_who_waits_gets_it_and_whoever_comes_later) {
    io_context io;
    awaited<int> value;
    EXPECT_FALSE(value.peek());
    waiting a(io, value.get(never, nullptr));
    waiting b(io, value.get(never, nullptr));
    settle(io);
    EXPECT_FALSE(a.done() || b.done());
    value.set(7);
    value.set(8);
    settle(io);
    EXPECT_EQ(a.value(), 7);
    EXPECT_EQ(b.value(), 7);
    EXPECT_EQ(fakes::run(io, value.get(never, nullptr)), 7);
    EXPECT_EQ(value.peek(), 7);
}

TEST(awaited, patience_has_an_end) {
    io_context io;
    awaited<int> value;
    EXPECT_EQ(fakes::run(io, value.get(vmcp::steady_clock::now() + 1ms, nullptr)), std::nullopt);
}

TEST(awaited, whoever_is_cancelled_leaves_and_the_others_stay) {
    io_context io;
    awaited<int> value;
    const auto one = std::make_shared<vmcp::cancellation>(io.get_executor());
    waiting a(io, value.get(never, one.get()));
    waiting b(io, value.get(never, nullptr));
    settle(io);
    one->cancel({});
    settle(io);
    EXPECT_EQ(a.value(), std::nullopt);
    EXPECT_FALSE(b.done());
    value.set(7);
    settle(io);
    EXPECT_EQ(b.value(), 7);
    EXPECT_EQ(fakes::run(io, value.get(never, one.get())), 7) << "what is there needs no waiting";
}

} // namespace
} // namespace transport
