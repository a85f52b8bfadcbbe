// One connection of a client: keep-alive, what is refused, and every deadline.
#include "tests/fakes/http_message.hpp"
#include "tests/fakes/one_worker.hpp"
#include "transport/http/server_connection.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <thread>

namespace transport {
namespace {

using namespace std::chrono_literals;
using fakes::one_worker;
using testing::HasSubstr;

// Echoes the body; "/throw" throws, "/silent" answers nothing, "/stream" streams two pieces. "/closed" admits nobody.
class echo final : public http_handler {
public:
    asio::awaitable<void> handle(http_request& request) override {
        auto& c = request.connection;
        if (request.path == "/throw")
            throw std::runtime_error("on purpose");
        if (request.path == "/silent")
            co_return;
        if (request.path == "/stream") {
            co_await c.start_stream("text/event-stream");
            co_await c.write_framed("1\r\na\r\n");
            co_await c.end_stream();
            co_return;
        }
        co_await c.respond(200, "text/plain", vmcp::gather(request.body));
    }
    asio::awaitable<bool> admit(http_request& request) override {
        EXPECT_EQ(request.body, "");
        ++asked;
        if (request.path == "/little") {
            request.max_body = 1'000;
            request.why_so_long = "of a test";
        }
        if (request.path == "/closed")
            co_await request.connection.respond(401, "text/plain", vmcp::gather("no"));
        co_return request.path != "/closed";
    }
    std::atomic<int> asked{0};
};

class connection : public testing::Test {
protected:
    fakes::socket connect() {
        fakes::socket client = fakes::socket::connect(door_.port());
        const int fd = ::dup(door_.accept().fd());
        w_.call([&] {
            tcp::socket socket(w_->context(), tcp::v4(), fd);
            const auto made =
                std::make_shared<server_connection>(w_.get(), std::move(socket), handler_, limits_, count_);
            w_->spawn(server_connection::run(made, nullptr), "a test");
        });
        return client;
    }
    static std::string post(std::string_view path, std::string_view body, std::string_view fields = "") {
        return "POST " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n" + std::string(fields) +
               "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
    }
    void expect_count(std::size_t n) {
        const auto until = std::chrono::steady_clock::now() + fakes::patience;
        while (count_.size() != n && std::chrono::steady_clock::now() < until)
            std::this_thread::yield();
        EXPECT_EQ(count_.size(), n);
    }

    fakes::listening_socket door_{};
    echo handler_{};
    http_limits limits_{.max_header = 2'000,
                        .max_body = 10'000,
                        .header_timeout = 300ms,
                        .body_timeout = 300ms,
                        .idle_timeout = 300ms,
                        .write_timeout = 300ms};
    connection_group count_{};
    one_worker w_{};
};

TEST_F(connection, serves_one_request_after_the_other) {
    limits_.idle_timeout = 60s;
    auto c = connect();
    for (int i = 0; i < 3; ++i) {
        c.send(post("/", std::to_string(i)));
        const auto answer = fakes::read_response(c);
        EXPECT_EQ(answer.status(), 200U);
        EXPECT_EQ(answer.body, std::to_string(i));
        EXPECT_TRUE(answer.keeps_open());
    }
    c.send(post("/", "last", "Connection: close\r\n"));
    EXPECT_FALSE(fakes::read_response(c).keeps_open());
    c.expect_end();
    expect_count(0);
}

TEST_F(connection, bodies_of_every_framing_and_fragmentation) {
    limits_.body_timeout = limits_.header_timeout = 60s;
    const std::string chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
                                "chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n";
    for (const auto& request : {post("/", "abcde"), chunked})
        for (const std::size_t size : {std::size_t{1}, std::size_t{7}, request.size()}) {
            auto c = connect();
            c.send_in_pieces(request, size);
            EXPECT_EQ(fakes::read_response(c).body, "abcde");
        }
}

// RFC 9112 section 2.2; old clients end a body with a line that its length does not count.
TEST_F(connection, empty_lines_before_a_request_are_skipped) {
    limits_.header_timeout = limits_.body_timeout = limits_.idle_timeout = 60s;
    const std::string two = "\r\n\r\n" + post("/", "first") + "\r\n" + post("/", "second") + "\r\n";
    for (const std::size_t size : {std::size_t{1}, std::size_t{3}, two.size()}) {
        auto c = connect();
        c.send_in_pieces(two, size);
        EXPECT_EQ(fakes::read_response(c).body, "first");
        EXPECT_EQ(fakes::read_response(c).body, "second");
        c.send("\r\n" + post("/", "third", "Connection: close\r\n"));
        EXPECT_EQ(fakes::read_response(c).body, "third");
        c.expect_end();
    }
}

TEST_F(connection, nothing_but_empty_lines_is_no_request) {
    limits_.header_timeout = limits_.idle_timeout = 60s;
    auto one = connect();
    one.send("\r\n\r\n");
    ::shutdown(one.fd(), SHUT_WR);
    one.expect_end();
    auto many = connect();
    many.send("\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n");
    EXPECT_EQ(fakes::read_response(many).status(), 400U);
    many.expect_end();
    expect_count(0);
}

TEST_F(connection, a_long_body_is_not_read_before_it_is_admitted) {
    limits_.max_body = 200'000;
    limits_.body_timeout = limits_.idle_timeout = 60s;
    const std::string length = " HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n";
    for (const auto& head :
         {"POST /closed" + length + "\r\n", "POST /closed" + length + "Expect: 100-continue\r\n\r\n",
          std::string("POST /closed HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")}) {
        auto c = connect();
        c.send(head); // and no body
        const auto answer = fakes::read_response(c);
        EXPECT_EQ(answer.status(), 401U);
        EXPECT_FALSE(answer.keeps_open());
        c.expect_end();
    }
    EXPECT_EQ(handler_.asked, 3);
    auto c = connect();
    c.send(post("/", std::string(100'000, 'x')));
    auto answer = fakes::read_response(c);
    EXPECT_EQ(answer.body.size(), 100'000u);
    EXPECT_TRUE(answer.keeps_open());
    EXPECT_EQ(handler_.asked, 4);
    c.send(post("/closed", "short"));
    answer = fakes::read_response(c);
    EXPECT_EQ(answer.body, "short") << "handle() judges it";
    EXPECT_TRUE(answer.keeps_open());
    EXPECT_EQ(handler_.asked, 4);
}

TEST_F(connection, HEAD_is_told_the_length_and_gets_no_body) {
    limits_.idle_timeout = 60s;
    auto c = connect();
    c.send("HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
    EXPECT_EQ(fakes::read_head(c).field("content-length"), "3");
    c.send(post("/", "next"));
    const auto next = fakes::read_response(c);
    EXPECT_EQ(next.start, "HTTP/1.1 200 OK");
    EXPECT_EQ(next.body, "next");
}

TEST_F(connection, streams_end_with_the_last_chunk_and_the_connection_goes_on) {
    limits_.idle_timeout = 60s;
    auto c = connect();
    c.send(post("/stream", ""));
    EXPECT_EQ(fakes::read_response(c).body, "a");
    c.send(post("/", "next"));
    EXPECT_EQ(fakes::read_response(c).body, "next");
}

TEST_F(connection, an_idle_one_is_closed_without_a_word) {
    limits_.idle_timeout = 100ms;
    auto c = connect();
    c.expect_end();
    EXPECT_EQ(c.buffer, "");
    expect_count(0);
}

TEST_F(connection, also_one_that_has_served_and_then_idles_for_longer_than_a_moment) {
    limits_.idle_timeout = 1'500ms; // longer than it holds its buffer
    auto c = connect();
    c.send(post("/", "x"));
    (void)fakes::read_response(c);
    ASSERT_FALSE(c.readable(1'300ms));
    c.send(post("/", "still there"));
    EXPECT_EQ(fakes::read_response(c).body, "still there");
    c.expect_end();
}

TEST_F(connection, one_that_never_said_a_word_is_closed_like_one_that_does_not_finish_its_head) {
    limits_.idle_timeout = 60s;
    for (const auto& patience : {100ms, 1'300ms}) { // shorter and longer than it holds its buffer
        limits_.header_timeout = patience;
        auto silent = connect();
        silent.expect_end();
        EXPECT_EQ(silent.buffer, "");
    }
    limits_.header_timeout = 100ms;
    auto used = connect();
    used.send(post("/", "a"));
    EXPECT_EQ(fakes::read_response(used).body, "a");
    EXPECT_FALSE(used.readable(500ms)) << "it may come back";
}

TEST_F(connection, when_there_is_no_room_the_one_that_is_idle_for_longest_goes) {
    limits_.idle_timeout = limits_.header_timeout = 60s;
    const auto close_oldest = [&] { return w_.run(count_.close_oldest()); };
    EXPECT_FALSE(close_oldest());
    auto busy = connect();
    busy.send("POST / HTTP/1.1\r\nHost: a\r\n"); // and nothing more
    auto first = connect();
    auto second = connect();
    const auto use = [&](fakes::socket& c) {
        c.send(post("/", "x"));
        EXPECT_EQ(fakes::read_response(c).body, "x");
    };
    use(second);
    use(first); // and is idle for a shorter time than the second one
    std::this_thread::sleep_for(1ms);
    while (!close_oldest()) // the answer is read a moment before the connection is idle
        std::this_thread::yield();
    second.expect_end();
    EXPECT_TRUE(close_oldest());
    first.expect_end();
    EXPECT_FALSE(close_oldest()) << "a request that came half is not idle";
    expect_count(1);
    busy.send("Content-Length: 1\r\n\r\nz");
    EXPECT_EQ(fakes::read_response(busy).body, "z");
}

TEST_F(connection, a_head_that_trickles_in_is_given_up) {
    auto c = connect();
    c.send("POST / HTTP/1.1\r\nHost: a\r\nX: ");
    EXPECT_EQ(fakes::read_response(c).status(), 408U);
    c.expect_end();
    expect_count(0);
}

TEST_F(connection, a_body_that_does_not_come_is_given_up) {
    auto c = connect();
    c.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
    EXPECT_EQ(fakes::read_response(c).status(), 408U);
    c.expect_end();
}

TEST_F(connection, a_peer_that_does_not_read_is_given_up) {
    limits_.max_body = std::size_t{64} << 20;
    limits_.body_timeout = 60s;
    auto c = connect();
    c.send(post("/", std::string(std::size_t{32} << 20, 'x')));
    expect_count(0);
}

TEST_F(connection, too_large_heads_and_bodies) {
    auto c = connect();
    c.send("POST / HTTP/1.1\r\nHost: a\r\nX: " + std::string(3'000, 'x'));
    EXPECT_EQ(fakes::read_response(c).status(), 431U);
    c.expect_end();
    c = connect();
    c.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10001\r\n\r\n");
    const auto refused = fakes::read_response(c);
    EXPECT_EQ(refused.status(), 413U) << "announced is enough";
    EXPECT_FALSE(refused.keeps_open());
    c = connect();
    c.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2711\r\n" +
           std::string(10'001, 'x'));
    EXPECT_EQ(fakes::read_response(c).status(), 413U);
    c = connect();
    c.send(post("/", std::string(10'000, 'x')));
    EXPECT_EQ(fakes::read_response(c).body.size(), 10'000U);
}

TEST_F(connection, the_refusal_reaches_a_peer_that_is_still_sending) {
    auto c = connect();
    c.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" + std::string(6'000, 'x'));
    EXPECT_EQ(fakes::read_response(c).status(), 413U);
}

TEST_F(connection, what_follows_a_refused_request_is_not_served) {
    auto c = connect();
    c.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" +
           post("/", "smuggled"));
    EXPECT_EQ(fakes::read_response(c).status(), 400U);
    c.expect_end();
    EXPECT_THAT(c.buffer, testing::Not(HasSubstr("smuggled")));
}

TEST_F(connection, asks_for_a_body_that_waits_to_be_asked_for) {
    limits_.body_timeout = 60s;
    auto c = connect();
    c.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    EXPECT_EQ(fakes::read_head(c).start, "HTTP/1.1 100 Continue");
    c.send("abc");
    EXPECT_EQ(fakes::read_response(c).body, "abc");
    c.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 99999\r\n\r\n");
    EXPECT_EQ(fakes::read_response(c).status(), 413U) << "and not for one that is too large";
}

TEST_F(connection, who_is_not_admitted_is_not_asked_for_a_body_however_short) {
    limits_.body_timeout = 60s;
    auto c = connect();
    c.send("POST /closed HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    const auto answer = fakes::read_response(c);
    EXPECT_EQ(answer.status(), 401U);
    EXPECT_FALSE(answer.keeps_open());
    EXPECT_EQ(handler_.asked, 1);
    c = connect();
    c.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc");
    EXPECT_EQ(fakes::read_response(c).body, "abc") << "nobody needs to be asked for what is there";
}

TEST_F(connection, a_handler_may_want_less_than_others) {
    limits_.body_timeout = 60s;
    limits_.max_body = 200'000;
    auto c = connect();
    c.send("POST /little HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
    const auto answer = fakes::read_response(c);
    EXPECT_EQ(answer.status(), 413U);
    EXPECT_THAT(answer.body, HasSubstr("the limit is 1000 bytes (of a test)"));
    c = connect();
    c.send("POST /little HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" +
           std::string(1'001, 'x') + "\r\n");
    EXPECT_EQ(fakes::read_response(c).status(), 413U);
}

TEST_F(connection, a_body_without_room_in_memory_is_refused_for_now) {
    constexpr std::size_t mib = std::size_t{1} << 20;
    limits_.max_body = 64 * mib;
    limits_.body_timeout = limits_.idle_timeout = 60s;
    vmcp::memory_ledger ledger(32 * mib);
    w_.call([&] { w_->draw_on(ledger); });
    {
        auto c = connect();
        c.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 20000000\r\n\r\n");
        const auto announced = fakes::read_response(c);
        EXPECT_EQ(announced.status(), 503U);
        EXPECT_EQ(announced.field("retry-after"), "1");
        EXPECT_THAT(announced.body, HasSubstr(R"("jsonrpc":"2.0")"));
        EXPECT_THAT(announced.body, HasSubstr("limits.memory"));
        EXPECT_FALSE(announced.keeps_open());
    }
    {
        auto c = connect();
        std::string piece = "100000\r\n" + std::string(mib, 'x') + "\r\n";
        c.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (int i = 0; i < 13; ++i)
            c.send(piece);
        EXPECT_EQ(fakes::read_response(c).status(), 503U);
    }
    {
        auto c = connect();
        c.send(post("/", std::string(mib, 'x')));
        EXPECT_EQ(fakes::read_response(c).body.size(), mib) << "what was refused holds nothing";
    }
    expect_count(0);
    EXPECT_EQ(ledger.used(), 0U);
    EXPECT_EQ(ledger.refused(vmcp::memory_class::requests), 2U);
}

TEST_F(connection, a_handler_that_throws_or_says_nothing_ends_it) {
    for (const auto* path : {"/throw", "/silent"}) {
        auto c = connect();
        c.send(post(path, ""));
        c.expect_end();
        EXPECT_EQ(c.buffer, "") << path;
    }
    expect_count(0);
}

TEST_F(connection, a_peer_that_goes_away_at_any_point_leaves_nothing_behind) {
    const auto request = post("/", "abcde");
    for (std::size_t cut = 0; cut <= request.size(); cut += 3) {
        auto c = connect();
        c.send(request.substr(0, cut));
        if (cut % 2 == 0)
            c.reset();
    }
    expect_count(0);
}

TEST_F(connection, a_drain_ends_idle_ones_and_lets_no_further_request_in) {
    limits_.idle_timeout = 60s;
    auto idle = connect();
    auto half = connect();
    half.send(post("/", "half").substr(0, 30));
    ASSERT_FALSE(half.readable(50ms));
    w_.call([&] { w_->sweeper().drain(); });
    idle.expect_end();
    half.send(post("/", "half").substr(30) + post("/", "second"));
    const auto answer = fakes::read_response(half);
    EXPECT_EQ(answer.body, "half");
    EXPECT_FALSE(answer.keeps_open());
    half.expect_end();
    EXPECT_EQ(half.buffer, "");
}

} // namespace
} // namespace transport
