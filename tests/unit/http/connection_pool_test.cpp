// Idle connections to a backend: the youngest first, and never one that the backend has closed or spoken on.
#include "tests/fakes/one_worker.hpp"
#include "transport/http/connection_pool.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gtest/gtest.h>

#include <netinet/in.h>
#include <sys/socket.h>

namespace transport {
namespace {

using namespace std::chrono_literals;
using fakes::one_worker;

class pool : public testing::Test {
protected:
    // Gives the pool a connection; the peer's end of it.
    fakes::socket give(std::chrono::milliseconds idle = 10s, std::string key = {}) {
        const target to{.url =
                            vmcp::parse_url("http://127.0.0.1:" + std::to_string(door_.port()) + "/").value(),
                        .tls = {}};
        EXPECT_TRUE(w_.run([](worker& home, const target& t, connection_pool& p, std::chrono::milliseconds i,
                              std::string k) -> asio::awaitable<bool> {
            auto made = co_await connect(home, t, 5s);
            if (made) {
                (*made)->key = std::move(k);
                p.give(std::move(*made), i);
            }
            co_return made.has_value();
        }(w_.get(), to, pool_, idle, std::move(key))));
        return door_.accept();
    }
    // Which of the peers the pool hands out a connection to; -1: none.
    int taken(std::vector<fakes::socket>& peers, std::string_view key = {}) {
        const auto port = w_.call([&] {
            const auto one = pool_.take(key);
            error_code ec;
            return one ? one->stream().socket().local_endpoint(ec).port() : std::uint16_t{0};
        });
        for (std::size_t i = 0; i < peers.size(); ++i)
            if (port != 0 && peer_port(peers[i]) == port)
                return static_cast<int>(i);
        return -1;
    }
    static std::uint16_t peer_port(const fakes::socket& s) {
        sockaddr_in at{};
        socklen_t size = sizeof at;
        ::getpeername(s.fd(), reinterpret_cast<sockaddr*>(&at), &size);
        return ntohs(at.sin_port);
    }
    // Until the pool looks at its connections again, and what was sent has come.
    void rest() {
        EXPECT_TRUE(w_.run([](worker& home) -> asio::awaitable<bool> {
            asio::steady_timer timer(home.context(), 20ms);
            co_await timer.async_wait(asio::use_awaitable);
            co_return true;
        }(w_.get())));
    }
    void TearDown() override {
        w_.call([&] { pool_.clear(); });
    }

    fakes::listening_socket door_{};
    connection_pool pool_{};
    one_worker w_{};
};

TEST_F(pool, hands_out_the_one_used_last) {
    std::vector<fakes::socket> peers;
    peers.push_back(give());
    peers.push_back(give());
    rest();
    EXPECT_EQ(taken(peers), 1);
    EXPECT_EQ(taken(peers), 0);
    EXPECT_EQ(taken(peers), -1);
}

TEST_F(pool, hands_out_only_what_was_made_for_the_same_key) {
    std::vector<fakes::socket> peers;
    for (const auto* key : {"a", "b", "a", ""})
        peers.push_back(give(10s, key));
    peers[2].close(); // the younger one of "a" is noticed to be dead, whoever lies above it
    rest();
    EXPECT_EQ(taken(peers, "c"), -1);
    EXPECT_EQ(taken(peers, "a"), 0);
    EXPECT_EQ(taken(peers, "a"), -1);
    EXPECT_EQ(taken(peers, "b"), 1);
    EXPECT_EQ(taken(peers), 3);
    EXPECT_EQ(w_.call([&] { return pool_.size(); }), 0U);
}

TEST_F(pool, one_key_does_not_keep_the_others_out) {
    std::vector<fakes::socket> peers;
    for (std::size_t i = 0; i < connection_pool::max_idle; ++i)
        peers.push_back(give(10s, "many"));
    peers.push_back(give(10s, "other"));
    EXPECT_EQ(w_.call([&] { return pool_.size(); }), connection_pool::max_idle);
    peers.front().expect_end();
    EXPECT_EQ(taken(peers, "other"), static_cast<int>(connection_pool::max_idle));
}

TEST_F(pool, never_hands_out_one_that_the_backend_closed) {
    std::vector<fakes::socket> peers;
    for (int i = 0; i < 4; ++i)
        peers.push_back(give());
    peers[3].shut_write();
    peers[2].reset();
    peers[1].close();
    rest();
    EXPECT_EQ(taken(peers), 0);
    EXPECT_EQ(taken(peers), -1);
    EXPECT_EQ(w_.call([&] { return pool_.size(); }), 0U);
}

TEST_F(pool, nor_one_on_which_it_said_something) {
    std::vector<fakes::socket> peers;
    peers.push_back(give());
    peers[0].send("HTTP/1.1 408 Request Timeout\r\n\r\n");
    rest();
    EXPECT_EQ(taken(peers), -1);
}

TEST_F(pool, nor_one_that_idled_for_longer_than_was_promised) {
    std::vector<fakes::socket> peers;
    peers.push_back(give(10ms));
    peers.push_back(give(0ms));
    rest();
    EXPECT_EQ(taken(peers), -1);
}

TEST_F(pool, closes_idle_ones_by_itself_when_their_time_is_over) {
    auto peer = give(100ms);
    peer.expect_end();
}

TEST_F(pool, keeps_no_more_than_it_may) {
    std::vector<fakes::socket> peers;
    for (std::size_t i = 0; i < connection_pool::max_idle + 5; ++i)
        peers.push_back(give());
    EXPECT_EQ(w_.call([&] { return pool_.size(); }), connection_pool::max_idle);
    peers.back().expect_end();
}

} // namespace
} // namespace transport
