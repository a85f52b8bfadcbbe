// One call through the gateway: what the backend reads and what the client reads, byte for byte.
#include "tests/wire/wire_test_world.hpp"

namespace wire {
namespace {

using calls = one_backend;

TEST_F(calls, the_session_with_the_backend_is_opened_by_the_first_call_and_not_before) {
    start();
    const auto c = client();
    EXPECT_FALSE(backend.has("initialize", 50ms));
    auto call = c.start(tool_call("1", "b_t"));
    const auto hello = backend.expect("initialize");
    EXPECT_EQ(hello->raw("params.protocolVersion"), "\"2025-11-25\"");
    EXPECT_EQ(hello->raw("params.capabilities"), "{}");
    EXPECT_FALSE(hello->request.has("mcp-session-id"));
    hello->result(
        R"({"protocolVersion":"2025-06-18","capabilities":{},"serverInfo":{"name":"x","version":"1"}})",
        "Mcp-Session-Id: s-7\r\n");
    const auto ready = backend.expect("notifications/initialized");
    EXPECT_EQ(ready->request.field("mcp-session-id"), "s-7");
    EXPECT_EQ(ready->request.field("mcp-protocol-version"), "2025-06-18") << "what the backend chose";
    EXPECT_FALSE(backend.has("tools/call", 30ms)) << "before the handshake is over";
    ready->accept();
    const auto asked = backend.expect("tools/call");
    EXPECT_EQ(asked->request.field("mcp-session-id"), "s-7");
    asked->result("{}");
    EXPECT_EQ(call.response().body, response("1", "{}"));
}

TEST_F(calls, everything_but_the_name_and_the_id_is_the_clients_own_bytes) {
    start();
    const auto c = client();
    warm(c);
    auto call = c.start(" {\"params\" : {\"x-unknown\":1e2, \"arguments\":{ "
                        "\"a\":[1.0,10000000000000000000000],\"\\u0062\":\"\\u00e9\"} ,"
                        "\"name\":\"b_t\" },\n\"method\":\"tools/call\",\"id\": \"A\\/1\" , "
                        "\"jsonrpc\":\"2.0\", \"extra\":null} ");
    const auto asked = backend.expect("tools/call");
    EXPECT_EQ(asked->request.body, "{\"params\" : {\"x-unknown\":1e2, \"arguments\":{ "
                                   "\"a\":[1.0,10000000000000000000000],\"\\u0062\":\"\\u00e9\"} ,"
                                   "\"name\":\"t\" },\n\"method\":\"tools/call\",\"id\": " +
                                       asked->id() + " , \"jsonrpc\":\"2.0\", \"extra\":null}");
    asked->answer(200, "\n{ \"result\":{\"n\":1e2,\"id\":5,\"\\u0061\":[ ]} , \"id\" : " + asked->id() +
                           ",\"more\":{} ,\"jsonrpc\":\"2.0\"}\n");
    EXPECT_EQ(call.response().body, "{ \"result\":{\"n\":1e2,\"id\":5,\"\\u0061\":[ ]} , \"id\" : "
                                    "\"A\\/1\",\"more\":{} ,\"jsonrpc\":\"2.0\"}");
}

TEST_F(calls, ids_of_every_shape_come_back_as_they_were_written) {
    start();
    const auto c = client();
    warm(c);
    for (const std::string id :
         {"0", "1", "-1", "1.0", "1e2", "9007199254740993", "10000000000000000000000", "\"\"", "\"0\"",
          "\"1\"", "\"a\\\"b\\\\\"", "\"\\u00e9\"", "\"\xC3\xA9\"", "\"\\ud83d\\ude00\""}) {
        auto call = c.start(tool_call(id, "b_t"));
        backend.expect("tools/call")->result("{}");
        EXPECT_EQ(call.response().body, response(id, "{}"));
    }
}

TEST_F(calls, a_backend_that_turns_the_id_into_a_string_is_understood) {
    start();
    const auto c = client();
    warm(c);
    auto call = c.start(tool_call("5", "b_t"));
    const auto asked = backend.expect("tools/call");
    asked->answer(200, response("\"" + asked->id() + "\"", "{}"));
    EXPECT_EQ(call.response().body, response("5", "{}"));
}

TEST_F(calls, errors_of_the_backend_pass_with_code_message_and_data) {
    start();
    const auto c = client();
    warm(c);
    const std::string error = R"({ "code":-32042,"message":"\u0041 b","data":{"x":[1e2]} })";
    auto call = c.start(tool_call("\"e\"", "b_t"));
    auto asked = backend.expect("tools/call");
    asked->answer(200, R"({"jsonrpc":"2.0","id":)" + asked->id() + ",\"error\":" + error + "}");
    EXPECT_EQ(call.response().body, R"({"jsonrpc":"2.0","id":"e","error":)" + error + "}");

    // Without an id, and with a status of its own.
    call = c.start(tool_call("2", "b_t"));
    backend.expect("tools/call")
        ->answer(400, R"({"jsonrpc":"2.0","id":null,"error":{"code":-32602,"message":"no"}})");
    EXPECT_EQ(call.response().body, R"({"jsonrpc":"2.0","id":2,"error":{"code":-32602,"message":"no"}})");
}

TEST_F(calls, progress_tokens_are_restored_byte_for_byte) {
    start();
    const auto c = client();
    warm(c);
    for (const std::string token : {"0", "\"0\"", "7", "\"a\\\"\\\\\\u0041\"", "\"\xC3\xA9\"", "-0", "1e2"}) {
        auto call = c.start(tool_call("1", "b_t", "{}", "{\"progressToken\":" + token + "}"));
        const auto asked = backend.expect("tools/call");
        const auto sent = asked->raw("params._meta.progressToken");
        EXPECT_EQ(sent, asked->id()) << "the backend sees one that no other client chose";
        asked->start_events();
        asked->event(
            R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":0.50,"progressToken":)" +
            sent + R"(,"x":"progressToken"}})");
        asked->event(response(asked->id(), "{}"));
        asked->end_events();
        ASSERT_EQ(call.head().field("content-type"), "text/event-stream");
        auto events = call.events();
        EXPECT_EQ(
            events.message()->data,
            R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":0.50,"progressToken":)" +
                token + R"(,"x":"progressToken"}})");
        EXPECT_EQ(events.message()->data, response("1", "{}"));
        EXPECT_FALSE(events.message());
    }
}

// Some servers send all that is said in a session on whichever stream they opened first.
TEST_F(calls, what_names_another_call_of_the_session_reaches_that_call) {
    start();
    const auto c = client();
    warm(c);
    auto first = c.start(tool_call("1", "b_t", "{}", R"({"progressToken":"p1"})"));
    const auto of_first = backend.expect("tools/call");
    auto second = c.start(tool_call("2", "b_t", "{}", R"({"progressToken":"p2"})"));
    const auto of_second = backend.expect("tools/call");
    of_first->start_events();
    of_second->start_events();
    const auto progress = [](const std::string& token) {
        return R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":1,"progressToken":)" +
               token + "}}";
    };
    of_first->event(progress(of_second->id()));
    EXPECT_EQ(second.head().status(), 200U);
    auto events = second.events();
    EXPECT_EQ(events.message()->data, progress("\"p2\""));
    of_first->event(response(of_second->id(), "{}"));
    EXPECT_EQ(events.message()->data, response("2", "{}"));
    of_first->event(response(of_first->id(), "1"));
    of_first->end_events();
    EXPECT_EQ(first.response().body, response("1", "1"))
        << "nothing else came for it, and so it is no stream";
}

TEST_F(calls, progress_for_other_tokens_or_without_one_is_not_passed_on) {
    start();
    const auto c = client();
    warm(c);
    const auto progress = [](std::string_view token) {
        return R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progress":1,"progressToken":)" +
               std::string(token) + "}}";
    };
    auto called = c.start(tool_call("1", "b_t", "{}", R"({"progressToken":"p"})"));
    auto asked = backend.expect("tools/call");
    asked->start_events();
    asked->event(progress("\"p\"")); // the client's own, which the backend cannot know
    asked->event(progress("999999"));
    asked->event(response(asked->id(), "1"));
    asked->end_events();
    EXPECT_EQ(called.response().body.find("progress"), std::string::npos);

    auto without = c.start(tool_call("2", "b_t"));
    asked = backend.expect("tools/call");
    asked->start_events();
    asked->event(progress(asked->id()));
    asked->event(response(asked->id(), "1"));
    asked->end_events();
    EXPECT_EQ(without.response().body, response("2", "1"));
}

TEST_F(calls, responses_with_foreign_ids_are_ignored) {
    start();
    const auto c = client();
    warm(c);
    auto call = c.start(tool_call("1", "b_t"));
    const auto asked = backend.expect("tools/call");
    asked->start_events();
    for (const auto* id : {"1000000", "\"1\"", "-1", "\"\""})
        asked->event(response(id, "\"foreign\""));
    asked->event(response(asked->id(), "\"own\""));
    asked->event(response(asked->id(), "\"twice\""));
    asked->end_events();
    EXPECT_EQ(call.response().body, response("1", "\"own\""));
    // The next call is not confused by what was left.
    call = c.start(tool_call("2", "b_t"));
    backend.expect("tools/call")->result("\"next\"");
    EXPECT_EQ(call.response().body, response("2", "\"next\""));
}

TEST_F(calls, requests_and_answers_in_single_bytes_read_the_same) {
    start();
    const auto c = client();
    warm(c);
    auto call = c.connect();
    const auto body = tool_call("\"slow\"", "b_t");
    call.raw().send_in_pieces(
        fmt::format("POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    "{}Content-Length: {}\r\n\r\n{}",
                    c.fields(), body.size(), body),
        1);
    const auto asked = backend.expect("tools/call");
    const auto answer = response(asked->id(), R"({"content":[]})");
    asked->connection().send_in_pieces(
        fmt::format("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
                    answer.size(), answer),
        1);
    EXPECT_EQ(call.response().body, response("\"slow\"", R"({"content":[]})"));

    // The same as an event stream with a notification in it.
    call.send("POST", c.fields(), body);
    const auto again = backend.expect("tools/call");
    const std::string log =
        R"({"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":1}})";
    std::string stream = ": hello\n\nevent: message\nid: e1\ndata: " + log +
                         "\n\ndata: " + response(again->id(), "{}") + "\n\n";
    std::string chunked =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (const char byte : stream)
        chunked += fmt::format("1\r\n{}\r\n", byte);
    again->connection().send_in_pieces(chunked + "0\r\n\r\n", 1);
    EXPECT_EQ(call.head().field("content-type"), "text/event-stream");
    auto events = call.events();
    EXPECT_EQ(events.message()->data, log);
    EXPECT_EQ(events.message()->data, response("\"slow\"", "{}"));
    EXPECT_FALSE(events.message());
}

TEST_F(calls, pipelined_requests_are_answered_in_order) {
    start();
    const auto c = client();
    warm(c);
    auto call = c.connect();
    for (int i = 1; i <= 3; ++i)
        call.send("POST", c.fields(), tool_call(std::to_string(i), "b_t"));
    for (int i = 1; i <= 3; ++i) {
        backend.expect("tools/call")->result("{}");
        EXPECT_EQ(call.response().body, response(std::to_string(i), "{}"));
    }
}

TEST_F(calls, many_clients_with_the_same_ids_get_their_own_answers) {
    start();
    std::vector<mcp_client> clients;
    for (int i = 0; i < 6; ++i) {
        clients.push_back(client());
        warm(clients.back(), "s-" + std::to_string(i));
    }
    std::vector<fakes::http_client> open;
    std::vector<fakes::backend_request> asked;
    for (std::size_t i = 0; i < clients.size(); ++i) {
        open.push_back(clients[i].start(tool_call("1", "b_t", std::to_string(i))));
        asked.push_back(backend.expect("tools/call"));
    }
    for (std::size_t i = asked.size(); i-- > 0;) // in the other order
        asked[i]->result(asked[i]->raw("params.arguments"));
    for (std::size_t i = 0; i < open.size(); ++i)
        EXPECT_EQ(open[i].response().body, response("1", std::to_string(i)));
}

TEST_F(calls, a_json_answer_is_used_until_the_first_notification) {
    start();
    const auto c = client();
    warm(c);
    auto call = c.start(tool_call("1", "b_t"));
    auto asked = backend.expect("tools/call");
    asked->start_events();
    asked->event(response(asked->id(), "{}"));
    asked->end_events();
    const auto answer = call.response();
    EXPECT_EQ(answer.field("content-type"), "application/json")
        << "an event stream with nothing but the response";
    EXPECT_EQ(answer.body, response("1", "{}"));
}

} // namespace
} // namespace wire
