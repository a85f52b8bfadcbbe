// One request to a backend and its response: every way a backend can answer, break off or hang.
#include "tests/fakes/http_message.hpp"
#include "tests/fakes/one_worker.hpp"
#include "transport/http/client_exchange.hpp"
#include "transport/http/connection_pool.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <thread>

namespace transport {
namespace {

using namespace std::chrono_literals;
using fakes::one_worker;
using testing::HasSubstr;

struct outcome {
    std::optional<exchange_error> error{};
    std::string detail{};
    unsigned status = 0;
    std::string body{};
    std::optional<std::chrono::milliseconds> reusable{};
};

asio::awaitable<outcome> exchange_with(worker& home, std::uint16_t port, std::string body,
                                       std::chrono::milliseconds limit, std::size_t max_body,
                                       bool in_pieces) {
    const auto url = vmcp::parse_url("http://127.0.0.1:" + std::to_string(port) + "/mcp?x=1").value();
    auto made = co_await connect(home, target{.url = url, .tls = {}}, 5s);
    if (!made)
        co_return outcome{.error = exchange_error::not_sent, .detail = describe(made.error())};
    (*made)->expires_in(limit);
    client_exchange exchange(**made);
    const vmcp::gather text(body);
    const header_field fields[] = {{"X-Own", "1"}};
    const auto sent = co_await exchange.send({.url = &url, .fields = fields, .body = &text});
    if (!sent)
        co_return outcome{.error = sent.error().error, .detail = sent.error().detail};
    outcome out{.status = exchange.status()};
    exchange_result<void> read = boost::system::in_place_value;
    if (in_pieces) {
        for (;;) {
            const auto piece = co_await exchange.some();
            if (!piece) {
                read = piece.error();
                break;
            }
            if (piece->empty())
                break;
            out.body += *piece;
        }
    } else {
        read = co_await exchange.body(out.body, max_body);
    }
    if (!read) {
        out.error = read.error().error;
        out.detail = read.error().detail;
    }
    out.reusable = exchange.reusable_for();
    co_return out;
}

class exchange : public testing::Test {
protected:
    // The backend takes the request and then does `then`.
    outcome with(const std::function<void(fakes::socket&)>& then, std::chrono::milliseconds limit = 10s,
                 std::size_t max_body = 1'000, bool in_pieces = false) {
        std::thread peer([&] {
            auto s = door_.accept();
            request_ = fakes::read_response(s); // a request reads the same way
            then(s);
        });
        auto out = w_.run(exchange_with(w_.get(), door_.port(), "{\"a\":1}", limit, max_body, in_pieces));
        peer.join();
        return out;
    }
    outcome answered(const std::string& raw, std::size_t max_body = 1'000, bool in_pieces = false) {
        return with([&](fakes::socket& s) { s.send(raw); }, 10s, max_body, in_pieces);
    }

    fakes::listening_socket door_{};
    fakes::http_message request_{};
    one_worker w_{};
};

TEST_F(exchange, writes_what_it_is_given) {
    const auto out = answered("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    EXPECT_EQ(out.body, "ok");
    EXPECT_EQ(request_.start, "POST /mcp?x=1 HTTP/1.1");
    EXPECT_EQ(request_.field("host"), "127.0.0.1:" + std::to_string(door_.port()));
    EXPECT_EQ(request_.field("content-type"), "application/json");
    EXPECT_EQ(request_.field("x-own"), "1");
    EXPECT_EQ(request_.body, "{\"a\":1}");
}

TEST_F(exchange, bodies_of_every_framing) {
    for (const bool in_pieces : {false, true})
        for (const auto& [raw, keeps] : {
                 std::pair<std::string, bool>{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde", true},
                 {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n",
                  true},
                 {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 "
                  "OK\r\nContent-Length: 5\r\n\r\nabcde",
                  true},
                 {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nabcde", false},
                 {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcdeMORE", false},
             }) {
            const auto out = with(
                [&, bytes = std::string_view(raw)](fakes::socket& s) {
                    s.send_in_pieces(bytes, in_pieces ? 1 : bytes.size());
                    (void)s.readable(20ms); // until the exchange is over
                },
                10s, 1'000, in_pieces);
            EXPECT_FALSE(out.error) << raw << out.detail;
            EXPECT_EQ(out.body, "abcde") << raw;
            if (!in_pieces)
                EXPECT_EQ(out.reusable.has_value(), keeps) << raw;
        }
    const auto until_close = answered("HTTP/1.1 200 OK\r\n\r\nabcde");
    EXPECT_EQ(until_close.body, "abcde");
    EXPECT_FALSE(until_close.reusable);
}

TEST_F(exchange, knows_how_long_a_connection_may_idle) {
    const auto idle = [&](const std::string& field) {
        return with([&](fakes::socket& s) {
                   s.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + field + "\r\n");
                   (void)s.readable(100ms);
               })
            .reusable;
    };
    EXPECT_EQ(idle(""), connection_pool::default_idle);
    EXPECT_EQ(idle("Keep-Alive: timeout=5\r\n"), 4s);
    EXPECT_EQ(idle("Keep-Alive: timeout=72, max=100\r\n"), 71s);
    EXPECT_EQ(idle("Keep-Alive: timeout=1\r\n"), std::nullopt);
    EXPECT_EQ(idle("Keep-Alive: timeout=0\r\n"), std::nullopt);
    EXPECT_EQ(idle("Keep-Alive: timeout=99999999999999\r\n"), connection_pool::default_idle);
    EXPECT_EQ(idle("Keep-Alive: max=3\r\n"), connection_pool::default_idle);
}

TEST_F(exchange, says_how_it_failed) {
    struct row {
        const char* raw;
        exchange_error error;
    };
    for (const auto& [raw, error] : {
             row{"", exchange_error::closed},
             row{"HTTP/1.1 20", exchange_error::truncated},
             row{"HTTP/1.1 200 OK\r\nContent-Le", exchange_error::truncated},
             row{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", exchange_error::truncated},
             row{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", exchange_error::truncated},
             row{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
                 exchange_error::truncated},
             row{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", exchange_error::malformed},
             row{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
                 exchange_error::malformed},
             row{"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
                 exchange_error::malformed},
             row{"SSH-2.0-OpenSSH_9.2\r\n", exchange_error::malformed},
             row{"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n", exchange_error::too_large},
         }) {
        const auto out = answered(raw);
        EXPECT_EQ(out.error, error) << raw << ": " << out.detail;
        EXPECT_THAT(out.detail, HasSubstr("127.0.0.1:" + std::to_string(door_.port()))) << raw;
        EXPECT_FALSE(out.reusable) << raw;
    }
    EXPECT_EQ(answered("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n" +
                       std::string(2'000, 'x') + "\r\n0\r\n\r\n")
                  .error,
              exchange_error::too_large);
    EXPECT_EQ(answered("HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n").error,
              exchange_error::too_large);
    EXPECT_EQ(with([](fakes::socket& s) { s.reset(); }).error, exchange_error::closed);
}

TEST_F(exchange, its_deadline_holds_at_every_point) {
    for (const auto* raw : {"", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab",
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n"}) {
        const auto out = with(
            [&](fakes::socket& s) {
                s.send(raw);
                s.expect_end();
            },
            200ms);
        EXPECT_EQ(out.error, exchange_error::timeout) << raw;
        EXPECT_THAT(out.detail, HasSubstr("did not answer in time")) << raw;
    }
}

// Whoever waits for an answer may be called away and come back: nothing of it is lost.
asio::awaitable<outcome> read_with_interruptions(worker& home, std::uint16_t port) {
    const auto url = vmcp::parse_url("http://127.0.0.1:" + std::to_string(port) + "/").value();
    auto made = co_await connect(home, target{.url = url, .tls = {}}, 5s);
    client_exchange one(**made);
    const vmcp::gather text("{}");
    if (!co_await one.write({.url = &url, .body = &text}))
        co_return outcome{.error = exchange_error::not_sent};
    bool over = false;
    home.spawn(
        [](worker& h, connection& c, bool& end) -> asio::awaitable<void> {
            asio::steady_timer pause(h.context());
            while (!end) {
                pause.expires_after(1ms);
                co_await pause.async_wait(asio::use_awaitable);
                if (!end)
                    c.stream().cancel();
            }
        }(home, **made, over),
        "interruptions");
    const std::shared_ptr<void> stop(nullptr, [&over](void*) { over = true; });
    outcome out;
    int interrupted = 0;
    for (auto end = read_end::aborted; end != read_end::ok || one.is_interim();) {
        end = co_await one.read_head();
        interrupted += end == read_end::aborted ? 1 : 0;
        if (end != read_end::ok && end != read_end::aborted)
            co_return outcome{.error = one.head_failure_of(end).error};
    }
    for (exchange_result<void> read = exchange_failure{exchange_error::cancelled, {}}; !read;) {
        read = co_await one.body(out.body, 1'000);
        interrupted += !read ? 1 : 0;
        if (!read && read.error().error != exchange_error::cancelled)
            co_return outcome{.error = read.error().error};
    }
    EXPECT_GT(interrupted, 10);
    out.reusable = one.reusable_for();
    over = true;
    asio::steady_timer last(home.context(), 5ms); // until the interruptions have seen it
    co_await last.async_wait(asio::use_awaitable);
    co_return out;
}

TEST_F(exchange, a_read_that_was_interrupted_goes_on) {
    for (const std::string_view raw :
         {"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n"}) {
        std::thread peer([&] {
            auto s = door_.accept();
            (void)fakes::read_response(s);
            for (const char byte : raw) {
                s.send(std::string_view(&byte, 1));
                std::this_thread::sleep_for(2ms);
            }
            s.expect_end();
        });
        const auto out = w_.run(read_with_interruptions(w_.get(), door_.port()));
        peer.join();
        EXPECT_FALSE(out.error);
        EXPECT_EQ(out.body, "abcde");
        EXPECT_TRUE(out.reusable);
    }
}

TEST_F(exchange, headers_that_would_break_the_request_are_not_sent) {
    std::thread peer([&] { door_.accept().expect_end(); });
    const auto out = w_.run([](worker& home, std::uint16_t port) -> asio::awaitable<outcome> {
        const auto url = vmcp::parse_url("http://127.0.0.1:" + std::to_string(port) + "/").value();
        auto made = co_await connect(home, target{.url = url, .tls = {}}, 5s);
        client_exchange one(**made);
        const header_field fields[] = {{"X-Bad", "a\r\nInjected: b"}};
        const auto sent = co_await one.send({.url = &url, .fields = fields});
        co_return outcome{.error = sent.error().error, .detail = sent.error().detail};
    }(w_.get(), door_.port()));
    peer.join();
    EXPECT_EQ(out.error, exchange_error::not_sent);
    EXPECT_THAT(out.detail, HasSubstr("X-Bad"));
    EXPECT_THAT(out.detail, testing::Not(HasSubstr("Injected")));
}

} // namespace
} // namespace transport
