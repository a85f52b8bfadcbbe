// The listening socket: a port of the system's choice, connections dealt in turn, none after stop().
#include "tests/fakes/one_worker.hpp"
#include "transport/net/listener.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>

namespace transport {
namespace {

using namespace std::chrono_literals;
using fakes::one_worker;
using testing::HasSubstr;

// Takes connections on two workers and keeps them.
class two_workers : public testing::Test {
protected:
    std::shared_ptr<listener> open() {
        auto made =
            listener::open("127.0.0.1", 0, {&a_.get(), &b_.get()}, [this](worker& home, tcp::socket s) {
                EXPECT_EQ(&worker::current(), &home);
                ++taken_[home.index()];
                kept_[home.index()].push_back(std::move(s));
            });
        EXPECT_TRUE(made) << made.error().message();
        return *made;
    }
    bool eventually_taken(unsigned n) {
        const auto until = std::chrono::steady_clock::now() + fakes::patience;
        while (taken_[0] + taken_[1] < n && std::chrono::steady_clock::now() < until)
            std::this_thread::yield();
        return taken_[0] + taken_[1] == n;
    }
    void TearDown() override {
        a_.call([&] { kept_[0].clear(); });
        b_.call([&] { kept_[1].clear(); });
    }

    std::array<std::atomic<unsigned>, 2> taken_{};
    std::array<std::vector<tcp::socket>, 2> kept_{};
    one_worker a_{0};
    one_worker b_{1};
};

TEST_F(two_workers, get_connections_in_turn) {
    const auto door = open();
    EXPECT_NE(door->port(), 0);
    EXPECT_TRUE(door->is_loopback());
    door->start([] { return false; });
    std::vector<fakes::socket> clients;
    for (int i = 0; i < 10; ++i)
        clients.push_back(fakes::socket::connect(door->port()));
    EXPECT_TRUE(eventually_taken(10));
    EXPECT_EQ(taken_[0], 5U);
    EXPECT_EQ(taken_[1], 5U);
    door->stop();
    EXPECT_THROW((void)fakes::socket::connect(door->port()), std::runtime_error);
}

TEST_F(two_workers, connections_wait_outside_while_it_is_full) {
    const auto door = open();
    std::atomic<bool> full{true};
    std::atomic<int> asked{0};
    door->start([&] {
        ++asked;
        return full.load();
    });
    auto first = fakes::socket::connect(door->port());
    auto second = fakes::socket::connect(door->port());
    while (asked < 3)
        std::this_thread::yield();
    EXPECT_EQ(taken_[0] + taken_[1], 0U);
    full = false;
    EXPECT_TRUE(eventually_taken(2));
    door->stop();
}

TEST_F(two_workers, it_can_be_stopped_while_it_is_full_or_before_it_starts) {
    const auto door = open();
    door->start([] { return true; });
    door->stop();
    const auto other = open();
    other->stop();
}

TEST_F(two_workers, what_is_wrong_is_said) {
    const auto first = open();
    const auto taken = listener::open("127.0.0.1", first->port(), {&a_.get()}, {});
    ASSERT_FALSE(taken);
    EXPECT_THAT(taken.error().detail, HasSubstr("127.0.0.1:" + std::to_string(first->port())));
    EXPECT_THAT(taken.error().detail, HasSubstr("another program listens there"));
    const auto name = listener::open("example.com", 0, {&a_.get()}, {});
    ASSERT_FALSE(name);
    EXPECT_THAT(name.error().detail, HasSubstr("\"example.com\" is no IP address"));
    EXPECT_FALSE(listener::open("192.0.2.1", 0, {&a_.get()}, {}));
    const auto localhost = listener::open("localhost", 0, {&a_.get()}, {});
    EXPECT_TRUE(localhost);
    const auto all = listener::open("0.0.0.0", 0, {&a_.get()}, {});
    ASSERT_TRUE(all);
    EXPECT_FALSE((*all)->is_loopback());
    for (const auto& one : {first, *localhost, *all})
        one->stop();
}

} // namespace
} // namespace transport
