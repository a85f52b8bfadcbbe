// A session that its backend forgot while somebody waits for what the backend says outside of calls: no call has to come.
#include "tests/wire/modern_world.hpp"

#include <deque>
#include <vector>

namespace wire {
namespace {

std::string subscribe_to(std::string_view uri) {
    return fmt::format(R"({{"jsonrpc":"2.0","id":0,"method":"resources/subscribe","params":{{"uri":"{}"}}}})",
                       uri);
}

std::string updated(std::string_view uri) {
    return fmt::format(
        R"({{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{{"uri":"{}"}}}})", uri);
}

std::string updated_in(std::string_view subscription, std::string_view uri) {
    return fmt::format(R"({{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{{"_meta":{{)"
                       R"("io.modelcontextprotocol/subscriptionId":{}}},"uri":"{}"}}}})",
                       subscription, uri);
}

constexpr std::string_view resources = R"({"tools":{},"resources":{"subscribe":true}})";

class renewed : public modern, public testing::WithParamInterface<vmcp::backend_session_mode> {
protected:
    void start_listed() {
        start([&](vmcp::config& s) { s.backends.front().sessions = GetParam(); }, true);
        auto lists = fakes::tools("b", {"t"});
        lists.capabilities = std::string(resources);
        for (const std::string uri : {"file:///a", "file:///b"})
            lists.resources.push_back({uri, fmt::format(R"({{"uri":"{}","name":"r"}})", uri)});
        gateway->publish({lists});
    }

    // What the backend gets in a new session, up to the stream. Broken streams are opened again soon.
    fakes::backend_request take_session(std::string_view id, const std::vector<std::string>& uris) {
        backend.handshake(id, resources);
        for (const auto& uri : uris) {
            const auto asked = backend.expect("resources/subscribe");
            EXPECT_EQ(asked->raw("params.uri"), "\"" + uri + "\"");
            EXPECT_EQ(asked->request.field("mcp-session-id"), id);
            asked->result("{}");
        }
        return take_stream(id);
    }
    fakes::backend_request take_stream(std::string_view id) {
        auto stream = backend.expect("GET");
        EXPECT_EQ(stream->request.field("mcp-session-id"), id);
        stream->start_events();
        stream->piece("retry: 50\n\n");
        return stream;
    }
    // As a backend that was started anew.
    void forget(const fakes::backend_request& stream) {
        stream->end_events();
        backend.expect("GET")->answer(404, "Session not found");
    }
    // A client with sessions that subscribed to "file:///a".
    fakes::backend_request subscribe(const mcp_client& c) {
        auto call = c.start(subscribe_to("file:///a"));
        backend.handshake("old", resources);
        auto stream = take_stream("old");
        backend.expect("resources/subscribe")->result("{}");
        EXPECT_EQ(call.response().body, response("0", "{}"));
        settle();
        return stream;
    }
};

TEST_P(renewed, a_client_with_a_session_goes_on_to_hear_of_its_resource) {
    start_listed();
    const auto c = client();
    auto listens = c.listen();
    auto heard = listens.events();
    forget(subscribe(c));
    const auto stream = take_session("new", {"file:///a"});
    EXPECT_EQ(heard.message()->data, updated("file:///a")) << "nobody knows what happened in between";
    stream->event(updated("file:///a"));
    EXPECT_EQ(heard.message()->data, updated("file:///a"));
    EXPECT_FALSE(backend.has("initialize", 300ms)) << "once is enough";
    EXPECT_EQ(gateway->reinitialized(), 1U);
}

TEST_P(renewed, so_does_a_stateless_client) {
    start_listed();
    auto listens = send({.method = "subscriptions/listen",
                         .params = R"("notifications":{"resourceSubscriptions":["file:///a"]})",
                         .id = "7"});
    backend.handshake("old", resources);
    auto stream = take_stream("old");
    backend.expect("resources/subscribe")->result("{}");
    EXPECT_EQ(listens.head().status(), 200U);
    auto heard = listens.events();
    EXPECT_EQ(member(heard.message()->data, "params.notifications.resourceSubscriptions"),
              R"(["file:///a"])");
    for (const auto* const id : {"second", "third"}) {
        forget(stream);
        stream = take_session(id, {"file:///a"});
        EXPECT_EQ(heard.message()->data, updated_in("7", "file:///a"));
    }
    stream->event(updated("file:///a"));
    EXPECT_EQ(heard.message()->data, updated_in("7", "file:///a"));
    EXPECT_FALSE(backend.has("initialize", 300ms));
}

TEST_P(renewed, a_backend_that_is_not_ready_yet_is_asked_ever_more_slowly_and_only_while_somebody_waits) {
    start_listed();
    {
        const auto c = client();
        auto listens = c.listen();
        forget(subscribe(c));
        const auto begin = std::chrono::steady_clock::now();
        for (int i = 0; i < 4; ++i)
            backend.expect("initialize")->answer(503, "");
        // Pauses of 100, 200, 400 and 800 ms, each of them at least the half of it.
        EXPECT_GE(std::chrono::steady_clock::now() - begin, 700ms);
        EXPECT_EQ(c.remove().status(), 200U);
    }
    EXPECT_FALSE(backend.has("initialize", 3s)) << "nobody waits any more";
}

TEST_P(renewed, a_call_that_comes_meanwhile_shares_the_handshake) {
    start_listed();
    const auto c = client();
    auto listens = c.listen();
    auto heard = listens.events();
    forget(subscribe(c));
    const auto hello = backend.expect("initialize");
    auto call = c.start(tool_call("5", "b_t"));
    EXPECT_FALSE(backend.has("initialize", 300ms));
    hello->result(
        fmt::format(
            R"({{"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{{"name":"x","version":"1"}}}})",
            resources),
        "Mcp-Session-Id: new\r\n");
    backend.expect("notifications/initialized")->accept();
    backend.expect("resources/subscribe")->result("{}");
    const auto stream = take_stream("new");
    backend.expect("tools/call")->result("{}");
    EXPECT_EQ(call.response().body, response("5", "{}"));
    EXPECT_EQ(heard.message()->data, updated("file:///a"));
}

TEST_P(renewed, a_stream_that_broke_tells_that_something_may_have_been_missed) {
    start_listed();
    const auto c = client();
    auto listens = c.listen();
    auto heard = listens.events();
    subscribe(c)->end_events();
    auto stream = take_stream("old");
    EXPECT_EQ(heard.message()->data, updated("file:///a"));
    // One that goes on where it ended has missed nothing.
    stream->event(updated("file:///a"), "e-1");
    EXPECT_EQ(heard.message()->data, updated("file:///a"));
    stream->end_events();
    stream = backend.expect("GET");
    EXPECT_EQ(stream->request.field("last-event-id"), "e-1");
    stream->start_events();
    stream->event(
        R"({"jsonrpc":"2.0","method":"notifications/message","params":{"level":"error","data":1}})");
    stream->event(updated("file:///a/part"));
    EXPECT_THAT(heard.message()->data, testing::HasSubstr(GetParam() == vmcp::backend_session_mode::shared
                                                              ? "file:///a/part"
                                                              : "notifications/message"));
}

INSTANTIATE_TEST_SUITE_P(modes, renewed,
                         testing::Values(vmcp::backend_session_mode::dedicated,
                                         vmcp::backend_session_mode::shared),
                         [](const auto& mode) {
                             return mode.param == vmcp::backend_session_mode::shared ? "shared" : "dedicated";
                         });

class many_renewed : public one_backend {};

TEST_F(many_renewed, sessions_come_a_few_at_a_time) {
    start([](vmcp::config& s) { s.backends.front().sessions = vmcp::backend_session_mode::dedicated; }, true);
    constexpr std::size_t clients = 7;
    constexpr std::size_t at_once = 4;
    std::deque<mcp_client> open;
    std::deque<fakes::http_client> listening;
    std::vector<fakes::backend_request> streams;
    for (std::size_t i = 0; i < clients; ++i) {
        open.push_back(client());
        listening.push_back(open.back().listen());
        auto call = open.back().start(tool_call("1", "b_t"));
        backend.handshake("old-" + std::to_string(i));
        streams.push_back(backend.expect("GET"));
        streams.back()->start_events();
        streams.back()->piece("retry: 50\n\n");
        backend.expect("tools/call")->result("{}");
        EXPECT_EQ(call.response().status(), 200U);
    }
    for (const auto& stream : streams)
        stream->end_events();
    for (std::size_t i = 0; i < clients; ++i)
        backend.expect("GET")->answer(404, "");
    EXPECT_TRUE(world::eventually([&] {
        (void)backend.has("nothing", 10ms);
        return backend.count("initialize") == at_once;
    }));
    EXPECT_FALSE(backend.has("nothing", 300ms));
    EXPECT_EQ(backend.count("initialize"), at_once);
    for (std::size_t i = 0; i < clients; ++i)
        backend.handshake("new-" + std::to_string(i));
    for (std::size_t i = 0; i < clients; ++i)
        backend.expect("GET")->start_events();
    EXPECT_EQ(gateway->reinitialized(), clients);
}

} // namespace
} // namespace wire
