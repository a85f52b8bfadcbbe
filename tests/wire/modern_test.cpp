// Clients of the stateless revision in front of backends with sessions: what they are answered, and what the backends see.
#include "tests/wire/modern_world.hpp"

namespace wire {
namespace {

TEST_F(modern, discovery_is_answered_without_a_word_to_any_backend) {
    start();
    const auto answer = post({.method = "server/discover", .id = "\"d\""});
    EXPECT_EQ(answer.status(), 200U);
    EXPECT_EQ(member(answer.body, "id"), "\"d\"");
    EXPECT_EQ(member(answer.body, "result.resultType"), "\"complete\"");
    EXPECT_EQ(member(answer.body, "result.supportedVersions"), R"(["2026-07-28"])");
    EXPECT_EQ(member(answer.body, "result.capabilities.tools"), R"({"listChanged":true})");
    EXPECT_EQ(member(answer.body, "result.cacheScope"), "\"public\"");
    EXPECT_NE(member(answer.body, "result.ttlMs"), "");
    EXPECT_NE(answer.body.find("io.modelcontextprotocol/serverInfo"), std::string::npos);
    EXPECT_EQ(backend.count("initialize"), 0U);
    EXPECT_FALSE(answer.has("mcp-session-id"));
}

TEST_F(modern, lists_say_how_long_they_are_good) {
    start();
    const auto answer = post({.method = "tools/list"});
    EXPECT_EQ(answer.status(), 200U);
    EXPECT_EQ(member(answer.body, "result.resultType"), "\"complete\"");
    EXPECT_EQ(member(answer.body, "result.cacheScope"), "\"public\"");
    EXPECT_NE(answer.body.find(R"("name":"b_t")"), std::string::npos);
}

TEST_F(modern, a_call_reaches_its_backend_as_the_backend_knows_it) {
    start();
    auto call = send(call_of_t("\"c\""));
    const auto hello = backend.expect("initialize");
    EXPECT_EQ(hello->raw("params.capabilities"), "{}");
    EXPECT_EQ(hello->raw("params.protocolVersion"), "\"2025-11-25\"");
    hello->result(
        R"({"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"x","version":"1"}})",
        "Mcp-Session-Id: s\r\n");
    backend.expect("notifications/initialized")->accept();
    const auto asked = backend.expect("tools/call");
    EXPECT_EQ(asked->raw("params"), R"({"_meta":{},"name":"t","arguments":{"a":1}})");
    EXPECT_FALSE(asked->request.has("mcp-method"));
    EXPECT_EQ(asked->request.field("mcp-protocol-version"), "2025-11-25");
    asked->result(R"({"content":[],"x":1e2})");
    const auto answer = call.response();
    EXPECT_EQ(answer.status(), 200U);
    EXPECT_EQ(answer.field("content-type"), "application/json");
    EXPECT_EQ(member(answer.body, "id"), "\"c\"");
    EXPECT_EQ(member(answer.body, "result.resultType"), "\"complete\"");
    EXPECT_EQ(member(answer.body, "result.x"), "1e2");
    EXPECT_NE(member(answer.body, "result._meta"), "");
    EXPECT_EQ(member(answer.body, "result.ttlMs"), "");

    // The next one finds the session; a `_meta` of the backend's keeps what it has.
    auto again = send(call_of_t());
    backend.expect("tools/call")->result(R"({"content":[],"_meta":{"k":1}})");
    const auto second = again.response();
    EXPECT_EQ(member(second.body, "result._meta.k"), "1");
    EXPECT_NE(second.body.find("io.modelcontextprotocol/serverInfo"), std::string::npos);
    EXPECT_EQ(backend.count("initialize"), 0U);
}

TEST_F(modern, only_what_belongs_to_the_request_comes_on_its_stream) {
    start();
    auto wanted = call_of_t();
    wanted.meta = R"("progressToken":"p")";
    auto call = send(wanted);
    backend.handshake();
    const auto asked = backend.expect("tools/call");
    asked->start_events();
    asked->event(R"({"jsonrpc":"2.0","method":"notifications/message","params":{"level":"error","data":1}})");
    asked->event(R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})");
    asked->event(fmt::format(
        R"({{"jsonrpc":"2.0","method":"notifications/progress","params":{{"progressToken":{},"progress":1}}}})",
        asked->raw("params._meta.progressToken")));
    asked->event(response(asked->id(), "{}"));
    asked->end_events();
    EXPECT_EQ(call.head().field("content-type"), "text/event-stream");
    auto events = call.events();
    const auto first = events.message();
    EXPECT_EQ(
        first->data,
        R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"p","progress":1}})");
    EXPECT_EQ(first->id, "") << "such a stream cannot be resumed";
    EXPECT_EQ(member(events.message()->data, "result.resultType"), "\"complete\"");
    EXPECT_FALSE(events.next());
}

TEST_F(modern, log_messages_come_to_whoever_asked_for_them) {
    start();
    auto wanted = call_of_t();
    wanted.meta = R"("io.modelcontextprotocol/logLevel":"warning")";
    auto call = send(wanted);
    backend.handshake("s-1", R"({"tools":{},"logging":{}})");
    const auto level = backend.expect("logging/setLevel");
    EXPECT_EQ(level->raw("params.level"), "\"warning\"");
    level->result("{}");
    const auto asked = backend.expect("tools/call");
    asked->start_events();
    for (const auto* const text : {"info", "error"})
        asked->event(fmt::format(
            R"({{"jsonrpc":"2.0","method":"notifications/message","params":{{"level":"{}","data":1}}}})",
            text));
    asked->event(response(asked->id(), "{}"));
    asked->end_events();
    EXPECT_EQ(call.head().status(), 200U);
    auto events = call.events();
    EXPECT_EQ(member(events.message()->data, "params.level"), "\"error\"");
    EXPECT_NE(member(events.message()->data, "result"), "");
}

TEST_F(modern, a_client_that_leaves_cancels) {
    start();
    {
        auto call = send(call_of_t());
        backend.handshake();
        const auto asked = backend.expect("tools/call");
        call.raw().close();
        const auto cancelled = backend.expect("notifications/cancelled");
        EXPECT_EQ(cancelled->raw("params.requestId"), asked->id());
        cancelled->accept();
    }
    settle();
}

TEST_F(modern, a_client_that_sent_its_next_request_and_leaves_cancels_too) {
    start();
    {
        auto call = send(call_of_t());
        backend.handshake();
        const auto asked = backend.expect("tools/call");
        call.raw().send("POST /mcp HTTP/1.1\r\n");
        EXPECT_FALSE(backend.has("notifications/cancelled", 100ms));
        call.raw().close();
        const auto cancelled = backend.expect("notifications/cancelled");
        EXPECT_EQ(cancelled->raw("params.requestId"), asked->id());
        cancelled->accept();
    }
    settle();
}

TEST_F(modern, a_connection_serves_one_request_after_the_other) {
    start();
    fakes::http_client connection(gateway->port());
    for (int i = 0; i < 3; ++i) {
        const auto r = call_of_t(std::to_string(i));
        connection.send("POST",
                        "Content-Type: application/json\r\nMCP-Protocol-Version: 2026-07-28\r\nMcp-Method: "
                        "tools/call\r\nMcp-Name: b_t\r\n",
                        body_of(r));
        if (i == 0)
            backend.handshake();
        backend.expect("tools/call")->result(R"({"content":[]})");
        EXPECT_EQ(member(connection.response().body, "id"), r.id);
    }
}

TEST_F(modern, refusals_have_the_status_and_code_of_the_revision) {
    start();
    const auto code = [&](const modern_request& r) {
        const auto answer = post(r);
        return fmt::format("{} {} {}", answer.status(), member(answer.body, "error.code"),
                           member(answer.body, "id"));
    };
    for (const auto* const method : {"initialize", "ping", "logging/setLevel", "resources/subscribe",
                                     "resources/unsubscribe", "made/up"})
        EXPECT_EQ(code({.method = method, .id = "7"}), "404 -32601 7") << method;
    EXPECT_EQ(code({.method = "tools/list", .id = "7", .version = "2099-01-01"}), "400 -32022 7");
    EXPECT_EQ(code({.method = "tools/call", .params = R"("name":"b_t")", .name = "b_x", .id = "7"}),
              "400 -32020 7");
    EXPECT_EQ(code({.method = "tools/call", .params = R"("name":"nope")", .name = "nope", .id = "7"}),
              "200 -32602 7");
    EXPECT_EQ(code({.method = "tools/list", .params = R"("cursor":"")", .id = "7"}), "200 -32602 7");
}

TEST_F(modern, a_resource_that_is_not_there_is_an_invalid_parameter) {
    start();
    auto read = send({.method = "resources/read", .params = R"("uri":"x:1")", .name = "x:1"});
    backend.handshake("s-1", R"({"resources":{}})");
    const auto asked = backend.expect("resources/read");
    asked->answer(
        200,
        fmt::format(R"({{"jsonrpc":"2.0","id":{},"error":{{"code":-32002,"message":"no"}}}})", asked->id()),
        "Content-Type: application/json\r\n");
    const auto answer = read.response();
    EXPECT_EQ(answer.status(), 200U);
    EXPECT_EQ(member(answer.body, "error.code"), "-32602");
    EXPECT_EQ(member(answer.body, "error.data.uri"), "\"x:1\"");
}

TEST_F(modern, what_cannot_be_read_is_refused_without_an_id) {
    start();
    fakes::http_client c(gateway->port());
    c.send("POST", "Content-Type: application/json\r\nMCP-Protocol-Version: 2026-07-28\r\n", "{");
    const auto answer = c.response();
    EXPECT_EQ(answer.status(), 400U);
    EXPECT_EQ(member(answer.body, "error.code"), "-32700");
    EXPECT_EQ(member(answer.body, "id"), "");
    for (const auto* const method : {"GET", "DELETE"}) {
        fakes::http_client other(gateway->port());
        other.send(method, "Accept: text/event-stream\r\nMCP-Protocol-Version: 2026-07-28\r\n", "");
        const auto refused = other.response();
        EXPECT_EQ(refused.status(), 405U);
        EXPECT_EQ(refused.field("allow"), "POST");
    }
}

TEST_F(modern, what_the_revision_says_of_a_result_is_said_once_and_by_the_gateway) {
    start();
    auto read = send({.method = "resources/read", .params = R"("uri":"x:1")", .name = "x:1"});
    backend.handshake("s-1", R"({"resources":{}})");
    backend.expect("resources/read")
        ->result(R"({"contents":[],"ttlMs":9,"cacheScope":"public","resultType":"complete",)"
                 R"("_meta":{"io.modelcontextprotocol\/serverInfo":{"name":"other","version":"1"},"k":1}})");
    const auto answer = read.response();
    const auto times = [&](std::string_view text, std::string_view wanted) {
        std::size_t n = 0;
        for (auto at = text.find(wanted); at != std::string_view::npos; at = text.find(wanted, at + 1))
            ++n;
        return n;
    };
    EXPECT_EQ(member(answer.body, "result.cacheScope"), "\"private\"");
    EXPECT_EQ(member(answer.body, "result.ttlMs"), "0");
    EXPECT_EQ(member(answer.body, "result._meta.k"), "1");
    for (const auto* const once : {"ttlMs", "cacheScope", "resultType", "\"_meta\"", "serverInfo"})
        EXPECT_EQ(times(answer.body, once), 1U) << once << answer.body;
    EXPECT_EQ(times(answer.body, "other"), 0U);

    auto call = send(call_of_t());
    backend.expect("tools/call")->result(R"({"_meta":null,"content":[],"ttlMs":9})");
    const auto called = call.response();
    EXPECT_EQ(times(called.body, "\"_meta\""), 1U) << called.body;
    EXPECT_NE(called.body.find("serverInfo"), std::string::npos);
    EXPECT_EQ(member(called.body, "result.ttlMs"), "9") << "of such a result it is the backend's own";
}

TEST_F(modern, fields_that_repeat_the_body_do_so_once_and_as_they_are) {
    start();
    const auto code = [&](std::string_view more, const modern_request& r) {
        fakes::http_client c(gateway->port());
        c.send("POST",
               fmt::format("Content-Type: application/json\r\nAccept: application/json, "
                           "text/event-stream\r\nMCP-Protocol-Version: {}\r\n{}",
                           r.version, more),
               body_of(r));
        const auto answer = c.response();
        return fmt::format("{} {}", answer.status(), member(answer.body, "error.code"));
    };
    const modern_request list{.method = "tools/list"};
    EXPECT_EQ(code("Mcp-Method: tools/list\r\n", list), "200 ");
    EXPECT_EQ(code("Mcp-Method: tools/list\r\nMCP-Protocol-Version: 2025-11-25\r\n", list), "400 -32020");
    EXPECT_EQ(code("Mcp-Method: =?base64?dG9vbHMvbGlzdA==?=\r\n", list), "400 -32020");
    EXPECT_EQ(code("Mcp-Method: tools/list\r\nMcp-Method: tools/call\r\n", list), "400 -32020");
    EXPECT_EQ(code("Mcp-Method: tools/call\r\nMcp-Name: b_t\r\nMcp-Name: b_u\r\n", call_of_t()),
              "400 -32020");
    const modern_request unknown{.method = "no/such", .meta = R"("io.modelcontextprotocol/logLevel":"loud")"};
    EXPECT_EQ(code("Mcp-Method: no/such\r\n", unknown), "404 -32601");
    const modern_request loud{.method = "tools/list", .meta = R"("io.modelcontextprotocol/logLevel":"loud")"};
    EXPECT_EQ(code("Mcp-Method: tools/list\r\n", loud), "200 -32602");
}

TEST_F(modern, a_revision_that_does_not_exist_is_told_whatever_the_length_of_the_body) {
    start();
    for (const std::size_t length : {std::size_t{10}, std::size_t{20'000}}) {
        const auto answer = post({.method = "tools/list",
                                  .params = fmt::format(R"("x":"{}")", std::string(length, 'x')),
                                  .version = "1900-01-01"});
        EXPECT_EQ(answer.status(), 400U);
        EXPECT_EQ(member(answer.body, "error.code"), "-32022") << length;
        EXPECT_EQ(member(answer.body, "error.data.supported"), R"(["2026-07-28"])");
        fakes::http_client legacy(gateway->port());
        legacy.send("POST",
                    "Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n"
                    "MCP-Protocol-Version: 1900-01-01\r\n",
                    fmt::format(R"({{"jsonrpc":"2.0","id":1,"method":"ping","params":{{"x":"{}"}}}})",
                                std::string(length, 'x')));
        EXPECT_EQ(member(legacy.response().body, "error.code"), "-32000") << length;
    }
}

} // namespace
} // namespace wire
