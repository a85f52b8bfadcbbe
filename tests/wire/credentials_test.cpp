// Credentials belong to callers: neither sessions nor connections nor secrets of one reach another, and one that the
// backend refuses is replaced, if it can be.
#include "tests/wire/back_world.hpp"

namespace wire {
namespace {

class credentials : public back_world {
protected:
    static std::string bearer(const fakes::backend_request& asked) {
        return asked->request.field("authorization");
    }
};

TEST_F(credentials, every_request_in_a_callers_name_carries_the_callers_own) {
    start();
    const auto alice = session("alice", R"({"roots":{}})");
    auto called = call("alice", alice);
    const auto hello = server.expect("initialize");
    EXPECT_EQ(bearer(hello), "Bearer alice-token-0");
    hello->result(
        R"({"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"x","version":"1"}})",
        "Mcp-Session-Id: s\r\n");
    const auto ready = server.expect("notifications/initialized");
    EXPECT_EQ(bearer(ready), "Bearer alice-token-0");
    ready->accept();
    const auto stream = server.expect("GET");
    EXPECT_EQ(bearer(stream), "Bearer alice-token-0");
    stream->answer(405, "");
    const auto asked = server.expect("tools/call");
    EXPECT_EQ(bearer(asked), "Bearer alice-token-0");
    asked->result("{}");
    EXPECT_FALSE(get(std::move(called)).why);
    w.call([&] { alice->close(); });
    const auto goodbye = server.expect("DELETE");
    EXPECT_EQ(bearer(goodbye), "Bearer alice-token-0");
    goodbye->answer(200, "");
}

TEST_F(credentials, the_gateways_own_requests_carry_the_gateways) {
    start();
    const auto read = std::make_shared<std::promise<bool>>();
    w->spawn(
        [](auto from, auto to) -> vmcp::awaitable<void> {
            const auto lists = co_await from->fetch_lists({});
            to->set_value(lists.has_value());
        }(backend, read),
        "reading lists");
    server.refuse_streams = true;
    const auto hello = server.expect("initialize");
    EXPECT_EQ(bearer(hello), "Bearer gateway-token-0");
    hello->result(
        R"({"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"x","version":"1"}})");
    server.expect("notifications/initialized")->accept();
    const auto asked = server.expect("tools/list");
    EXPECT_EQ(bearer(asked), "Bearer gateway-token-0");
    asked->result(R"({"tools":[]})");
    EXPECT_TRUE(fakes::one_worker::wait(read->get_future()));
}

// What is shared is shared by those who come with the same credential only.
TEST_F(credentials, callers_with_different_ones_share_no_session) {
    start(vmcp::backend_session_mode::shared);
    const auto alice = session("alice");
    const auto alice_again = session("alice");
    const auto bob = session("bob");
    warm("alice", alice, "of-alice");
    warm("bob", bob, "of-bob");
    for (const auto& [subject, in, id] : {std::tuple{"alice", alice_again, "of-alice"},
                                          {"bob", bob, "of-bob"},
                                          {"alice", alice, "of-alice"}}) {
        auto called = call(subject, in);
        const auto asked = server.expect("tools/call");
        EXPECT_EQ(asked->request.field("mcp-session-id"), id);
        EXPECT_EQ(bearer(asked), fmt::format("Bearer {}-token-0", subject));
        asked->result("{}");
        EXPECT_FALSE(get(std::move(called)).why);
    }
    EXPECT_FALSE(server.has("initialize"));
}

// Sessions are chosen by what they are sent with: that is what the call is then sent with, too.
TEST_F(credentials, a_call_asks_for_one_once) {
    start();
    warm("alice", nullptr, "of-alice");
    const auto client = session("bob");
    warm("bob", client, "of-bob");
    for (const auto& [who, opened] : {std::pair("alice", decltype(client){}), std::pair("bob", client)}) {
        const int before = tokens->asked;
        auto called = call(who, opened);
        server.expect("tools/call")->result("{}");
        EXPECT_FALSE(get(std::move(called)).why);
        EXPECT_EQ(tokens->asked - before, 1) << who;
    }
}

TEST_F(credentials, nor_do_stateless_clients) {
    start();
    warm("alice", nullptr, "of-alice");
    warm("bob", nullptr, "of-bob");
    auto called = call("bob", nullptr);
    const auto asked = server.expect("tools/call");
    EXPECT_EQ(asked->request.field("mcp-session-id"), "of-bob");
    asked->result("{}");
    EXPECT_FALSE(get(std::move(called)).why);
}

// A backend, or a proxy before it, may take a connection for its first caller's (as with NTLM).
TEST_F(credentials, nor_an_idle_connection) {
    start();
    const auto alice = session("alice");
    const auto bob = session("bob");
    warm("alice", alice, "a");
    const auto made = server.connections_made();
    EXPECT_EQ(made, 1U);
    warm("bob", bob, "b");
    EXPECT_EQ(server.connections_made(), 2U);
    for (const auto& [subject, in] : {std::pair{"alice", alice}, {"bob", bob}, {"alice", alice}}) {
        auto called = call(subject, in);
        server.expect("tools/call")->result("{}");
        EXPECT_FALSE(get(std::move(called)).why);
    }
    EXPECT_EQ(server.connections_made(), 2U) << "each uses its own again";
}

TEST_F(credentials, nor_a_text_with_what_is_secret) {
    start();
    const auto alice = session("alice");
    warm("alice", alice, "a");
    for (const bool told : {true, false})
        for (const unsigned status : {403U, 500U, 302U}) {
            context->tells_words = told;
            auto called = call("alice", alice);
            server.expect("tools/call")
                ->answer(status, "you sent Bearer alice-token-0", "Location: http://x/?t=alice-token-0\r\n");
            const auto end = get(std::move(called));
            ASSERT_TRUE(end.why);
            EXPECT_EQ(end.why->detail.find("***") != std::string::npos, told) << status;
            EXPECT_THAT(end.why->message(), testing::Not(testing::HasSubstr("alice-token"))) << status;
            EXPECT_THAT(guard->last_met().body, testing::Not(testing::HasSubstr("alice-token"))) << status;
        }
}

TEST_F(credentials, an_error_of_the_backend_passes_without_them) {
    start();
    const auto alice = session("alice");
    warm("alice", alice, "a");
    auto called = call("alice", alice);
    const auto asked = server.expect("tools/call");
    asked->answer(200, R"({"jsonrpc":"2.0","id":)" + asked->id() +
                           R"(,"error":{"code":-7,"message":"not for alice-token-0","data":[1e0]}})");
    const auto end = get(std::move(called));
    ASSERT_FALSE(end.why);
    EXPECT_EQ(end.reply, R"({"code":-7,"message":"not for ***","data":[1e0]})");
}

TEST_F(credentials, a_handshake_that_is_refused_shows_none_either) {
    start();
    auto called = call("alice", session("alice"));
    server.expect("initialize")->answer(403, "no alice-token-0 here");
    const auto end = get(std::move(called));
    ASSERT_TRUE(end.why);
    EXPECT_EQ(end.why->code, vmcp::errc::backend_unauthorized);
    EXPECT_THAT(end.why->detail, testing::Not(testing::HasSubstr("alice-token")));
    EXPECT_THAT(guard->last_met().body, testing::HasSubstr("no *** here"));
}

// ---- refused

TEST_F(credentials, one_that_is_refused_is_replaced_and_the_request_repeated_once) {
    start();
    const auto alice = session("alice");
    warm("alice", alice, "a");
    auto called = call("alice", alice);
    const auto first = server.expect("tools/call");
    first->answer(401, "expired");
    const auto second = server.expect("tools/call");
    EXPECT_EQ(bearer(second), "Bearer alice-token-1");
    EXPECT_EQ(second->request.field("mcp-session-id"), "a")
        << "it is about the caller, not about the session";
    EXPECT_NE(second->id(), first->id());
    second->result("7");
    EXPECT_EQ(get(std::move(called)).reply, response(second->id(), "7"));

    called = call("alice", alice);
    server.expect("tools/call")->answer(401, "expired alice-token-1");
    server.expect("tools/call")->answer(401, "expired alice-token-2");
    const auto end = get(std::move(called));
    EXPECT_EQ(end.why->code, vmcp::errc::backend_unauthorized);
    EXPECT_THAT(end.why->detail, testing::Not(testing::HasSubstr("token")));
    EXPECT_FALSE(server.has("tools/call", 30ms));
    EXPECT_EQ(tokens->refusals, 2);
}

TEST_F(credentials, one_that_cannot_be_replaced_is_a_failure) {
    start();
    tokens->renewable = false;
    const auto alice = session("alice");
    warm("alice", alice, "a");
    auto called = call("alice", alice);
    server.expect("tools/call")->answer(401, "expired");
    EXPECT_EQ(get(std::move(called)).why->code, vmcp::errc::backend_unauthorized);
    EXPECT_EQ(tokens->refusals, 1);
}

TEST_F(credentials, handshakes_streams_notifications_and_goodbyes_are_repeated_too) {
    start();
    const auto alice = session("alice", R"({"roots":{}})");
    auto called = call("alice", alice);
    server.expect("initialize")->answer(401, "");
    const auto hello = server.expect("initialize");
    EXPECT_EQ(bearer(hello), "Bearer alice-token-1");
    hello->result(
        R"({"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"x","version":"1"}})",
        "Mcp-Session-Id: s\r\n");
    server.expect("notifications/initialized")->answer(401, "");
    const auto ready = server.expect("notifications/initialized");
    EXPECT_EQ(bearer(ready), "Bearer alice-token-2");
    ready->accept();
    server.expect("GET")->answer(401, "");
    const auto stream = server.expect("GET");
    EXPECT_EQ(bearer(stream), "Bearer alice-token-3");
    stream->start_events();
    server.expect("tools/call")->result("{}");
    EXPECT_FALSE(get(std::move(called)).why);
    w.call([&] { alice->close(); });
    server.expect("DELETE")->answer(401, "");
    const auto goodbye = server.expect("DELETE");
    EXPECT_EQ(bearer(goodbye), "Bearer alice-token-4");
    goodbye->answer(401, "");
    EXPECT_FALSE(server.has("DELETE", 30ms)) << "once";
}

// ---- none

TEST_F(credentials, without_one_nothing_is_sent) {
    for (const auto mode : {vmcp::backend_session_mode::dedicated, vmcp::backend_session_mode::shared}) {
        start(mode);
        auto called = call("nobody", session("nobody"));
        const auto end = get(std::move(called));
        ASSERT_TRUE(end.why);
        EXPECT_EQ(end.why->code, vmcp::errc::backend_unauthorized);
        EXPECT_THAT(end.why->detail, testing::HasSubstr("\"b\": nobody has no token"));
    }
    EXPECT_FALSE(server.has("initialize", 30ms));
    EXPECT_EQ(server.connections_made(), 0U);
}

// A shared session under a credential that was replaced is another session: what the client had set moves with it.
TEST_F(credentials, a_seat_moves_with_its_client) {
    start(vmcp::backend_session_mode::shared);
    const auto alice = session("alice");
    constexpr std::string_view all = R"({"tools":{},"resources":{"subscribe":true},"logging":{}})";
    server.refuse_streams = true;
    w.call([&] { alice->set_level(vmcp::log_level::error); });
    auto called = call("alice", alice);
    server.handshake("first", all);
    server.expect("logging/setLevel")->result("{}");
    server.expect("tools/call")->result("{}");
    EXPECT_FALSE(get(std::move(called)).why);
    w.call([&] { backend->session_for(alice)->remember_subscription("file:///a", true); });
    (void)tokens->refused({.key = tokens->token_of("alice")});

    called = call("alice", alice);
    const auto forgotten = server.expect("resources/unsubscribe");
    EXPECT_EQ(forgotten->request.field("mcp-session-id"), "first");
    forgotten->result("{}");
    server.handshake("second", all);
    const auto level = server.expect("logging/setLevel");
    EXPECT_EQ(level->request.field("mcp-session-id"), "second");
    level->result("{}");
    const auto subscribed = server.expect("resources/subscribe");
    EXPECT_EQ(subscribed->raw("params.uri"), "\"file:///a\"");
    subscribed->result("{}");
    const auto asked = server.expect("tools/call");
    EXPECT_EQ(asked->request.field("mcp-session-id"), "second");
    asked->result("{}");
    EXPECT_FALSE(get(std::move(called)).why);
}

// ---- a client's own lists

class seen_lists final : public vmcp::session_lists_taker {
public:
    vmcp::awaitable<bool> take(std::shared_ptr<vmcp::client_session>, const void*,
                               vmcp::session_lists read) override {
        tools = read.lists.tools.size();
        co_return true;
    }
    std::atomic<std::size_t> tools{0};
};

TEST_F(credentials, the_lists_of_a_clients_own_session_are_read_with_the_callers) {
    start();
    seen_lists taker;
    context->own_lists = &taker;
    server.refuse_streams = true;
    auto called = call("alice", session("alice"));
    server.handshake("s");
    const auto asked = server.expect("tools/call");
    asked->start_events();
    asked->event(R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})");
    asked->event(fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{{}}}})", asked->id()));
    asked->end_events();
    EXPECT_FALSE(get(std::move(called)).why);
    const auto list = server.expect("tools/list");
    EXPECT_EQ(bearer(list), "Bearer alice-token-0");
    list->result(R"({"tools":[{"name":"x"}]})");
    EXPECT_TRUE(fakes::world::eventually([&] { return taker.tools == 1; }));
}

} // namespace
} // namespace wire
