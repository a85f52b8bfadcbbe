// A backend's GET stream is open while somebody needs it: a client that listens, a subscription, a call.
#include "tests/wire/back_world.hpp"
#include "transport/mcp/front/session_streams.hpp"

#include <algorithm>
#include <thread>

namespace wire {
namespace {

class stream_lifetime : public back_world {
protected:
    void start_with(std::chrono::milliseconds grace, session_mode mode = session_mode::dedicated) {
        start(mode);
        context->stream_grace = grace;
    }
    // A call by a client that can be asked something, and the stream that comes with it.
    fakes::backend_request call_with_stream(const std::shared_ptr<vmcp::live_session>& in,
                                            std::string_view session_id = "s-1", bool first = true) {
        auto result = call("alice", in);
        if (first)
            server.handshake(session_id);
        auto stream = server.expect("GET");
        stream->start_events();
        server.expect("tools/call")->result("{}");
        EXPECT_FALSE(get(std::move(result)).why);
        return stream;
    }
    void call_without_stream(const std::shared_ptr<vmcp::live_session>& in) {
        auto result = call("alice", in);
        server.expect("tools/call")->result("{}");
        EXPECT_FALSE(get(std::move(result)).why);
        EXPECT_FALSE(server.has("GET"));
    }
    static bool ends(const fakes::backend_request& stream,
                     std::chrono::milliseconds within = fakes::patience) {
        // The scripted backend closes what has ended when it comes by.
        return !stream->connection().is_open() || stream->connection().readable(within);
    }
    std::shared_ptr<vmcp::live_session> asked() { return session("alice", R"({"elicitation":{}})"); }
};

TEST_F(stream_lifetime, ends_a_while_after_the_call_that_needed_it_and_goes_on_with_the_next) {
    start_with(100ms);
    const auto s = asked();
    const auto stream = call_with_stream(s);
    stream->event(R"({"jsonrpc":"2.0","method":"notifications/made/up"})", "e-7");
    EXPECT_TRUE(ends(stream));
    const auto next = call_with_stream(s, "s-1", false);
    EXPECT_EQ(next->request.field("last-event-id"), "e-7")
        << "nothing in between is lost where the backend keeps it";
    EXPECT_EQ(next->request.field("mcp-session-id"), "s-1");
}

TEST_F(stream_lifetime, calls_that_follow_soon_use_the_same_one) {
    start_with(60s);
    const auto s = asked();
    const auto stream = call_with_stream(s);
    for (int i = 0; i < 5; ++i)
        call_without_stream(s);
    EXPECT_FALSE(ends(stream, 50ms));
}

TEST_F(stream_lifetime, a_call_that_goes_on_keeps_it) {
    start_with(50ms);
    const auto s = asked();
    auto result = call("alice", s);
    server.handshake();
    const auto stream = server.expect("GET");
    stream->start_events();
    const auto running = server.expect("tools/call");
    EXPECT_FALSE(ends(stream, 500ms));
    running->result("{}");
    EXPECT_FALSE(get(std::move(result)).why);
    EXPECT_TRUE(ends(stream));
}

class stream_lifetime_of : public stream_lifetime,
                           public testing::WithParamInterface<vmcp::backend_session_mode> {};

INSTANTIATE_TEST_SUITE_P(sessions, stream_lifetime_of,
                         testing::Values(vmcp::backend_session_mode::dedicated,
                                         vmcp::backend_session_mode::shared));

TEST_P(stream_lifetime_of, a_client_that_listens_is_that_of_its_own_stream) {
    start_with(50ms, GetParam());
    const auto s = session("alice");
    const auto streams = transport::streams_of(*s, {});
    const auto general = streams->open_general();
    const auto reader = *general->attach(std::nullopt);
    streams->attached(general);
    const auto stream = call_with_stream(s);
    EXPECT_FALSE(ends(stream, 500ms));
    general->detach(reader);
    streams->left(general);
    w.call([&] { backend->session_for(s)->stop_listening(); });
    EXPECT_TRUE(ends(stream));
}

TEST_P(stream_lifetime_of, a_subscription_lasts_until_it_is_taken_back) {
    start_with(50ms, GetParam());
    const auto s = session("alice");
    auto result =
        call("alice", s,
             R"({"jsonrpc":"2.0","id":1,"method":"resources/subscribe","params":{"uri":"file:///a"}})");
    server.handshake("s-1", R"({"tools":{},"resources":{"subscribe":true}})");
    const auto stream = server.expect("GET");
    stream->start_events();
    server.expect("resources/subscribe")->result("{}");
    EXPECT_FALSE(get(std::move(result)).why);
    const auto remember = [&](bool wanted) {
        w.call([&] { backend->session_for(s)->remember_subscription("file:///a", wanted); });
    };
    remember(true);
    EXPECT_FALSE(ends(stream, 500ms));
    remember(false);
    EXPECT_TRUE(ends(stream));
}

TEST_F(stream_lifetime, of_the_gateways_own_session_is_that_of_the_session) {
    start_with(50ms);
    std::promise<bool> read;
    w->spawn(
        [](auto from, std::promise<bool>& to) -> vmcp::awaitable<void> {
            to.set_value(static_cast<bool>(co_await from->fetch_lists({})));
        }(backend, read),
        "a test's reading");
    server.handshake("own");
    const auto stream = server.expect("GET");
    stream->start_events();
    server.expect("tools/list")->result(R"({"tools":[]})");
    EXPECT_TRUE(fakes::one_worker::wait(read.get_future()));
    EXPECT_FALSE(ends(stream, 500ms));
    stream->event(R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})");
    const auto until = std::chrono::steady_clock::now() + fakes::patience;
    while (guard->changes == 0 && std::chrono::steady_clock::now() < until)
        std::this_thread::yield();
    EXPECT_EQ(guard->changes, 1);
}

TEST_F(stream_lifetime, of_abandoned_sessions_only_some_stay_open) {
    constexpr std::size_t most = transport::stream_watch::most_unneeded;
    constexpr std::size_t surplus = 6;
    start_with(60s);
    std::vector<fakes::backend_request> streams;
    for (std::size_t i = 0; i < most + surplus; ++i)
        streams.push_back(call_with_stream(asked(), "s-" + std::to_string(i)));
    const auto until = std::chrono::steady_clock::now() + fakes::patience;
    const auto open = [&] {
        return static_cast<std::size_t>(
            std::ranges::count_if(streams, [](const auto& one) { return !ends(one, 0ms); }));
    };
    while (open() > most && std::chrono::steady_clock::now() < until)
        std::this_thread::yield();
    EXPECT_EQ(open(), most);
}

} // namespace
} // namespace wire
