// The listening socket: a port of the system's choice, connections dealt in turn, none after stop().
#include "tests/fakes/one_worker.hpp"
#include "transport/net/descriptor_reserve.hpp"
#include "transport/net/listener.hpp"
#include "vmcp/base/shortage.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <optional>
#include <utility>
#include <vector>

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

TEST_F(two_workers, when_it_is_full_room_is_made_for_one_that_has_come) {
    const auto door = open();
    std::atomic<bool> full{true};
    std::atomic<int> closed{0};
    door->start([&] { return full.load(); }, {.close_one = [&]() -> asio::awaitable<bool> {
                    full = ++closed < 3; // the third one helps
                    co_return true;
                }});
    a_.call([] {});
    EXPECT_EQ(closed, 0) << "nobody has come";
    auto client = fakes::socket::connect(door->port());
    EXPECT_TRUE(eventually_taken(1));
    EXPECT_EQ(closed, 3);
    door->stop();
}

// As many descriptors as may be open, until it ends.
class all_descriptors {
public:
    all_descriptors() {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        rlimit few = before_;
        few.rlim_cur = 256;
        ::setrlimit(RLIMIT_NOFILE, &few);
        for (int one = ::open("/dev/null", O_RDONLY); one >= 0; one = ::open("/dev/null", O_RDONLY))
            held_.push_back(one);
    }
    ~all_descriptors() {
        give_back();
        ::setrlimit(RLIMIT_NOFILE, &before_);
    }
    void give_back() {
        for (const int one : std::exchange(held_, {}))
            ::close(one);
    }

private:
    rlimit before_{};
    std::vector<int> held_{};
};

TEST_F(two_workers, without_a_descriptor_another_connection_goes_and_this_one_is_taken) {
    const auto door = open();
    auto client = fakes::socket::connect(door->port());
    auto spare = std::make_optional(fakes::socket(::dup(client.fd())));
    const auto before = vmcp::seen(vmcp::shortage::descriptors).times;
    {
        all_descriptors none;
        std::atomic<int> closed{0};
        door->start([] { return false; }, {.close_one = [&]() -> asio::awaitable<bool> {
                        ++closed;
                        const bool had = spare.has_value();
                        spare.reset();
                        co_return had;
                    }});
        EXPECT_TRUE(eventually_taken(1));
        EXPECT_GE(closed, 1);
        door->stop();
    }
    EXPECT_GT(vmcp::seen(vmcp::shortage::descriptors).times, before);
}

TEST_F(two_workers, a_reserve_lets_in_whoever_must_be_served) {
    const auto door = open();
    auto client = fakes::socket::connect(door->port());
    descriptor_reserve reserve(2);
    EXPECT_EQ(reserve.held(), 2U);
    {
        all_descriptors none;
        door->start([] { return false; }, {.lend_descriptor = [&] { return reserve.lend(); }});
        EXPECT_TRUE(eventually_taken(1));
        EXPECT_LT(reserve.held(), 2U);
        reserve.refill();
        EXPECT_LT(reserve.held(), 2U) << "the last descriptor of the process is nobody's reserve";
        door->stop();
    }
    reserve.refill();
    EXPECT_EQ(reserve.held(), 2U);
    EXPECT_TRUE(reserve.lend() && reserve.lend());
    EXPECT_FALSE(reserve.lend());
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
