// Sessions belong to whoever opened them.
#include "tests/wire/wire_test_world.hpp"

namespace wire {
namespace {

using principals = one_backend;
constexpr std::string_view ping = R"({"jsonrpc":"2.0","id":1,"method":"ping"})";

// A request of `token` that names the session of `owner`.
fakes::http_message borrow(const world& gateway, const mcp_client& owner, std::string_view token,
                           std::string_view method, std::string_view body) {
    fakes::http_client out(gateway.port());
    out.send(method,
             fmt::format("Accept: application/json, text/event-stream\r\n{}Mcp-Session-Id: {}\r\n",
                         token.empty() ? "" : fmt::format("Authorization: Bearer {}\r\n", token),
                         owner.session()),
             body);
    return out.response();
}

TEST_F(principals, a_wrong_one_gets_404_and_the_owners_session_survives) {
    start();
    const auto owner = client("2025-11-25", R"({"roots":{}})", "alice");
    warm(owner);
    auto call = owner.start(tool_call("1", "b_t"));
    const auto asked = backend.expect("tools/call");
    asked->start_events();
    asked->event(R"({"jsonrpc":"2.0","id":1,"method":"roots/list"})");
    (void)call.head();
    auto events = call.events();
    ASSERT_THAT(events.message()->data, testing::HasSubstr("roots/list"));
    for (const auto* thief : {"bob", "", "Alice", "alice2"}) {
        EXPECT_EQ(borrow(*gateway, owner, thief, "POST", ping).status(), 404U) << thief;
        EXPECT_EQ(borrow(*gateway, owner, thief, "POST", tool_call("2", "b_t")).status(), 404U) << thief;
        EXPECT_EQ(borrow(*gateway, owner, thief, "POST", response("1", "\"stolen\"")).status(), 404U)
            << thief;
        EXPECT_EQ(borrow(*gateway, owner, thief, "POST",
                         R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})")
                      .status(),
                  404U)
            << thief;
        EXPECT_EQ(borrow(*gateway, owner, thief, "GET", "").status(), 404U) << thief;
        EXPECT_EQ(borrow(*gateway, owner, thief, "DELETE", "").status(), 404U) << thief;
    }
    EXPECT_EQ(borrow(*gateway, owner, "bad", "POST", ping).status(), 401U);
    EXPECT_FALSE(backend.has("answer", 50ms));
    EXPECT_FALSE(backend.has("notifications/cancelled"));
    EXPECT_FALSE(backend.has("DELETE"));
    asked->event(response(asked->id(), "{}"));
    asked->end_events();
    EXPECT_EQ(events.message()->data, response("1", "{}"));
    EXPECT_EQ(owner.post(ping).status(), 200U);
    EXPECT_EQ(gateway->sessions(), 1U);
}

TEST_F(principals, the_wrong_one_learns_as_much_as_with_a_made_up_id) {
    start();
    const auto owner = client("2025-11-25", "{}", "alice");
    const auto wrong = borrow(*gateway, owner, "bob", "POST", ping);
    fakes::http_client out(gateway->port());
    out.send("POST",
             "Accept: application/json, text/event-stream\r\nAuthorization: Bearer bob\r\n"
             "Mcp-Session-Id: 0123456789abcdef0123456789abcdef\r\n",
             ping);
    const auto made_up = out.response();
    EXPECT_EQ(wrong.status(), made_up.status());
    // Each answer names its own request.
    const auto words = [](const std::string& body) { return body.substr(0, body.find("\"requestId\"")); };
    EXPECT_EQ(words(wrong.body), words(made_up.body));
}

TEST_F(principals, the_ways_to_name_no_session) {
    start();
    EXPECT_EQ(mcp_client(gateway->port()).post(ping).status(), 400U) << "none given";
    for (const std::string id : {"x", "0123456789ABCDEF0123456789ABCDEF", "0123456789abcdef0123456789abcde",
                                 "0123456789abcdef0123456789abcdef0", "../../../../../../../../etc/pass"}) {
        fakes::http_client out(gateway->port());
        out.send("POST", "Accept: application/json, text/event-stream\r\nMcp-Session-Id: " + id + "\r\n",
                 ping);
        EXPECT_EQ(out.response().status(), 404U) << id;
    }
}

TEST_F(principals, a_deleted_session_is_gone) {
    start();
    const auto c = client();
    warm(c);
    auto stream = c.listen();
    auto events = stream.events();
    EXPECT_EQ(events.next()->data, "");
    EXPECT_EQ(c.remove().status(), 200U);
    EXPECT_FALSE(events.message()) << "its stream ends";
    EXPECT_EQ(c.remove().status(), 404U);
    EXPECT_EQ(c.post(ping).status(), 404U);
    EXPECT_EQ(c.get().status(), 404U);
    EXPECT_EQ(backend.expect("DELETE")->request.field("mcp-session-id"), "s-1");
}

TEST_F(principals, allowed_headers_go_through_and_no_others) {
    start([](vmcp::config& s) {
        s.passthrough_headers = {"x-trace"};
        s.backends[0].headers = {{"X-Fixed", "f"}};
        s.backends[0].auth = {.type = vmcp::auth_strategy::kind::header_injection,
                              .header_name = "Authorization",
                              .header_value = "Bearer backend-secret"};
    });
    const auto c = client("2025-11-25", "{}", "alice");
    auto call = c.start(tool_call("1", "b_t"), "X-Trace: 1\r\nX-Other: 2\r\nCookie: c\r\n");
    backend.handshake();
    const auto asked = backend.expect("tools/call");
    EXPECT_EQ(asked->request.field("x-trace"), "1");
    EXPECT_EQ(asked->request.field("x-fixed"), "f");
    EXPECT_EQ(asked->request.field("authorization"), "Bearer backend-secret");
    EXPECT_FALSE(asked->request.has("x-other"));
    EXPECT_FALSE(asked->request.has("cookie"));
    EXPECT_EQ(asked->request.field("host"), fmt::format("127.0.0.1:{}", backend.port()));
}

// A page that may call must be able to read what it gets, whatever the answer looks like.
TEST_F(principals, pages_of_allowed_origins_can_read_every_answer) {
    start();
    const auto c = client();
    warm(c);
    const std::string origin = "Origin: http://localhost:1234\r\n";
    const auto readable = [](const fakes::http_message& m) {
        return m.field("access-control-allow-origin") == "http://localhost:1234" &&
               m.field("access-control-expose-headers") ==
                   "DPoP-Nonce, Mcp-Session-Id, Retry-After, WWW-Authenticate, X-Request-Id" &&
               m.field("vary") == "Origin";
    };
    EXPECT_TRUE(readable(c.post(ping, origin)));
    EXPECT_TRUE(readable(c.post(R"({"jsonrpc":"2.0","method":"notifications/initialized"})", origin)));
    EXPECT_TRUE(readable(c.post("{", origin)));
    auto call = c.start(tool_call("1", "b_t"), origin);
    const auto asked = backend.expect("tools/call");
    asked->start_events();
    asked->event(R"({"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":1}})");
    EXPECT_TRUE(readable(call.head()));
    call = c.start(tool_call("2", "b_t"), origin);
    (void)backend.expect("tools/call");
    EXPECT_EQ(
        c.post(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}})").status(),
        202U);
    EXPECT_TRUE(readable(call.response()));
    auto stream = c.connect();
    stream.send("GET", c.fields() + origin, "");
    EXPECT_TRUE(readable(stream.head()));
    EXPECT_FALSE(c.post(ping).has("access-control-allow-origin"));
    EXPECT_EQ(c.post(ping, "Origin: http://evil.example\r\n").status(), 403U);
}

} // namespace
} // namespace wire
