// Connecting to a backend, and the deadline of its connection.
#include "tests/fakes/one_worker.hpp"
#include "transport/net/connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace transport {
namespace {

using namespace std::chrono_literals;
using fakes::listening_socket;
using fakes::one_worker;
using testing::HasSubstr;

target at(std::string host, std::uint16_t port, bool tls = false) {
    return {
        .url =
            vmcp::parse_url((tls ? "https://" : "http://") + host + ":" + std::to_string(port) + "/").value(),
        .tls = tls ? client_tls("").value() : nullptr};
}

struct attempt {
    bool made = false;
    std::string what{}; // the address, or why not
    connect_step step{};
    bool timed_out = false;
};

attempt try_to_connect(one_worker& w, const target& to, std::chrono::milliseconds within) {
    return w.run(
        [](worker& home, const target& t, std::chrono::milliseconds limit) -> asio::awaitable<attempt> {
            auto made = co_await connect(home, t, limit);
            if (made)
                co_return attempt{true, (*made)->address, {}, false};
            co_return attempt{false, describe(made.error()), made.error().step, made.error().timed_out};
        }(w.get(), to, within));
}

TEST(connect, reaches_addresses_and_names) {
    one_worker w;
    listening_socket door;
    const auto by_address = try_to_connect(w, at("127.0.0.1", door.port()), 5s);
    EXPECT_TRUE(by_address.made);
    EXPECT_EQ(by_address.what, "127.0.0.1:" + std::to_string(door.port()));
    const auto by_name = try_to_connect(w, at("localhost", door.port()), 5s);
    EXPECT_TRUE(by_name.made) << by_name.what;
    EXPECT_THAT(by_name.what, HasSubstr("127.0.0.1"));
}

TEST(connect, dials_no_address_that_it_may_not) {
    one_worker w;
    listening_socket door;
    std::vector<std::string> asked;
    auto to = at("127.0.0.1", door.port());
    to.may_dial = [&](const asio::ip::address& one) {
        asked.push_back(one.to_string());
        return false;
    };
    const auto a = try_to_connect(w, to, 5s);
    EXPECT_FALSE(a.made);
    EXPECT_EQ(a.step, connect_step::forbidden);
    EXPECT_EQ(a.what,
              "127.0.0.1:" + std::to_string(door.port()) + " is an address that may not be connected to");
    EXPECT_EQ(asked, std::vector<std::string>{"127.0.0.1"});
    to.url = at("localhost", door.port()).url;
    EXPECT_EQ(try_to_connect(w, to, 5s).step, connect_step::forbidden);
    to.may_dial = [](const asio::ip::address&) { return true; };
    EXPECT_TRUE(try_to_connect(w, to, 5s).made);
}

TEST(connect, says_who_refused) {
    one_worker w;
    std::uint16_t port = 0;
    {
        listening_socket door;
        port = door.port();
    }
    const auto a = try_to_connect(w, at("127.0.0.1", port), 5s);
    EXPECT_FALSE(a.made);
    EXPECT_EQ(a.step, connect_step::connect);
    EXPECT_FALSE(a.timed_out);
    EXPECT_EQ(a.what, "connection refused by 127.0.0.1:" + std::to_string(port));
}

TEST(connect, says_which_name_is_unknown) {
    one_worker w;
    const auto a = try_to_connect(w, at("no-such-host.invalid", 80), 10s);
    EXPECT_FALSE(a.made);
    EXPECT_EQ(a.step, connect_step::resolve);
    EXPECT_THAT(a.what, HasSubstr("name lookup of no-such-host.invalid:80"));
}

TEST(connect, a_tls_peer_that_says_nothing_or_nonsense_ends_the_handshake) {
    one_worker w;
    listening_socket door;
    const auto silent = try_to_connect(w, at("127.0.0.1", door.port(), true), 300ms);
    EXPECT_EQ(silent.step, connect_step::tls);
    EXPECT_TRUE(silent.timed_out);
    EXPECT_THAT(silent.what, HasSubstr("TLS handshake with 127.0.0.1"));

    std::promise<void> answered;
    w->spawn(
        [](worker& home, std::uint16_t port, std::promise<void>& done) -> asio::awaitable<void> {
            const auto made = co_await connect(home, at("127.0.0.1", port, true), 10s);
            EXPECT_FALSE(made);
            EXPECT_EQ(made.error().step, connect_step::tls);
            EXPECT_FALSE(made.error().timed_out);
            done.set_value();
        }(w.get(), door.port(), answered),
        "a test");
    auto first = door.accept(); // the silent one's
    auto second = door.accept();
    second.send("HTTP/1.1 400 Bad Request\r\n\r\n");
    one_worker::wait(answered.get_future());
}

// Wherever it is: before it begins, while the name is looked up, while the peer says nothing.
TEST(connect, ends_at_once_when_it_is_cancelled) {
    one_worker w;
    listening_socket door; // never accepts: the TLS handshake gets no answer
    struct row {
        const char* host;
        bool before;
        connect_step step;
    };
    for (const auto& [host, before, step] :
         {row{"127.0.0.1", true, connect_step::resolve}, row{"localhost", true, connect_step::resolve},
          row{"127.0.0.1", false, connect_step::tls}}) {
        const auto began = std::chrono::steady_clock::now();
        const auto a = w.run([](worker& home, target to, bool cancelled_before) -> asio::awaitable<attempt> {
            const auto control = std::make_shared<vmcp::cancellation>(home.executor());
            asio::steady_timer pause(home.context(), 50ms);
            if (cancelled_before) {
                control->cancel({});
                co_await pause.async_wait(asio::use_awaitable);
            } else {
                pause.async_wait([control](error_code) { control->cancel({}); });
            }
            const auto made = co_await connect(home, to, 20s, control.get());
            EXPECT_FALSE(made);
            co_return attempt{made.has_value(), describe(made.error()), made.error().step,
                              made.error().timed_out};
        }(w.get(), at(host, door.port(), true), before));
        EXPECT_EQ(a.step, step) << host;
        EXPECT_FALSE(a.timed_out) << host;
        EXPECT_LT(std::chrono::steady_clock::now() - began, 10s) << host;
    }
}

TEST(connection_deadlines, its_deadline_ends_what_waits_on_it) {
    one_worker w;
    listening_socket door;
    EXPECT_TRUE(w.run([](worker& home, std::uint16_t port) -> asio::awaitable<bool> {
        auto made = co_await connect(home, at("127.0.0.1", port), 5s);
        auto& one = **made;
        one.expires_in(100ms);
        std::array<char, 1> byte{};
        error_code ec;
        co_await one.stream().async_read_some(asio::buffer(byte),
                                              asio::redirect_error(asio::use_awaitable, ec));
        const bool was = one.timed_out() && ec == asio::error::operation_aborted && !one.stream().is_open();
        one.expires_in(10s);
        co_return was && !one.timed_out();
    }(w.get(), door.port())));
}

TEST(judged, a_family_that_is_switched_off_is_no_shortage_of_ports) {
    const auto none = boost::system::errc::make_error_code(boost::system::errc::address_not_available);
    const tcp::endpoint v4(asio::ip::make_address("127.0.0.1"), 80);
    const tcp::endpoint v6(asio::ip::make_address("::1"), 80);
    EXPECT_EQ(judged(none, v4), none);
    EXPECT_EQ(judged(none, v6), asio::error::network_unreachable);
    EXPECT_EQ(judged(asio::error::connection_refused, v6), asio::error::connection_refused);
    EXPECT_EQ(describe({connect_step::connect, asio::error::no_descriptors, false, "b:80"}),
              "this gateway has run out of descriptors (Too many open files): b:80 was not asked");
}

} // namespace
} // namespace transport
