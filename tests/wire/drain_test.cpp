// The end of the gateway: no call is lost, nobody is kept waiting.
#include "tests/wire/wire_test_world.hpp"

namespace wire {
namespace {

class drain : public one_backend {
protected:
    static constexpr std::string_view ping = R"({"jsonrpc":"2.0","id":1,"method":"ping"})";
};

TEST_F(drain, idle_connections_end_at_once) {
    start();
    const auto c = client();
    auto idle = c.start(ping);
    ASSERT_TRUE(idle.response().keeps_open());
    gateway->drain();
    idle.raw().expect_end();
    EXPECT_TRUE(world::eventually([&] { return gateway->connections() == 0; }));
}

TEST_F(drain, a_busy_connection_gets_its_answer_and_connection_close) {
    start();
    const auto c = client();
    warm(c);
    auto call = c.start(tool_call("1", "b_t"));
    const auto asked = backend.expect("tools/call");
    gateway->drain();
    EXPECT_FALSE(call.raw().readable(50ms));
    asked->result("{}");
    const auto answer = call.response();
    EXPECT_EQ(answer.body, response("1", "{}"));
    EXPECT_FALSE(answer.keeps_open());
    call.raw().expect_end();
}

TEST_F(drain, a_request_that_is_half_read_is_still_answered) {
    start();
    const auto c = client();
    auto call = c.connect();
    const std::string request =
        fmt::format("POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    "{}Content-Length: {}\r\n\r\n{}",
                    c.fields(), ping.size(), ping);
    call.raw().send(request.substr(0, 20));
    ASSERT_FALSE(call.raw().readable(50ms));
    gateway->drain();
    call.raw().send(request.substr(20));
    const auto answer = call.response();
    EXPECT_EQ(answer.status(), 200U);
    EXPECT_FALSE(answer.keeps_open());
    call.raw().expect_end();
}

TEST_F(drain, event_streams_end_properly) {
    start();
    const auto c = client();
    auto stream = c.listen();
    auto events = stream.events();
    ASSERT_EQ(events.next()->data, "");
    gateway->drain();
    EXPECT_FALSE(events.message());
    stream.raw().expect_end();
}

TEST_F(drain, a_stream_that_is_asked_for_during_the_drain_ends_too) {
    start();
    const auto c = client();
    auto late = c.connect();
    late.raw().send("GET /mcp HTTP/1.1\r\nHost: localhost\r\n");
    ASSERT_FALSE(late.raw().readable(50ms));
    gateway->drain();
    late.raw().send(c.fields() + "\r\n");
    ASSERT_EQ(late.head().status(), 200U);
    auto events = late.events();
    EXPECT_FALSE(events.message());
    EXPECT_TRUE(world::eventually([&] { return gateway->connections() == 0; }));
}

TEST_F(drain, a_call_that_streams_is_finished) {
    start();
    const auto c = client();
    warm(c);
    auto call = c.start(tool_call("1", "b_t"));
    const auto asked = backend.expect("tools/call");
    asked->start_events();
    const std::string line =
        R"({"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":1}})";
    asked->event(line);
    (void)call.head();
    auto events = call.events();
    ASSERT_EQ(events.message()->data, line);
    gateway->drain();
    asked->event(line);
    EXPECT_EQ(events.message()->data, line);
    asked->event(response(asked->id(), "{}"));
    asked->end_events();
    EXPECT_EQ(events.message()->data, response("1", "{}"));
    EXPECT_FALSE(events.message());
    call.raw().expect_end();
}

TEST_F(drain, a_call_whose_client_came_back_for_it_is_finished) {
    start();
    const auto c = client();
    warm(c);
    auto call = c.start(tool_call("1", "b_t"));
    const auto asked = backend.expect("tools/call");
    asked->start_events();
    const std::string line =
        R"({"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":1}})";
    asked->event(line);
    (void)call.head();
    const auto first = call.events().message();
    call.raw().reset();
    auto resumed = c.listen(first->id);
    auto events = resumed.events();
    ASSERT_EQ(events.next()->data, ""); // priming
    gateway->drain();
    ASSERT_FALSE(resumed.raw().readable(50ms));
    asked->event(response(asked->id(), "\"end\""));
    asked->end_events();
    EXPECT_EQ(events.message()->data, response("1", "\"end\""));
    EXPECT_FALSE(events.message());
}

} // namespace
} // namespace wire
