// Event streams to clients: what is lost with a connection comes again and only once, and a slow reader costs little.
#include "tests/wire/wire_test_world.hpp"

namespace wire {
namespace {

std::string log_line(int n, std::string_view filler = "") {
    return fmt::format(
        R"({{"jsonrpc":"2.0","method":"notifications/message","params":{{"level":"info","data":"{}{}"}}}})",
        n, filler);
}

class streams : public one_backend {
protected:
    // A client that listens, and the backend's stream for it.
    void listen_both(const mcp_client& c) {
        stream_ = std::make_unique<fakes::http_client>(c.listen());
        auto call = c.start(tool_call("\"first\"", "b_t"));
        backend.handshake();
        from_backend_ = backend.expect("GET");
        from_backend_->start_events();
        backend.expect("tools/call")->result("{}");
        ASSERT_EQ(call.response().status(), 200U);
    }
    std::unique_ptr<fakes::http_client> stream_{};
    fakes::backend_request from_backend_{};
};

TEST_F(streams, what_belongs_to_no_call_comes_on_the_get_stream) {
    start({}, true);
    const auto c = client();
    listen_both(c);
    auto events = stream_->events();
    const auto priming = events.next();
    EXPECT_EQ(priming->id, "0-0");
    EXPECT_EQ(priming->retry, "1000");
    EXPECT_EQ(priming->data, "");
    from_backend_->event(log_line(1));
    const auto first = events.message();
    EXPECT_EQ(first->data, log_line(1));
    EXPECT_EQ(first->id, "0-1");
}

TEST_F(streams, after_any_break_nothing_is_lost_and_nothing_doubled) {
    start({}, true);
    const auto c = client();
    listen_both(c);
    constexpr int total = 12;
    for (int cut = 0; cut <= total; ++cut) {
        std::vector<std::string> got;
        auto events = stream_->events();
        std::string last;
        for (int i = 0; i < total; ++i)
            from_backend_->event(log_line(i));
        for (int i = 0; i < cut; ++i) {
            const auto one = events.message();
            ASSERT_TRUE(one) << "cut after " << cut;
            got.push_back(one->data);
            last = one->id;
        }
        if (last.empty())
            last = events.next()->id; // nothing but the priming event was read
        stream_->raw().reset();
        stream_ = std::make_unique<fakes::http_client>(c.listen(last));
        auto again = stream_->events();
        while (got.size() < total) {
            const auto one = again.message();
            ASSERT_TRUE(one) << "cut after " << cut << ", " << got.size() << " came";
            got.push_back(one->data);
        }
        for (int i = 0; i < total; ++i)
            ASSERT_EQ(got[static_cast<std::size_t>(i)], log_line(i)) << "cut after " << cut;
        // Nothing behind it: the next message is a new one.
        from_backend_->event(log_line(99));
        ASSERT_EQ(again.message()->data, log_line(99)) << "cut after " << cut;
        stream_ = std::make_unique<fakes::http_client>(c.listen());
    }
}

// The id of the priming event stands for what the client has seen, which is not what was sent before.
TEST_F(streams, a_connection_that_breaks_right_after_the_priming_event_of_a_resumed_stream_loses_nothing) {
    start({}, true);
    const auto c = client();
    listen_both(c);
    auto events = stream_->events();
    for (int i = 1; i <= 3; ++i)
        from_backend_->event(log_line(i));
    for (int i = 1; i <= 3; ++i)
        ASSERT_EQ(events.message()->data, log_line(i));
    std::string last = "0-1";
    for (int round = 0; round < 3; ++round) {
        auto resumed = c.listen(last);
        last = resumed.events().next()->id;
        EXPECT_EQ(last, "0-1");
        resumed.raw().reset();
    }
    auto resumed = c.listen(last);
    auto again = resumed.events();
    EXPECT_EQ(again.message()->data, log_line(2));
    EXPECT_EQ(again.message()->data, log_line(3));
}

TEST_F(streams, the_rest_of_a_call_can_be_fetched_after_a_disconnect) {
    start();
    const auto c = client();
    warm(c);
    auto call = c.start(tool_call("1", "b_t"));
    const auto asked = backend.expect("tools/call");
    asked->start_events();
    asked->event(log_line(1));
    (void)call.head();
    auto events = call.events();
    const auto first = events.message();
    EXPECT_EQ(first->data, log_line(1));
    call.raw().reset();
    asked->event(log_line(2));
    asked->event(response(asked->id(), "\"end\""));
    asked->end_events();
    EXPECT_TRUE(world::eventually([&] { return gateway->calls_in_flight() == 0; }));
    for (int twice = 0; twice < 2; ++twice) { // also a second time: the first answer may be lost as well
        auto resumed = c.listen(first->id);
        auto rest = resumed.events();
        EXPECT_EQ(rest.message()->data, log_line(2));
        EXPECT_EQ(rest.message()->data, response("1", "\"end\""));
        EXPECT_FALSE(rest.message());
    }
}

TEST_F(streams, unknown_streams_are_refused) {
    start({}, true);
    const auto c = client();
    listen_both(c);
    EXPECT_EQ(c.get("7-1").status(), 400U);
    auto call = c.start(tool_call("1", "b_t"));
    const auto asked = backend.expect("tools/call");
    asked->start_events();
    asked->event(log_line(1));
    (void)call.head();
    const auto id = call.events().message()->id;
    const auto other = client();
    EXPECT_EQ(other.get(id).status(), 400U) << "a stream of another session";
    asked->event(response(asked->id(), "{}"));
    asked->end_events();
}

// A client that is refused for an id it remembers would come back with it for ever.
TEST_F(streams, unknown_places_in_the_general_stream_get_what_there_is) {
    start({}, true);
    const auto c = client();
    listen_both(c);
    auto events = stream_->events();
    from_backend_->event(log_line(1));
    EXPECT_EQ(events.message()->data, log_line(1));
    int n = 1;
    for (const auto* id : {"0-7", "garbage", "0-18446744073709551615", "-", "0-0x", "1234"}) {
        auto again = c.listen(id);
        auto more = again.events();
        EXPECT_EQ(more.next()->id, fmt::format("0-{}", n)) << id;
        from_backend_->event(log_line(++n));
        EXPECT_EQ(more.message()->data, log_line(n)) << id;
    }
    auto from_start = c.listen("0-0");
    auto all = from_start.events();
    for (int i = 1; i <= n; ++i)
        EXPECT_EQ(all.message()->data, log_line(i));
}

TEST_F(streams, places_that_are_not_kept_any_more_get_what_is_kept) {
    start([](vmcp::config& s) { s.sessions.replay_events = 2; }, true);
    const auto c = client();
    listen_both(c);
    auto events = stream_->events();
    for (int i = 1; i <= 4; ++i) {
        from_backend_->event(log_line(i));
        ASSERT_EQ(events.message()->data, log_line(i));
    }
    auto again = c.listen("0-1");
    auto rest = again.events();
    EXPECT_EQ(rest.message()->data, log_line(3));
    EXPECT_EQ(rest.message()->data, log_line(4));
}

// MCP 2025-11-25, basic/transports, "Multiple Connections": each message goes to one of several streams.
TEST_F(streams, two_streams_of_one_client_live_side_by_side) {
    start({}, true);
    const auto c = client();
    listen_both(c);
    auto first = stream_->events();
    EXPECT_EQ(first.next()->data, "");
    std::size_t connections = 0;
    {
        auto second_connection = c.listen();
        auto second = second_connection.events();
        EXPECT_EQ(second.next()->data, "");
        from_backend_->event(log_line(1));
        EXPECT_EQ(second.message()->data, log_line(1)) << "the newest one gets it";
        EXPECT_EQ(gateway->sessions(), 1U);
        connections = gateway->connections();
    }
    EXPECT_TRUE(gateway->eventually([&] { return gateway->connections() < connections; }));
    from_backend_->event(log_line(2));
    EXPECT_EQ(first.message()->data, log_line(2))
        << "nothing was told twice, and the first one still listens";
}

TEST_F(streams, silence_is_filled_with_comments) {
    start([](vmcp::config& s) { s.sessions.keep_alive = 200ms; });
    const auto c = client();
    warm(c);
    auto call = c.start(tool_call("1", "b_t"));
    const auto asked = backend.expect("tools/call");
    EXPECT_EQ(call.head().field("content-type"), "text/event-stream")
        << "silent for too long for a JSON answer";
    auto events = call.events();
    EXPECT_EQ(events.next()->data, ""); // priming
    EXPECT_TRUE(events.next()->comment);
    EXPECT_TRUE(events.next()->comment);
    asked->result("{}");
    EXPECT_EQ(events.message()->data, response("1", "{}"));
}

TEST_F(streams, a_backend_that_polls_is_followed_and_releases_the_client_too) {
    start({}, true);
    const auto c = client();
    warm(c);
    auto call = c.start(tool_call("1", "b_t"));
    const auto asked = backend.expect("tools/call");
    asked->start_events();
    asked->piece("id: e-1\nretry: 10\ndata:\n\n");
    asked->end_events();
    const auto resumed = backend.expect("GET");
    EXPECT_EQ(resumed->request.field("last-event-id"), "e-1");
    EXPECT_EQ(resumed->request.field("mcp-session-id"), "s-1");
    (void)call.head();
    auto events = call.events();
    const auto priming = events.next();
    ASSERT_NE(priming->id, "");
    EXPECT_FALSE(events.message()) << "the client's connection is released in the same way";
    auto back = c.listen(priming->id);
    resumed->start_events();
    resumed->event(response(asked->id(), "{}"));
    resumed->end_events();
    EXPECT_EQ(back.events().message()->data, response("1", "{}"));
}

// Fast backend, client that does not read: what lies in between is bounded, whichever stream it is.
constexpr std::size_t bound = std::size_t{24} << 20; // sockets' own buffers on loopback are large
const std::string filler(64 * 1024, 'x');

std::size_t flood(const fakes::backend_request& on) {
    std::size_t taken = 0;
    const std::string data = "data: " + log_line(0, filler) + "\n\n";
    const std::string chunk = fmt::format("{:x}\r\n{}\r\n", data.size(), data);
    while (taken < 4 * bound) {
        const auto n = on->connection().send_until_full(chunk, 500ms);
        taken += n;
        if (n < chunk.size())
            break;
    }
    return taken;
}

TEST_F(streams, a_call_waits_for_its_slow_client) {
    start();
    const auto c = client();
    warm(c);
    auto call = c.start(tool_call("1", "b_t"));
    const auto asked = backend.expect("tools/call");
    asked->start_events();
    EXPECT_LT(flood(asked), bound);
    EXPECT_EQ(gateway->calls_in_flight(), 1U);
}

TEST_F(streams, the_stream_outside_of_calls_waits_for_its_slow_client) {
    start({}, true);
    const auto c = client();
    listen_both(c);
    EXPECT_LT(flood(from_backend_), bound);
}

TEST_F(streams, a_slow_client_gets_everything_in_the_end) {
    start();
    const auto c = client();
    warm(c);
    auto call = c.start(tool_call("1", "b_t"));
    const auto asked = backend.expect("tools/call");
    asked->start_events();
    constexpr int many = 400;
    std::string sent;
    for (int i = 0; i < many; ++i)
        sent += fmt::format("data: {}\n\n", log_line(i));
    asked->piece(sent);
    asked->event(response(asked->id(), "{}"));
    asked->end_events();
    (void)call.head();
    auto events = call.events();
    for (int i = 0; i < many; ++i)
        ASSERT_EQ(events.message()->data, log_line(i));
    EXPECT_EQ(events.message()->data, response("1", "{}"));
    EXPECT_FALSE(events.message());
}

TEST_F(streams, a_burst_on_the_stream_outside_of_calls_is_delivered_whole) {
    start({}, true);
    const auto c = client();
    listen_both(c);
    constexpr int many = 2'000;
    std::string sent;
    for (int i = 0; i < many; ++i)
        sent += fmt::format("data: {}\n\n", log_line(i));
    from_backend_->piece(sent);
    auto events = stream_->events();
    for (int i = 0; i < many; ++i)
        ASSERT_EQ(events.message()->data, log_line(i));
}

TEST_F(streams, messages_wait_for_a_client_that_listens_later) {
    start({}, true);
    const auto c = client();
    listen_both(c);
    stream_->raw().reset();
    ASSERT_TRUE(world::eventually([&] { return gateway->connections() == 0; }));
    from_backend_->event(log_line(1));
    from_backend_->event(log_line(2));
    ASSERT_FALSE(backend.has("nothing", 50ms));
    auto later = c.listen();
    auto events = later.events();
    EXPECT_EQ(events.message()->data, log_line(1));
    EXPECT_EQ(events.message()->data, log_line(2));
}

TEST_F(streams, log_lines_below_the_clients_level_stay_away) {
    start({}, true);
    const auto c = client();
    listen_both(c);
    EXPECT_EQ(
        c.post(R"({"jsonrpc":"2.0","id":1,"method":"logging/setLevel","params":{"level":"error"}})").status(),
        200U);
    from_backend_->event(log_line(1));
    const std::string loud =
        R"({"jsonrpc":"2.0","method":"notifications/message","params":{"level":"alert","data":1}})";
    from_backend_->event(loud);
    EXPECT_EQ(stream_->events().message()->data, loud);
}

TEST_F(streams, changed_lists_are_announced_at_once_or_when_the_client_comes_back) {
    start();
    const auto c = client();
    gateway->publish({fakes::tools("b", {"t", "new"})});
    auto stream = c.listen();
    auto events = stream.events();
    const std::string changed = R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})";
    EXPECT_EQ(events.message()->data, changed);
    gateway->publish({fakes::tools("b", {"t"})});
    EXPECT_EQ(events.message()->data, changed);
}

} // namespace
} // namespace wire
