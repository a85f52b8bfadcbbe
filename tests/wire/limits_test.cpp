// Limits of calls, sessions, streams and bytes: each refuses with a clear error, and what was refused leaves nothing
// behind.
#include "tests/wire/wire_test_world.hpp"

namespace wire {
namespace {

using limits = one_backend;

TEST_F(limits, calls_in_flight_of_all_sessions_together) {
    start([](vmcp::config& s) { s.limits.max_in_flight = 2; });
    const auto a = client();
    const auto b = client();
    warm(a, "s-1");
    warm(b, "s-2");
    auto first = a.start(tool_call("1", "b_t"));
    auto first_asked = backend.expect("tools/call");
    auto second = b.start(tool_call("1", "b_t"));
    auto second_asked = backend.expect("tools/call");
    const auto refused = a.post(tool_call("\"x\"", "b_t"));
    EXPECT_EQ(refused.status(), 429U);
    EXPECT_THAT(refused.body, testing::StartsWith(R"({"jsonrpc":"2.0","id":"x","error":{)"));
    first_asked->result("{}");
    EXPECT_EQ(first.response().status(), 200U);
    ASSERT_TRUE(world::eventually([&] { return gateway->calls_in_flight() == 1; }));
    auto third = a.start(tool_call("3", "b_t"));
    backend.expect("tools/call")->result("{}");
    EXPECT_EQ(third.response().status(), 200U);
    second_asked->result("{}");
    EXPECT_EQ(second.response().status(), 200U);
}

TEST_F(limits, calls_in_flight_of_one_session) {
    start([](vmcp::config& s) { s.limits.max_in_flight_per_session = 1; });
    const auto a = client();
    const auto b = client();
    warm(a, "s-1");
    warm(b, "s-2");
    auto first = a.start(tool_call("1", "b_t"));
    auto asked = backend.expect("tools/call");
    EXPECT_EQ(a.post(tool_call("2", "b_t")).status(), 429U);
    auto other = b.start(tool_call("2", "b_t"));
    backend.expect("tools/call")->result("{}");
    EXPECT_EQ(other.response().status(), 200U);
    asked->result("{}");
    EXPECT_EQ(first.response().status(), 200U);
}

TEST_F(limits, calls_in_flight_to_one_backend_and_the_queue_before_it) {
    start([](vmcp::config& s) {
        s.backends[0].max_concurrency = 1;
        s.backends[0].max_queue = 1;
    });
    const auto c = client();
    warm(c);
    auto first = c.start(tool_call("1", "b_t"));
    auto asked = backend.expect("tools/call");
    auto second = c.start(tool_call("2", "b_t"));
    ASSERT_TRUE(world::eventually([&] { return gateway->calls_in_flight() == 2; }));
    EXPECT_FALSE(backend.has("tools/call", 50ms));
    const auto refused = c.post(tool_call("3", "b_t"));
    EXPECT_THAT(refused.body, testing::HasSubstr("\"error\""));
    EXPECT_THAT(refused.body, testing::HasSubstr(R"("backend":"b","retryable":true)"));
    asked->result("{}");
    EXPECT_EQ(first.response().status(), 200U);
    backend.expect("tools/call")->result("{}");
    EXPECT_EQ(second.response().body, response("2", "{}"));
}

TEST_F(limits, waiting_for_a_place_and_running_share_one_timeout) {
    start([](vmcp::config& s) {
        s.backends[0].max_concurrency = 1;
        s.backends[0].timeout = 800ms;
    });
    const auto c = client();
    warm(c);
    auto first = c.start(tool_call("1", "b_t"));
    const auto asked = backend.expect("tools/call");
    const auto began = std::chrono::steady_clock::now();
    auto second = c.start(tool_call("2", "b_t"));
    ASSERT_TRUE(world::eventually([&] { return gateway->calls_in_flight() == 2; }));
    ASSERT_FALSE(backend.has("notifications/cancelled", 500ms));
    asked->result("{}");
    EXPECT_EQ(first.response().status(), 200U);
    const auto late = backend.expect("tools/call");
    EXPECT_THAT(second.response().body, testing::HasSubstr("in time"));
    EXPECT_LT(std::chrono::steady_clock::now() - began, 1250ms) << "800 ms, and not 500 ms and 800 ms";
}

TEST_F(limits, event_streams) {
    start([](vmcp::config& s) { s.limits.max_streams = 1; });
    const auto a = client();
    const auto b = client();
    {
        auto stream = a.listen();
        EXPECT_EQ(b.get().status(), 429U);
    }
    std::unique_ptr<fakes::http_client> later;
    EXPECT_TRUE(world::eventually([&] {
        try {
            later = std::make_unique<fakes::http_client>(b.listen());
            return true;
        } catch (const std::runtime_error&) {
            return false;
        }
    })) << "the place of a client that went away is free again";
}

TEST_F(limits, sessions_make_room_for_new_ones_unless_they_are_in_use) {
    start([](vmcp::config& s) { s.sessions.max_sessions = 2; });
    constexpr std::string_view ping = R"({"jsonrpc":"2.0","id":1,"method":"ping"})";
    const auto oldest = client();
    const auto in_use = client();
    auto stream = in_use.listen();
    EXPECT_EQ(oldest.post(ping).status(), 200U); // the last one used, but `in_use` has a stream
    settle();
    const auto newest = client();
    EXPECT_EQ(oldest.post(ping).status(), 404U);
    EXPECT_EQ(in_use.post(ping).status(), 200U);
    EXPECT_EQ(newest.post(ping).status(), 200U);
    settle();
    auto second_stream = newest.listen();
    mcp_client too_many(gateway->port());
    EXPECT_THROW(too_many.open(), std::runtime_error);
    EXPECT_EQ(gateway->sessions(), 2U);
}

TEST_F(limits, sessions_that_are_idle_for_too_long_end) {
    start([](vmcp::config& s) { s.sessions.ttl = 300ms; });
    constexpr std::string_view ping = R"({"jsonrpc":"2.0","id":1,"method":"ping"})";
    const auto idle = client();
    const auto listening = client();
    auto stream = listening.listen();
    const auto calling = client();
    warm(calling);
    auto call = calling.start(tool_call("1", "b_t"));
    const auto asked = backend.expect("tools/call");
    EXPECT_EQ(idle.post(ping).status(), 200U);
    ASSERT_FALSE(backend.has("DELETE", 500ms));
    EXPECT_EQ(idle.post(ping).status(), 404U) << "also before the sweep comes by";
    gateway->sweep_sessions();
    EXPECT_EQ(gateway->sessions(), 2U);
    asked->result("{}");
    EXPECT_EQ(call.response().status(), 200U);
    EXPECT_EQ(listening.post(ping).status(), 200U);
}

TEST_F(limits, the_end_of_an_idle_session_is_told_to_its_backends) {
    start([](vmcp::config& s) { s.sessions.ttl = 50ms; });
    const auto c = client();
    warm(c, "s-9");
    ASSERT_FALSE(backend.has("DELETE", 150ms));
    gateway->sweep_sessions();
    EXPECT_EQ(backend.expect("DELETE")->request.field("mcp-session-id"), "s-9");
    EXPECT_EQ(gateway->sessions(), 0U);
}

TEST_F(limits, bodies_of_clients) {
    start([](vmcp::config& s) { s.limits.max_body = 10'000; });
    const auto c = client();
    warm(c);
    EXPECT_EQ(c.post(tool_call("1", "b_t", "\"" + std::string(10'000, 'x') + "\"")).status(), 413U);
    auto call = c.connect();
    call.raw().send("POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" +
                    c.fields() + "Transfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 20; ++i)
        call.raw().send("3e8\r\n" + std::string(1'000, ' ') + "\r\n");
    EXPECT_EQ(call.response().status(), 413U);
    EXPECT_FALSE(backend.has("tools/call"));
}

TEST_F(limits, answers_and_events_of_backends) {
    start([](vmcp::config& s) { s.limits.max_backend_body = 10'000; });
    const auto c = client();
    warm(c);
    const std::string huge = "\"" + std::string(20'000, 'x') + "\"";
    auto call = c.start(tool_call("1", "b_t"));
    backend.expect("tools/call")->result(huge);
    EXPECT_THAT(call.response().body, testing::HasSubstr("too large"));
    call = c.start(tool_call("2", "b_t"));
    const auto asked = backend.expect("tools/call");
    asked->start_events();
    asked->event(response(asked->id(), huge));
    EXPECT_THAT(call.response().body, testing::HasSubstr("larger than 10000 bytes"));
}

TEST_F(limits, a_guard_that_refuses_keeps_the_call_from_the_backend) {
    start();
    const auto c = client();
    warm(c);
    gateway->refuse_calls("down for now");
    const auto answer = c.post(tool_call("1", "b_t"));
    EXPECT_THAT(answer.body, testing::HasSubstr("down for now"));
    EXPECT_THAT(answer.body, testing::HasSubstr(R"("data":{"backend":"b","retryable":true,"requestId":")"));
    EXPECT_FALSE(backend.has("tools/call", 30ms));
    gateway->refuse_calls("");
    auto call = c.start(tool_call("2", "b_t"));
    backend.expect("tools/call")->result("{}");
    EXPECT_EQ(call.response().body, response("2", "{}"));
    EXPECT_TRUE(world::eventually([&] { return gateway->calls_ended() == gateway->calls_admitted(); }));
}

// ---- memory

TEST_F(limits, an_answer_without_room_in_memory_fails_for_now_and_leaves_nothing) {
    start([](vmcp::config& s) { s.limits.memory = std::size_t{32} << 20; });
    const auto c = client();
    warm(c);
    const std::string large = R"({"content":[],"x":")" + std::string(13 << 20, 'x') + "\"}";
    for (const auto as_events : {false, true}) {
        auto call = c.start(tool_call("7", "b_t"));
        auto asked = backend.expect("tools/call");
        if (as_events) {
            asked->start_events();
            asked->event(response(asked->id(), large));
        } else {
            asked->result(large);
        }
        const auto answer = call.response();
        EXPECT_EQ(answer.status(), 503U);
        EXPECT_EQ(answer.field("retry-after"), "1");
        EXPECT_THAT(answer.body, testing::StartsWith(R"({"jsonrpc":"2.0","id":7,"error":{"code":-32000)"));
        EXPECT_THAT(answer.body, testing::HasSubstr("limits.memory"));
    }
    settle();
    EXPECT_EQ(gateway->memory().refused(vmcp::memory_class::answers), 2U);
    auto call = c.start(tool_call("8", "b_t"));
    const std::string fits = R"({"content":[],"x":")" + std::string(6 << 20, 'x') + "\"}";
    backend.expect("tools/call")->result(fits);
    EXPECT_EQ(call.response().body, response("8", fits));
    EXPECT_TRUE(world::eventually([&] { return gateway->memory().used() == 0; }));
}

TEST_F(limits, a_body_is_judged_by_its_head_before_it_is_read) {
    start();
    const auto c = client();
    const std::string json =
        "Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n";
    const auto only_head = [&](const std::string& fields) {
        auto on = c.connect();
        on.raw().send("POST /mcp HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n");
        return on.response();
    };
    for (const std::string length : {"Content-Length: 7000000\r\n", "Transfer-Encoding: chunked\r\n",
                                     "Expect: 100-continue\r\nContent-Length: 10\r\n"}) {
        const std::string known = "Mcp-Session-Id: " + c.session() + "\r\n";
        const std::string unknown = "Mcp-Session-Id: 00000000000000000000000000000000\r\n";
        EXPECT_EQ(only_head(json + unknown + length).status(), 404U) << length;
        EXPECT_EQ(only_head(json + length + "Origin: https://evil.example\r\n").status(), 403U) << length;
        EXPECT_EQ(only_head("Content-Type: text/plain\r\n" + known + length).status(), 415U) << length;
        EXPECT_EQ(only_head(json + known + length + "MCP-Protocol-Version: 1999-01-01\r\n").status(), 400U)
            << length;
    }
    const auto without = only_head(json + "Content-Length: 7000000\r\n");
    EXPECT_EQ(without.status(), 413U);
    EXPECT_THAT(without.body, testing::HasSubstr("without an Mcp-Session-Id"));
}

} // namespace
} // namespace wire
