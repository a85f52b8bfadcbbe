// What backends and the proxies before them do that is not by the book, and that is understood all the same.
#include "tests/fakes/compressed.hpp"
#include "tests/wire/wire_test_world.hpp"
#include "vmcp/base/program.hpp"

namespace wire {
namespace {

constexpr std::string_view hello =
    R"({"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"x","version":"1"}})";

class leniency : public one_backend {
protected:
    // What the backend said is part of errors.
    static void with_words(vmcp::config& settings) { settings.errors.backend_words = true; }
    // The next call of a warm client, as the backend sees it.
    std::pair<fakes::http_client, fakes::backend_request> ask(const mcp_client& client) {
        auto call = client.start(tool_call("1", "b_t"));
        auto asked = backend.expect("tools/call");
        return {std::move(call), std::move(asked)};
    }
};

TEST_F(leniency, every_request_says_who_asks_and_that_nothing_be_compressed) {
    start({}, true);
    const auto c = client("2025-11-25", R"({"roots":{}})");
    auto call = c.start(tool_call("1", "b_t"));
    const auto check = [](const fakes::backend_request& one) {
        EXPECT_EQ(one->request.field("user-agent"), fmt::format("vmcp/{}", vmcp::program_version))
            << one->what();
        EXPECT_EQ(one->request.field("accept-encoding"), "identity") << one->what();
    };
    const auto first = backend.expect("initialize");
    check(first);
    first->result(hello, "Mcp-Session-Id: s\r\n");
    const auto second = backend.expect("notifications/initialized");
    check(second);
    second->accept();
    const auto stream = backend.expect("GET");
    check(stream);
    stream->start_events();
    const auto asked = backend.expect("tools/call");
    check(asked);
    asked->result("{}");
    EXPECT_EQ(call.response().status(), 200U);
    (void)c.remove();
    check(backend.expect("DELETE"));
}

TEST_F(leniency, compressed_answers_reach_the_client_as_they_were) {
    start();
    const auto c = client();
    warm(c);
    const std::string text(2000, 'x');
    for (const auto how : {fakes::compression::gzip, fakes::compression::zlib}) {
        const std::string field =
            fmt::format("Content-Encoding: {}\r\n", how == fakes::compression::gzip ? "gzip" : "deflate");
        auto [call, asked] = ask(c);
        asked->answer(200, fakes::compressed(response(asked->id(), "\"" + text + "\""), how), field);
        EXPECT_EQ(call.response().body, response("1", "\"" + text + "\""));

        auto [stream, again] = ask(c);
        fakes::compressor packed(how);
        again->start_events(field);
        again->piece(packed.flushed(R"(data: {"jsonrpc":"2.0","method":"notifications/x","params":{}})"
                                    "\n\n"));
        (void)stream.head();
        auto events = stream.events();
        EXPECT_THAT(events.message()->data, testing::HasSubstr("notifications/x"))
            << "before the answer ends";
        again->piece(packed.last("data: " + response(again->id(), "7") + "\n\n"));
        again->end_events();
        EXPECT_EQ(events.message()->data, response("1", "7"));
    }
}

TEST_F(leniency, compressed_answers_have_bounds) {
    start([](vmcp::config& s) { s.limits.max_backend_body = 100'000; });
    const auto c = client();
    warm(c);
    {
        auto [call, asked] = ask(c);
        asked->answer(200, fakes::compressed(response(asked->id(), "\"" + std::string(150'000, 'x') + "\"")),
                      "Content-Encoding: gzip\r\n");
        EXPECT_THAT(call.response().body, testing::HasSubstr("too large"));
    }
    auto [call, asked] = ask(c);
    asked->answer(200, "whatever", "Content-Encoding: br\r\n");
    EXPECT_THAT(call.response().body, testing::HasSubstr(R"(the content coding \"br\")"));
}

TEST_F(leniency, of_an_answer_that_says_no_more_than_its_status_the_body_does_not_matter) {
    start();
    const auto c = client();
    auto call = c.start(tool_call("1", "b_t"));
    backend.expect("initialize")->result(hello, "Mcp-Session-Id: s\r\n");
    backend.expect("notifications/initialized")->answer(202, "accepted", "Content-Encoding: br\r\n");
    backend.expect("tools/call")->result("7");
    EXPECT_EQ(call.response().body, response("1", "7"));
}

TEST_F(leniency, a_session_whose_handshake_fails_is_ended) {
    start();
    const auto c = client();
    auto call = c.start(tool_call("1", "b_t"));
    backend.expect("initialize")
        ->result(
            R"({"protocolVersion":"1999-01-01","capabilities":{},"serverInfo":{"name":"x","version":"1"}})",
            "Mcp-Session-Id: useless\r\n");
    const auto end = backend.expect("DELETE");
    EXPECT_EQ(end->request.field("mcp-session-id"), "useless");
    end->accept();
    EXPECT_THAT(call.response().body, testing::HasSubstr("unknown protocol version"));
}

TEST_F(leniency, a_byte_order_mark_before_an_answer_is_skipped) {
    start();
    const auto c = client();
    auto first = c.start(tool_call("1", "b_t"));
    const auto opened = backend.expect("initialize");
    opened->answer(200, "\xEF\xBB\xBF" + response(opened->id(), hello), "Mcp-Session-Id: s\r\n");
    backend.expect("notifications/initialized")->accept();
    const auto asked = backend.expect("tools/call");
    asked->answer(200, "\xEF\xBB\xBF" + response(asked->id(), "7"));
    EXPECT_EQ(first.response().body, response("1", "7"));
    auto [call, again] = ask(c);
    again->start_events();
    again->piece("\xEF\xBB\xBF"
                 "data: " +
                 response(again->id(), "8") + "\n\n");
    again->end_events();
    EXPECT_EQ(call.response().body, response("1", "8"));
}

TEST_F(leniency, the_last_event_may_lack_its_empty_line_but_not_be_cut) {
    start();
    const auto c = client();
    warm(c);
    for (const auto* end : {"\n", "", "\r\n"}) {
        auto [call, asked] = ask(c);
        asked->start_events();
        asked->piece("data: " + response(asked->id(), "7") + end);
        asked->end_events();
        EXPECT_EQ(call.response().body, response("1", "7"));
    }
    auto [call, asked] = ask(c);
    asked->start_events();
    asked->piece("data: " + response(asked->id(), "7") + "\n");
    asked->close();
    EXPECT_THAT(call.response().body, testing::HasSubstr("in the middle of its answer"));
    // Without a length and without chunks nobody can tell the end from a cut.
    auto [until_close, open] = ask(c);
    open->send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: " +
               response(open->id(), "7") + "\n");
    open->close();
    EXPECT_THAT(until_close.response().body, testing::HasSubstr("without the response"));
}

// FastMCP and others redirect /mcp to /mcp/. The handshake finds the way for all that follows.
TEST_F(leniency, redirects_within_the_origin_are_followed_and_remembered_for_the_session) {
    start({}, true);
    const auto c = client("2025-11-25", R"({"roots":{}})");
    auto call = c.start(tool_call("1", "b_t"));
    backend.expect("initialize")->answer(307, "", "Location: /mcp/\r\n");
    const auto again = backend.expect("initialize");
    EXPECT_EQ(again->request.start, "POST /mcp/ HTTP/1.1");
    again->result(hello, "Mcp-Session-Id: s\r\n");
    const auto ready = backend.expect("notifications/initialized");
    EXPECT_EQ(ready->request.start, "POST /mcp/ HTTP/1.1");
    ready->accept();
    const auto stream = backend.expect("GET");
    EXPECT_EQ(stream->request.start, "GET /mcp/ HTTP/1.1");
    stream->start_events();
    const auto asked = backend.expect("tools/call");
    EXPECT_EQ(asked->request.start, "POST /mcp/ HTTP/1.1");
    asked->result("{}");
    EXPECT_EQ(call.response().status(), 200U);
    (void)c.remove();
    EXPECT_EQ(backend.expect("DELETE")->request.start, "DELETE /mcp/ HTTP/1.1");
}

TEST_F(leniency, each_kind_of_request_follows_one_redirect) {
    start(with_words, true);
    const auto c = client("2025-11-25", R"({"roots":{}})");
    auto call = c.start(tool_call("1", "b_t", "[7]"));
    backend.expect("initialize")->result(hello, "Mcp-Session-Id: s\r\n");
    backend.expect("notifications/initialized")->answer(308, "", "Location: /n\r\n");
    auto moved = backend.expect("notifications/initialized");
    EXPECT_EQ(moved->request.start, "POST /n HTTP/1.1");
    moved->accept();
    backend.expect("GET")->answer(307, "", "Location: " + backend.url() + "/g\r\n");
    moved = backend.expect("GET");
    EXPECT_EQ(moved->request.start, "GET /mcp/g HTTP/1.1");
    moved->start_events();
    const auto before = backend.expect("tools/call");
    before->answer(308, "moved", "Location: ?c=1\r\n");
    moved = backend.expect("tools/call");
    EXPECT_EQ(moved->request.start, "POST /mcp?c=1 HTTP/1.1");
    EXPECT_EQ(moved->request.body, before->request.body);
    EXPECT_EQ(moved->request.field("mcp-session-id"), "s");
    moved->answer(307, "", "Location: /further\r\n");
    const auto body = call.response().body;
    EXPECT_THAT(body, testing::HasSubstr("redirects again (HTTP 307)"));
    EXPECT_THAT(body, testing::HasSubstr("to /further"));
    EXPECT_FALSE(backend.has("tools/call", 30ms));
}

TEST_F(leniency, a_redirect_elsewhere_is_an_error_without_what_hides_in_it) {
    start([](vmcp::config& s) {
        with_words(s);
        s.backends.front().headers = {{"X-API-Key", "secretvalue"}};
    });
    const auto c = client();
    warm(c);
    auto [call, asked] = ask(c);
    asked->answer(307, "", "Location: http://user:pw@127.0.0.1:1/secretvalue/x?y=secretvalue\r\n");
    const auto body = call.response().body;
    EXPECT_THAT(body, testing::HasSubstr("redirects (HTTP 307)"));
    EXPECT_THAT(body, testing::HasSubstr("to http://127.0.0.1:1/***/x?y=***"));
    EXPECT_THAT(body, testing::Not(testing::HasSubstr("secretvalue")));
    EXPECT_THAT(body, testing::Not(testing::HasSubstr("pw@")));
}

TEST_F(leniency, an_older_revision_is_offered_where_the_newest_is_refused) {
    start();
    const auto c = client();
    auto call = c.start(tool_call("1", "b_t"));
    auto asked = backend.expect("initialize");
    EXPECT_EQ(asked->raw("params.protocolVersion"), "\"2025-11-25\"");
    asked->answer(400, "Unsupported protocol version (supported: 2025-03-26)");
    asked = backend.expect("initialize");
    EXPECT_EQ(asked->raw("params.protocolVersion"), "\"2025-03-26\"");
    asked->result(
        R"({"protocolVersion":"2025-03-26","capabilities":{},"serverInfo":{"name":"x","version":"1"}})",
        "Mcp-Session-Id: s\r\n");
    backend.expect("notifications/initialized")->accept();
    asked = backend.expect("tools/call");
    EXPECT_EQ(asked->request.field("mcp-protocol-version"), "2025-03-26");
    asked->result("7");
    EXPECT_EQ(call.response().body, response("1", "7"));
}

TEST_F(leniency, one_that_takes_it_first_and_refuses_its_header_field_too) {
    start();
    const auto c = client();
    auto call = c.start(tool_call("1", "b_t"));
    backend.expect("initialize")->result(hello, "Mcp-Session-Id: first\r\n");
    backend.expect("notifications/initialized")->answer(400, "bad MCP-Protocol-Version");
    auto asked = backend.expect("initialize");
    EXPECT_EQ(asked->raw("params.protocolVersion"), "\"2025-06-18\"");
    asked->result(
        R"({"protocolVersion":"2025-06-18","capabilities":{},"serverInfo":{"name":"x","version":"1"}})",
        "Mcp-Session-Id: second\r\n");
    asked = backend.expect("DELETE");
    EXPECT_EQ(asked->request.field("mcp-session-id"), "first") << "what is given up is ended";
    asked->accept();
    backend.expect("notifications/initialized")->accept();
    asked = backend.expect("tools/call");
    EXPECT_EQ(asked->request.field("mcp-session-id"), "second");
    asked->result("7");
    EXPECT_EQ(call.response().body, response("1", "7"));
}

TEST_F(leniency, that_nothing_helps_is_told_as_the_newest_was_refused) {
    start(with_words);
    const auto c = client();
    auto call = c.start(tool_call("1", "b_t"));
    for (const auto* version : {"2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"}) {
        const auto asked = backend.expect("initialize");
        EXPECT_EQ(asked->raw("params.protocolVersion"), fmt::format("\"{}\"", version));
        asked->answer(400, fmt::format("no {}", version));
    }
    EXPECT_THAT(call.response().body, testing::HasSubstr("HTTP 400: no 2025-11-25"));
    EXPECT_FALSE(backend.has("initialize", 30ms));
}

class ways_to_say_it_by_event : public leniency, public testing::WithParamInterface<std::string> {};

TEST_P(ways_to_say_it_by_event, the_client_sees_nothing) {
    start();
    const auto c = client();
    warm(c, "old");
    auto [call, asked] = ask(c);
    asked->start_events();
    asked->event(GetParam());
    asked->end_events();
    backend.handshake("new");
    const auto end = backend.expect("DELETE");
    EXPECT_EQ(end->request.field("mcp-session-id"), "old") << "it may be there still";
    end->answer(404, "");
    const auto again = backend.expect("tools/call");
    EXPECT_EQ(again->request.field("mcp-session-id"), "new");
    again->result("7");
    EXPECT_EQ(call.response().body, response("1", "7"));
}

INSTANTIATE_TEST_SUITE_P(
    warts, ways_to_say_it_by_event,
    testing::Values(
        R"({"jsonrpc":"2.0","id":null,"error":{"code":-32001,"message":"Session not found"}})",
        R"({"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"Session not found"}})",
        R"({"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"No valid session ID"}})"));

TEST_F(leniency, a_session_that_is_gone_for_sure_is_not_ended) {
    start();
    const auto c = client();
    warm(c, "old");
    auto [call, asked] = ask(c);
    asked->answer(404, "");
    backend.handshake("new");
    backend.expect("tools/call")->result("7");
    EXPECT_EQ(call.response().body, response("1", "7"));
    EXPECT_FALSE(backend.has("DELETE", 30ms));
}

// A proxy before the backend may take the former stream for a living one.
TEST_F(leniency, a_stream_that_is_refused_as_busy_is_asked_for_again) {
    start({}, true);
    const auto c = client("2025-11-25", R"({"roots":{}})");
    auto call = c.start(tool_call("1", "b_t"));
    backend.handshake("s");
    auto stream = backend.expect("GET");
    stream->start_events();
    stream->piece("retry: 50\n\n");
    backend.expect("tools/call")->result("{}");
    EXPECT_EQ(call.response().status(), 200U);
    stream->end_events();
    stream = backend.expect("GET");
    stream->answer(409, "Conflict: Only one SSE stream is allowed per session");
    stream = backend.expect("GET");
    EXPECT_EQ(stream->request.field("mcp-session-id"), "s");
    stream->start_events();
    auto again = c.start(tool_call("2", "b_t"));
    const auto asked = backend.expect("tools/call");
    EXPECT_EQ(asked->request.field("mcp-session-id"), "s") << "the same session";
    asked->result("{}");
    EXPECT_EQ(again.response().status(), 200U);
    EXPECT_FALSE(backend.has("initialize"));
    EXPECT_EQ(gateway->reinitialized(), 0U);
}

// It may be another process, which accepts the session and offers other things.
TEST_F(leniency, lists_are_read_again_after_the_stream_of_the_gateways_own_session_broke) {
    start({}, true);
    auto read = gateway->fetch_lists();
    backend.handshake("s");
    backend.expect("tools/list")->result(R"({"tools":[]})");
    ASSERT_EQ(read.wait_for(fakes::patience), std::future_status::ready);
    constexpr std::size_t breaks = 5;
    for (std::size_t i = 0; i < breaks; ++i) {
        const auto stream = backend.expect("GET");
        EXPECT_EQ(gateway->lists_changed(), std::min<std::size_t>(i == 0 ? 0 : i - 1, 3));
        stream->start_events();
        stream->piece("retry: 50\n\n");
        ASSERT_TRUE(world::eventually([&] {
            return gateway->lists_changed() == std::min<std::size_t>(i, 3);
        })) << i;
        if (i % 2 == 0)
            stream->end_events();
        stream->close();
    }
    backend.expect("GET")->start_events();
    EXPECT_EQ(gateway->lists_changed(), 3U) << "not as often as it can break";
    EXPECT_FALSE(backend.has("initialize"));
}

} // namespace
} // namespace wire
