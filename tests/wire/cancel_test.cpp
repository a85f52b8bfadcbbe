// notifications/cancelled of a client: it reaches the one backend concerned, and nobody else.
#include "tests/wire/wire_test_world.hpp"

namespace wire {
namespace {

using cancel = one_backend;

std::string cancelled(std::string_view id, std::string_view more = "") {
    return fmt::format(
        R"({{"jsonrpc":"2.0","method":"notifications/cancelled","params":{{"requestId":{}{}}}}})", id, more);
}

TEST_F(cancel, the_backend_is_told_and_the_client_gets_an_empty_stream) {
    start();
    const auto c = client();
    warm(c);
    auto call = c.start(tool_call("\"a\\/b\"", "b_t"));
    const auto asked = backend.expect("tools/call");
    EXPECT_EQ(c.post(cancelled("\"a\\/b\"", R"(,"reason":"\u0041 b")")).status(), 202U);
    const auto told = backend.expect("notifications/cancelled");
    EXPECT_EQ(told->raw("params.requestId"), asked->id());
    EXPECT_EQ(told->raw("params.reason"), R"("\u0041 b")");
    EXPECT_EQ(told->request.field("mcp-session-id"), "s-1");
    told->accept();
    const auto answer = call.response();
    EXPECT_EQ(answer.status(), 200U);
    EXPECT_EQ(answer.field("content-type"), "text/event-stream");
    EXPECT_EQ(answer.body, "");
    EXPECT_TRUE(world::eventually([&] { return gateway->calls_in_flight() == 0; }));
    EXPECT_EQ(gateway->calls_ended(), gateway->calls_admitted());
}

TEST_F(cancel, the_response_that_comes_all_the_same_is_dropped) {
    start();
    const auto c = client();
    warm(c);
    auto call = c.start(tool_call("1", "b_t", "{}", R"({"progressToken":"p"})"));
    const auto asked = backend.expect("tools/call");
    asked->start_events();
    asked->event(fmt::format(
        R"({{"jsonrpc":"2.0","method":"notifications/progress","params":{{"progress":1,"progressToken":{}}}}})",
        asked->id()));
    (void)call.head();
    auto events = call.events();
    ASSERT_THAT(events.message()->data, testing::HasSubstr("progress"));
    EXPECT_EQ(c.post(cancelled("1")).status(), 202U);
    backend.expect("notifications/cancelled")->accept();
    asked->event(response(asked->id(), "\"late\""));
    EXPECT_FALSE(events.message()) << "the stream ends without a response";
}

TEST_F(cancel, only_the_call_of_this_session_is_stopped) {
    start();
    const auto mine = client();
    const auto other = client();
    warm(mine, "s-1");
    warm(other, "s-2");
    auto my_call = mine.start(tool_call("1", "b_t"));
    const auto my_asked = backend.expect("tools/call");
    auto other_call = other.start(tool_call("1", "b_t"));
    const auto other_asked = backend.expect("tools/call");
    auto second_call = mine.start(tool_call("\"1\"", "b_t")); // another id, although it reads alike
    const auto second_asked = backend.expect("tools/call");

    EXPECT_EQ(mine.post(cancelled("1")).status(), 202U);
    const auto told = backend.expect("notifications/cancelled");
    EXPECT_EQ(told->raw("params.requestId"), my_asked->id());
    told->accept();
    EXPECT_EQ(my_call.response().body, "");
    other_asked->result("\"other\"");
    second_asked->result("\"second\"");
    EXPECT_EQ(other_call.response().body, response("1", "\"other\""));
    EXPECT_EQ(second_call.response().body, response("\"1\"", "\"second\""));
    EXPECT_FALSE(backend.has("notifications/cancelled"));
}

TEST_F(cancel, unknown_and_ended_calls_cannot_be_stopped) {
    start();
    const auto c = client();
    warm(c);
    for (const auto* id : {"1", "\"warm\"", "null", "{}", "[1]"})
        EXPECT_EQ(c.post(cancelled(id)).status(), 202U) << id;
    EXPECT_EQ(c.post(R"({"jsonrpc":"2.0","method":"notifications/cancelled"})").status(), 202U);
    EXPECT_FALSE(backend.has("notifications/cancelled", 50ms));
    auto call = c.start(tool_call("1", "b_t"));
    backend.expect("tools/call")->result("{}");
    EXPECT_EQ(call.response().body, response("1", "{}"));
}

TEST_F(cancel, a_call_that_waits_for_the_handshake_is_not_sent_any_more) {
    start();
    const auto c = client();
    auto call = c.start(tool_call("1", "b_t"));
    ASSERT_TRUE(backend.has("initialize", fakes::patience));
    EXPECT_EQ(c.post(cancelled("1")).status(), 202U);
    backend.handshake();
    EXPECT_EQ(call.response().body, "");
    EXPECT_FALSE(backend.has("tools/call", 50ms));
    EXPECT_FALSE(backend.has("notifications/cancelled"));
}

TEST_F(cancel, a_call_whose_broken_stream_waits_to_be_resumed_ends_at_once) {
    start({}, true);
    const auto c = client("2025-06-18"); // is not told to come back
    warm(c);
    auto call = c.start(tool_call("1", "b_t"));
    const auto asked = backend.expect("tools/call");
    asked->start_events();
    asked->piece("id: e1\nretry: 20000\ndata:\n\n");
    asked->end_events();
    ASSERT_FALSE(backend.has("GET", 100ms)) << "the backend asked for 20 s";
    EXPECT_EQ(c.post(cancelled("1")).status(), 202U);
    const auto told = backend.expect("notifications/cancelled");
    EXPECT_EQ(told->raw("params.requestId"), asked->id());
    told->accept();
    EXPECT_EQ(call.response().body, "");
    EXPECT_TRUE(world::eventually([&] { return gateway->calls_in_flight() == 0; }));
}

TEST_F(cancel, a_call_that_waits_for_its_place_ends_at_once) {
    start([](vmcp::config& s) {
        s.backends[0].max_concurrency = 1;
        s.backends[0].max_queue = 1;
    });
    const auto c = client();
    warm(c);
    auto first = c.start(tool_call("1", "b_t"));
    const auto asked = backend.expect("tools/call");
    auto second = c.start(tool_call("2", "b_t"));
    ASSERT_TRUE(world::eventually([&] { return gateway->calls_in_flight() == 2; }));
    EXPECT_EQ(c.post(cancelled("2")).status(), 202U);
    EXPECT_EQ(second.response().body, "");
    ASSERT_TRUE(world::eventually([&] { return gateway->calls_in_flight() == 1; }));
    // Its place in the queue is free again.
    auto third = c.start(tool_call("3", "b_t"));
    ASSERT_TRUE(world::eventually([&] { return gateway->calls_in_flight() == 2; }));
    asked->result("{}");
    EXPECT_EQ(first.response().status(), 200U);
    backend.expect("tools/call")->result("{}");
    EXPECT_EQ(third.response().body, response("3", "{}"));
    EXPECT_FALSE(backend.has("notifications/cancelled")) << "the backend never heard of that call";
}

TEST_F(cancel, a_client_that_disconnects_does_not_cancel) {
    start();
    const auto c = client();
    warm(c);
    {
        auto call = c.start(tool_call("1", "b_t"));
        ASSERT_TRUE(backend.has("tools/call", fakes::patience));
    }
    EXPECT_FALSE(backend.has("notifications/cancelled", 100ms));
    EXPECT_EQ(gateway->calls_in_flight(), 1U);
    backend.expect("tools/call")->result("{}");
    EXPECT_TRUE(world::eventually([&] { return gateway->calls_in_flight() == 0; }));
}

TEST_F(cancel, the_end_of_a_session_ends_its_calls_and_the_backends_session) {
    start();
    const auto c = client();
    warm(c);
    auto call = c.start(tool_call("1", "b_t"));
    const auto asked = backend.expect("tools/call");
    EXPECT_EQ(c.remove().status(), 200U);
    EXPECT_EQ(call.response().body, "");
    const auto goodbye = backend.expect("DELETE");
    EXPECT_EQ(goodbye->request.field("mcp-session-id"), "s-1");
    goodbye->answer(200, "");
    EXPECT_EQ(c.post(tool_call("2", "b_t")).status(), 404U);
}

TEST_F(cancel, of_two_backends_only_the_one_concerned_hears_of_it) {
    scripted_backend other;
    backend.refuse_streams = other.refuse_streams = true;
    vmcp::config settings;
    settings.backends = {fakes::backend("b", backend.url()), fakes::backend("o", other.url())};
    gateway =
        std::make_unique<world>(settings, std::vector{fakes::tools("b", {"t"}), fakes::tools("o", {"t"})});
    const auto c = client();
    warm(c);
    auto other_call = c.start(tool_call("1", "o_t"));
    other.handshake();
    const auto other_asked = other.expect("tools/call");
    auto call = c.start(tool_call("2", "b_t"));
    const auto asked = backend.expect("tools/call");
    EXPECT_EQ(c.post(cancelled("2")).status(), 202U);
    backend.expect("notifications/cancelled")->accept();
    EXPECT_EQ(call.response().body, "");
    EXPECT_FALSE(other.has("notifications/cancelled", 50ms));
    other_asked->result("{}");
    EXPECT_EQ(other_call.response().body, response("1", "{}"));
}

} // namespace
} // namespace wire
