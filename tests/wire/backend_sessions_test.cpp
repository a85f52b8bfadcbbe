// What a client set reaches the backend sessions made for it, and refused streams cost a session nothing.
#include "tests/wire/wire_test_world.hpp"

#include <algorithm>

namespace wire {
namespace {

using backend_sessions = one_backend;

auto times(const fakes::asked_of_backend& asked, std::string_view field) {
    return std::ranges::count(asked.request.fields, field, &std::pair<std::string, std::string>::first);
}

constexpr std::string_view set_error =
    R"({"jsonrpc":"2.0","id":1,"method":"logging/setLevel","params":{"level":"error"}})";

struct refusal {
    unsigned status;
    std::string body;
};

class refused_streams : public one_backend, public testing::WithParamInterface<refusal> {};

// Servers that only know POST say so with about any status and text.
TEST_P(refused_streams, cost_no_session) {
    start({}, true);
    const auto c = client("2025-11-25", R"({"roots":{}})");
    auto call = c.start(tool_call("1", "b_t"));
    backend.handshake();
    backend.expect("GET")->answer(GetParam().status, GetParam().body);
    backend.expect("tools/call")->result("{}");
    EXPECT_EQ(call.response().status(), 200U);
    EXPECT_FALSE(backend.has("initialize", 200ms));
    EXPECT_FALSE(backend.has("GET"));
    auto again = c.start(tool_call("2", "b_t"));
    backend.expect("tools/call")->result("{}");
    EXPECT_EQ(again.response().status(), 200U);
    EXPECT_FALSE(backend.has("initialize"));
    EXPECT_EQ(gateway->reinitialized(), 0U);
}

INSTANTIATE_TEST_SUITE_P(ways, refused_streams,
                         testing::Values(refusal{404, "Cannot GET /mcp"}, refusal{404, ""},
                                         refusal{400, "Bad Request: no session stream"},
                                         refusal{400, R"({"error":"invalid session"})"}, refusal{405, ""},
                                         refusal{501, ""}));

// Where there was a stream before, its refusal does tell that the session is gone.
TEST_F(backend_sessions, a_stream_that_is_refused_after_it_was_open_means_a_lost_session) {
    start({}, true);
    const auto c = client("2025-11-25", R"({"roots":{}})");
    auto call = c.start(tool_call("1", "b_t"));
    backend.handshake("old");
    const auto stream = backend.expect("GET");
    stream->start_events();
    stream->piece("retry: 50\n\n: hello\n\n");
    backend.expect("tools/call")->result("{}");
    EXPECT_EQ(call.response().status(), 200U);
    stream->end_events();
    backend.expect("GET")->answer(404, "Session not found");
    ASSERT_FALSE(backend.has("made/up", 50ms)) << "time for the refusal to arrive";
    auto again = c.start(tool_call("2", "b_t"));
    backend.handshake("new");
    backend.expect("GET")->start_events();
    const auto asked = backend.expect("tools/call");
    EXPECT_EQ(asked->request.field("mcp-session-id"), "new");
    asked->result("{}");
    EXPECT_EQ(again.response().status(), 200U);
}

// Lists are read again after a session was lost, but not as often as a backend can forget it.
TEST_F(backend_sessions, a_backend_that_forgets_all_the_time_is_not_read_all_the_time) {
    start();
    const auto c = client();
    warm(c);
    constexpr std::size_t times = 8;
    for (std::size_t i = 0; i < times; ++i) {
        auto call = c.start(tool_call("1", "b_t"));
        backend.expect("tools/call")->answer(404, "");
        backend.handshake();
        backend.expect("tools/call")->result("{}");
        EXPECT_EQ(call.response().status(), 200U);
    }
    EXPECT_EQ(gateway->reinitialized(), times);
    EXPECT_EQ(gateway->lists_changed(), 3U);
}

TEST_F(backend_sessions, a_level_set_before_the_first_call_reaches_the_backend_before_it) {
    start();
    const auto c = client();
    EXPECT_EQ(c.post(set_error).body, response("1", "{}"));
    auto call = c.start(tool_call("2", "b_t"));
    backend.handshake("s", R"({"tools":{},"logging":{}})");
    const auto told = backend.expect("logging/setLevel");
    EXPECT_EQ(told->raw("params.level"), "\"error\"");
    EXPECT_FALSE(backend.has("tools/call", 30ms));
    told->result("{}");
    backend.expect("tools/call")->result("{}");
    EXPECT_EQ(call.response().body, response("2", "{}"));
}

class passed_headers : public one_backend {
protected:
    void start_passing(const tune& more = {}) {
        start(
            [&](vmcp::config& s) {
                s.passthrough_headers = {"x-tenant", "x-api-key"};
                if (more)
                    more(s);
            },
            true);
    }
};

TEST_F(passed_headers, of_the_call_that_opens_a_session_go_with_all_its_requests) {
    start_passing();
    const auto c = client("2025-11-25", R"({"roots":{}})");
    auto call = c.start(tool_call("1", "b_t"), "X-Tenant: first\r\n");
    const auto hello = backend.expect("initialize");
    EXPECT_EQ(hello->request.field("x-tenant"), "first");
    hello->result(
        R"({"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"x","version":"1"}})",
        "Mcp-Session-Id: s\r\n");
    const auto ready = backend.expect("notifications/initialized");
    EXPECT_EQ(ready->request.field("x-tenant"), "first");
    ready->accept();
    const auto stream = backend.expect("GET");
    EXPECT_EQ(stream->request.field("x-tenant"), "first");
    stream->start_events();
    const auto asked = backend.expect("tools/call");
    EXPECT_EQ(asked->request.field("x-tenant"), "first");
    asked->result("{}");
    EXPECT_EQ(call.response().status(), 200U);

    auto second = c.start(tool_call("2", "b_t"), "X-Tenant: second\r\n");
    const auto other = backend.expect("tools/call");
    EXPECT_EQ(other->request.field("x-tenant"), "second") << "a call's own field wins";
    EXPECT_EQ(times(*other, "x-tenant"), 1);
    EXPECT_EQ(
        c.post(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}})").status(),
        202U);
    const auto cancelled = backend.expect("notifications/cancelled");
    EXPECT_EQ(cancelled->request.field("x-tenant"), "first");
    cancelled->accept();
    (void)c.remove();
    EXPECT_EQ(backend.expect("DELETE")->request.field("x-tenant"), "first");
}

TEST_F(passed_headers, never_join_what_is_configured) {
    start_passing([](vmcp::config& s) { s.backends.front().headers = {{"X-API-Key", "secretvalue"}}; });
    const auto c = client();
    auto call = c.start(tool_call("1", "b_t"), "x-api-key: evil\r\nX-Tenant: t\r\n");
    const auto hello = backend.expect("initialize");
    EXPECT_EQ(hello->request.field("x-api-key"), "secretvalue");
    EXPECT_EQ(times(*hello, "x-api-key"), 1);
    hello->result(
        R"({"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"x","version":"1"}})",
        "Mcp-Session-Id: s\r\n");
    backend.expect("notifications/initialized")->accept();
    const auto asked = backend.expect("tools/call");
    EXPECT_EQ(asked->request.field("x-api-key"), "secretvalue");
    EXPECT_EQ(times(*asked, "x-api-key"), 1);
    EXPECT_EQ(asked->request.field("x-tenant"), "t");
    asked->result("{}");
    EXPECT_EQ(call.response().status(), 200U);
}

} // namespace
} // namespace wire
