// A backend that forgets its session: the client does not notice, whatever the backend says and however many wait.
#include "tests/wire/wire_test_world.hpp"

#include <set>

namespace wire {
namespace {

using lost_session = one_backend;

TEST_F(lost_session, one_handshake_serves_many_callers_and_each_call_is_repeated_once) {
    start();
    const auto c = client();
    warm(c, "old");
    constexpr std::size_t callers = 8;
    std::vector<fakes::http_client> open;
    std::vector<fakes::backend_request> asked;
    for (std::size_t i = 0; i < callers; ++i) {
        open.push_back(c.start(tool_call(std::to_string(i), "b_t", std::to_string(100 + i))));
        asked.push_back(backend.expect("tools/call"));
        EXPECT_EQ(asked.back()->request.field("mcp-session-id"), "old");
    }
    for (const auto& one : asked)
        one->answer(404, "");
    auto hello = backend.expect("initialize");
    EXPECT_FALSE(backend.has("initialize", 100ms)) << "one is enough for all of them";
    EXPECT_FALSE(hello->request.has("mcp-session-id"));
    hello->result(
        R"({"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"x","version":"1"}})",
        "Mcp-Session-Id: new\r\n");
    backend.expect("notifications/initialized")->accept();
    std::multiset<std::string> repeated;
    for (std::size_t i = 0; i < callers; ++i) {
        const auto again = backend.expect("tools/call");
        EXPECT_EQ(again->request.field("mcp-session-id"), "new");
        repeated.insert(again->raw("params.arguments"));
        again->result(again->raw("params.arguments"));
    }
    for (std::size_t i = 0; i < callers; ++i) {
        EXPECT_EQ(repeated.count(std::to_string(100 + i)), 1U);
        EXPECT_EQ(open[i].response().body, response(std::to_string(i), std::to_string(100 + i)));
    }
    EXPECT_FALSE(backend.has("tools/call"));
    EXPECT_FALSE(backend.has("initialize"));
    EXPECT_EQ(gateway->reinitialized(), 1U);
}

TEST_F(lost_session, callers_that_come_during_the_handshake_wait_for_it) {
    start();
    const auto c = client();
    auto first = c.start(tool_call("1", "b_t"));
    ASSERT_TRUE(backend.has("initialize", fakes::patience));
    auto second = c.start(tool_call("2", "b_t"));
    EXPECT_FALSE(backend.has("tools/call", 50ms));
    backend.handshake();
    for (int i = 0; i < 2; ++i)
        backend.expect("tools/call")->result("{}");
    EXPECT_EQ(first.response().body, response("1", "{}"));
    EXPECT_EQ(second.response().body, response("2", "{}"));
    EXPECT_FALSE(backend.has("initialize"));
    EXPECT_EQ(gateway->reinitialized(), 0U);
}

TEST_F(lost_session, a_handshake_that_fails_fails_all_who_wait_and_the_next_call_tries_again) {
    start();
    const auto c = client();
    auto first = c.start(tool_call("1", "b_t"));
    auto hello = backend.expect("initialize");
    auto second = c.start(tool_call("2", "b_t"));
    EXPECT_FALSE(backend.has("initialize", 50ms));
    hello->answer(500, "broken");
    EXPECT_THAT(first.response().body, testing::HasSubstr("HTTP 500"));
    EXPECT_THAT(second.response().body, testing::HasSubstr("HTTP 500"));
    warm(c);
}

struct wart {
    unsigned status;
    std::string body;
};

class ways_to_say_it : public one_backend, public testing::WithParamInterface<wart> {};

TEST_P(ways_to_say_it, the_client_sees_nothing) {
    start();
    const auto c = client();
    warm(c, "old");
    auto call = c.start(tool_call("1", "b_t"));
    backend.expect("tools/call")->answer(GetParam().status, GetParam().body);
    backend.handshake("new");
    const auto again = backend.expect("tools/call");
    EXPECT_EQ(again->request.field("mcp-session-id"), "new");
    again->result("7");
    EXPECT_EQ(call.response().body, response("1", "7"));
}

INSTANTIATE_TEST_SUITE_P(
    warts, ways_to_say_it,
    testing::Values(
        wart{404, ""}, wart{404, "Session not found"}, wart{404, R"({"error":"x"})"},
        wart{404, R"({"jsonrpc":"2.0","id":null,"error":{"code":-32001,"message":"Session not found"}})"},
        wart{
            400,
            R"({"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"Bad Request: No valid session ID provided"}})"},
        wart{400, "Bad Request: Server not initialized"}, wart{410, "Gone"},
        wart{200, R"({"jsonrpc":"2.0","id":0,"error":{"code":-32600,"message":"Session not found"}})"},
        wart{401, "invalid session"}, wart{503, "SESSION expired"},
        wart{200, R"({"jsonrpc":"2.0","id":0,"error":{"code":-32001,"message":"Session expired"}})"}));

TEST_F(lost_session, an_event_stream_may_say_it_first) {
    start();
    const auto c = client();
    warm(c, "old");
    auto call = c.start(tool_call("1", "b_t"));
    auto asked = backend.expect("tools/call");
    asked->start_events();
    asked->event(
        fmt::format(R"({{"jsonrpc":"2.0","id":{},"error":{{"code":-32001,"message":"Session not found"}}}})",
                    asked->id()));
    asked->end_events();
    backend.handshake("new");
    asked = backend.expect("tools/call");
    EXPECT_EQ(asked->request.field("mcp-session-id"), "new");
    asked->result("7");
    EXPECT_EQ(call.response().body, response("1", "7"));
}

TEST_F(lost_session, a_call_that_has_begun_is_not_repeated) {
    start();
    const auto c = client();
    warm(c);
    auto call = c.start(tool_call("1", "b_t", "{}", R"({"progressToken":"p"})"));
    const auto asked = backend.expect("tools/call");
    asked->start_events();
    asked->event(fmt::format(
        R"({{"jsonrpc":"2.0","method":"notifications/progress","params":{{"progressToken":{},"progress":1}}}})",
        asked->raw("params._meta.progressToken")));
    asked->event(
        fmt::format(R"({{"jsonrpc":"2.0","id":{},"error":{{"code":-32001,"message":"Session not found"}}}})",
                    asked->id()));
    asked->end_events();
    (void)call.head();
    auto events = call.events();
    EXPECT_THAT(events.message()->data, testing::HasSubstr("notifications/progress"));
    EXPECT_THAT(events.message()->data, testing::HasSubstr("Session not found"));
    EXPECT_FALSE(backend.has("initialize"));
}

// What a server says about the request itself is for the client, whatever the HTTP status.
TEST_F(lost_session, an_error_under_the_requests_id_is_relayed) {
    start();
    const auto c = client();
    warm(c);
    for (const unsigned status : {400U, 404U, 410U}) {
        auto call = c.start(tool_call("1", "b_t"));
        const auto asked = backend.expect("tools/call");
        constexpr std::string_view error = R"({"code":-32002,"message":"no such file","data":{"a":[1]}})";
        asked->answer(status, fmt::format(R"({{"jsonrpc":"2.0","id":{},"error":{}}})", asked->id(), error));
        EXPECT_EQ(call.response().body, fmt::format(R"({{"jsonrpc":"2.0","id":1,"error":{}}})", error));
        EXPECT_FALSE(backend.has("initialize")) << status;
    }
}

TEST_F(lost_session, what_the_new_session_answers_too_is_relayed) {
    start();
    const auto c = client();
    warm(c);
    constexpr std::string_view error = R"({"code":-32000,"message":"no session for this user","data":7})";
    for (const unsigned status : {404U, 400U}) {
        auto call = c.start(tool_call("1", "b_t"));
        const auto body = fmt::format(R"({{"jsonrpc":"2.0","id":null,"error":{}}})", error);
        backend.expect("tools/call")->answer(status, body);
        backend.handshake("new");
        backend.expect("tools/call")->answer(status, body);
        const auto given = call.response().body;
        EXPECT_THAT(given, testing::HasSubstr(error)) << status;
        EXPECT_THAT(given, testing::HasSubstr("\"id\":")) << status;
        EXPECT_FALSE(backend.has("initialize", 50ms)) << status;
    }
}

TEST_F(lost_session, errors_that_have_nothing_to_do_with_sessions_lose_none) {
    start();
    const auto c = client();
    warm(c);
    for (const auto& [status, body] :
         {std::pair<unsigned, std::string>{
              400, R"({"jsonrpc":"2.0","id":null,"error":{"code":-32602,"message":"no"}})"},
          {404, R"({"jsonrpc":"2.0","id":null,"error":{"code":-32601,"message":"Method not found"}})"},
          {503, "overloaded"},
          {401, "who are you"},
          {500, "Session not found"},
          {200, R"({"jsonrpc":"2.0","id":null,"error":{"code":-32001,"message":"timeout"}})"}}) {
        auto call = c.start(tool_call("1", "b_t"));
        backend.expect("tools/call")->answer(status, body);
        EXPECT_THAT(call.response().body, testing::HasSubstr("\"error\"")) << status << body;
        EXPECT_FALSE(backend.has("initialize")) << status << body;
    }
    EXPECT_EQ(gateway->reinitialized(), 0U);
}

TEST_F(lost_session, a_backend_without_sessions_loses_none) {
    start();
    const auto c = client();
    warm(c, "");
    auto call = c.start(tool_call("1", "b_t"));
    const auto asked = backend.expect("tools/call");
    EXPECT_FALSE(asked->request.has("mcp-session-id"));
    asked->answer(404, "");
    EXPECT_THAT(call.response().body, testing::HasSubstr("HTTP 404"));
    EXPECT_FALSE(backend.has("initialize"));
}

TEST_F(lost_session, a_backend_that_forgets_at_once_again_is_not_asked_for_ever) {
    start();
    const auto c = client();
    warm(c);
    auto call = c.start(tool_call("1", "b_t"));
    backend.expect("tools/call")->answer(404, "");
    backend.handshake("second");
    backend.expect("tools/call")->answer(404, "");
    const auto answer = call.response();
    EXPECT_THAT(answer.body, testing::HasSubstr("\"error\""));
    EXPECT_THAT(answer.body, testing::HasSubstr("\\\"b\\\""));
    EXPECT_FALSE(backend.has("tools/call", 50ms));
}

TEST_F(lost_session, the_log_level_is_set_again) {
    start();
    const auto c = client();
    warm(c, "old", R"({"tools":{},"logging":{}})");
    auto level =
        c.start(R"({"jsonrpc":"2.0","id":1,"method":"logging/setLevel","params":{"level":"error"}})");
    const auto told = backend.expect("logging/setLevel");
    EXPECT_EQ(told->raw("params.level"), "\"error\"");
    told->result("{}");
    EXPECT_EQ(level.response().body, response("1", "{}"));

    auto call = c.start(tool_call("2", "b_t"));
    backend.expect("tools/call")->answer(404, "");
    backend.handshake("new", R"({"tools":{},"logging":{}})");
    const auto again = backend.expect("logging/setLevel");
    EXPECT_EQ(again->raw("params.level"), "\"error\"");
    EXPECT_EQ(again->request.field("mcp-session-id"), "new");
    EXPECT_FALSE(backend.has("tools/call", 30ms)) << "first the state, then the call";
    again->result("{}");
    backend.expect("tools/call")->result("{}");
    EXPECT_EQ(call.response().body, response("2", "{}"));
}

// The stream of a session that is lost may stay open for long; neither it nor its successor may outlive the client.
TEST_F(lost_session, streams_of_both_generations_end) {
    start({}, true);
    const auto c = client("2025-11-25", R"({"roots":{}})");
    auto call = c.start(tool_call("1", "b_t"));
    backend.handshake("old");
    const auto old_stream = backend.expect("GET");
    old_stream->start_events();
    auto asked = backend.expect("tools/call");
    asked->answer(404, "");
    backend.handshake("new");
    const auto new_stream = backend.expect("GET");
    EXPECT_EQ(new_stream->request.field("mcp-session-id"), "new");
    new_stream->start_events();
    old_stream->connection().expect_end();
    backend.expect("tools/call")->result("{}");
    EXPECT_EQ(call.response().status(), 200U);
    EXPECT_EQ(c.remove().status(), 200U);
    EXPECT_EQ(backend.expect("DELETE")->request.field("mcp-session-id"), "new");
    new_stream->connection().expect_end();
}

} // namespace
} // namespace wire
