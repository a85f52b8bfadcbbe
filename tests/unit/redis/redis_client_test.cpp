// The connection to Redis against a scripted peer on a real socket: pipelining, deadlines, and coming back.
#include "transport/redis/redis_client.hpp"

#include "tests/fakes/one_worker.hpp"
#include "transport/redis/redis_subscriber.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <optional>
#include <thread>

namespace transport {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

// One connection of the peer: says what the test says, and reads whole commands.
class redis_peer {
public:
    explicit redis_peer(fakes::listening_socket& at) : line_(at.accept()) {}

    redis_command command() {
        for (;;) {
            auto next = in_.next();
            if (next && *next) {
                redis_command out;
                for (const auto& part : (*next)->items)
                    out.push_back(part.text);
                return out;
            }
            if (!line_.fill())
                return {};
            in_.feed(line_.buffer);
            line_.buffer.clear();
        }
    }
    void say(std::string_view bytes) { ASSERT_TRUE(line_.send(bytes)); }
    void greet() {
        ASSERT_EQ(command(), redis_command{"PING"});
        say("+PONG\r\n");
    }
    fakes::socket& line() { return line_; }

private:
    fakes::socket line_;
    resp_decoder in_{};
};

class redis_client_test : public testing::Test {
protected:
    void SetUp() override { start(5s); }
    void start(std::chrono::milliseconds timeout) {
        if (client)
            stop();
        client = std::make_shared<redis_client>(
            redis_settings{.server = {"127.0.0.1", server.port()}, .timeout = timeout});
        client->start(home.get());
    }
    void stop() {
        home.call([this] { client->stop(); });
    }
    void TearDown() override { stop(); }

    std::future<vmcp::result<resp_value>> ask(redis_command command) {
        auto made = std::make_shared<std::promise<vmcp::result<resp_value>>>();
        auto out = made->get_future();
        home->spawn(
            [](std::shared_ptr<redis_client> by, redis_command text,
               std::shared_ptr<std::promise<vmcp::result<resp_value>>> to) -> vmcp::awaitable<void> {
                to->set_value(co_await by->run(std::move(text)));
            }(client, std::move(command), made),
            "a test");
        return out;
    }
    static vmcp::result<resp_value> wait(std::future<vmcp::result<resp_value>>& from) {
        return fakes::one_worker::wait(std::move(from));
    }

    fakes::listening_socket server{};
    fakes::one_worker home{};
    std::shared_ptr<redis_client> client{};
};

TEST_F(redis_client_test, commands_are_pipelined_and_replies_find_them) {
    redis_peer peer(server);
    peer.greet();
    auto first = ask({"GET", "a"});
    auto second = ask({"GET", "b"});
    EXPECT_EQ(peer.command(), (redis_command{"GET", "a"}));
    EXPECT_EQ(peer.command(), (redis_command{"GET", "b"})) << "before the first has its reply";
    peer.say("$1\r\nA\r\n$1\r\nB\r\n");
    EXPECT_EQ(wait(first)->text, "A");
    EXPECT_EQ(wait(second)->text, "B");
}

TEST_F(redis_client_test, an_error_fails_its_command_only) {
    redis_peer peer(server);
    peer.greet();
    auto first = ask({"SET", "a", "1"});
    auto second = ask({"GET", "a"});
    (void)peer.command();
    (void)peer.command();
    peer.say("-OOM command not allowed\r\n$-1\r\n");
    const auto refused = wait(first);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().detail, HasSubstr("OOM"));
    EXPECT_TRUE(wait(second)->is_null());
}

TEST_F(redis_client_test, what_was_under_way_fails_with_the_connection_and_the_next_command_finds_another) {
    {
        redis_peer peer(server);
        peer.greet();
        auto lost = ask({"GET", "a"});
        (void)peer.command();
        peer.line().reset();
        EXPECT_FALSE(wait(lost));
    }
    auto next = ask({"GET", "b"});
    redis_peer again(server);
    again.greet();
    EXPECT_EQ(again.command(), (redis_command{"GET", "b"}));
    again.say(":7\r\n");
    EXPECT_EQ(wait(next)->number, 7);
}

TEST_F(redis_client_test, a_peer_that_does_not_answer_is_left) {
    start(200ms);
    redis_peer unused(server); // of SetUp
    redis_peer peer(server);
    peer.greet();
    auto silent = ask({"GET", "a"});
    EXPECT_FALSE(wait(silent));
    redis_peer again(server);
    again.greet();
}

TEST_F(redis_client_test, while_nobody_is_there_commands_fail_at_once_and_say_why) {
    stop();
    std::uint16_t port = 0;
    {
        const fakes::listening_socket gone;
        port = gone.port();
    }
    client = std::make_shared<redis_client>(redis_settings{.server = {"127.0.0.1", port}, .timeout = 5s});
    client->start(home.get());
    for (int i = 0; i < 3; ++i) {
        auto refused = ask({"GET", "a"});
        const auto got = wait(refused);
        ASSERT_FALSE(got);
        EXPECT_THAT(got.error().detail, HasSubstr("refused"));
    }
    EXPECT_FALSE(client->up());
}

TEST_F(redis_client_test, a_server_that_is_no_master_is_left) {
    {
        redis_peer peer(server);
        peer.greet();
        auto refused = ask({"SET", "a", "1"});
        (void)peer.command();
        peer.say("-READONLY You can't write against a read only replica.\r\n");
        EXPECT_FALSE(wait(refused));
        peer.line().expect_end();
    }
    redis_peer again(server);
    again.greet();
}

TEST_F(redis_client_test, a_peer_that_speaks_something_else_is_left) {
    {
        redis_peer peer(server);
        peer.greet();
        auto broken = ask({"GET", "a"});
        (void)peer.command();
        peer.say("HTTP/1.1 400 Bad Request\r\n\r\n");
        EXPECT_FALSE(wait(broken));
    }
    redis_peer again(server);
    again.greet();
}

TEST_F(redis_client_test, subscribers_hear_what_is_published_and_come_back) {
    redis_peer unused(server); // of SetUp
    std::atomic<int> subscribed{0};
    std::promise<std::string> told;
    const auto ears = std::make_shared<redis_subscriber>(
        redis_settings{.server = {"127.0.0.1", server.port()}}, std::vector<std::string>{"x", "y"});
    ears->start(home.get(), {.subscribed = [&] { ++subscribed; },
                             .message =
                                 [&](auto channel, auto text) {
                                     told.set_value(std::string(channel) + ":" + std::string(text));
                                 }});
    const std::string confirmed =
        "*3\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n:1\r\n*3\r\n$9\r\nsubscribe\r\n$1\r\ny\r\n:2\r\n";
    {
        redis_peer peer(server);
        peer.greet();
        EXPECT_EQ(peer.command(), (redis_command{"SUBSCRIBE", "x", "y"}));
        peer.say(confirmed);
    }
    redis_peer again(server);
    again.greet();
    (void)again.command();
    again.say(confirmed + "*3\r\n$7\r\nmessage\r\n$1\r\ny\r\n$2\r\nhi\r\n");
    EXPECT_EQ(fakes::one_worker::wait(told.get_future()), "y:hi");
    EXPECT_EQ(subscribed, 2);
    home.call([&] { ears->stop(); });
}

} // namespace
} // namespace transport
