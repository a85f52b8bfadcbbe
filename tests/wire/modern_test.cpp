// Clients of the stateless revision in front of backends with sessions: what they are answered, what the backends see, and
// calls that wait for a client between two of its requests.
#include "tests/wire/wire_test_world.hpp"
#include "vmcp/base/json_cursor.hpp"

#include <optional>

namespace wire {
namespace {

std::string member(std::string_view json, std::string_view path) {
    std::string_view at = json;
    while (!path.empty()) {
        const auto dot = std::min(path.find('.'), path.size());
        at = vmcp::json_member(at, path.substr(0, dot), 100).raw;
        path.remove_prefix(std::min(dot + 1, path.size()));
    }
    return std::string(at);
}

struct modern_request {
    std::string method{};
    std::string params{}; // members beside _meta
    std::string name{};   // Mcp-Name; empty: none
    std::string id = "1";
    std::string capabilities = "{}";
    std::string meta{}; // more members of _meta
    std::string version = "2026-07-28";
    std::string accept = "application/json, text/event-stream";
};

modern_request call_of_t(std::string id = "1") {
    return {.method = "tools/call",
            .params = R"("name":"b_t","arguments":{"a":1})",
            .name = "b_t",
            .id = std::move(id)};
}

class modern : public one_backend {
protected:
    std::string body_of(const modern_request& r) const {
        return fmt::format(
            R"({{"jsonrpc":"2.0","id":{},"method":"{}","params":{{"_meta":{{"io.modelcontextprotocol/protocolVersion":"{}",)"
            R"("io.modelcontextprotocol/clientCapabilities":{}{}{}}}{}{}}}}})",
            r.id, r.method, r.version, r.capabilities, r.meta.empty() ? "" : ",", r.meta,
            r.params.empty() ? "" : ",", r.params);
    }
    fakes::http_client send(const modern_request& r) const {
        fakes::http_client out(gateway->port());
        out.send(
            "POST",
            fmt::format(
                "Content-Type: application/json\r\nAccept: {}\r\nMCP-Protocol-Version: {}\r\nMcp-Method: "
                "{}\r\n{}{}{}",
                r.accept, r.version, r.method, r.name.empty() ? "" : "Mcp-Name: ", r.name,
                r.name.empty() ? "" : "\r\n"),
            body_of(r));
        return out;
    }
    fakes::http_message post(const modern_request& r) const { return send(r).response(); }
};

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

// ---- questions ----

class parked : public modern {
protected:
    static constexpr std::string_view can = R"({"elicitation":{},"sampling":{}})";

    modern_request asking(std::string id = "1") const {
        auto out = call_of_t(std::move(id));
        out.capabilities = can;
        return out;
    }
    modern_request retry(std::string_view state, std::string_view answers, std::string id = "2") const {
        auto out = asking(std::move(id));
        out.params += fmt::format(R"(,"requestState":{},"inputResponses":{})", state, answers);
        return out;
    }
    // A call whose backend has asked; what the client was answered.
    struct waiting {
        fakes::backend_request asked{};
        std::string answer{};
        [[nodiscard]] std::string state() const { return member(answer, "result.requestState"); }
    };
    waiting begin(std::string_view question = R"("q9")", std::string_view method = "elicitation/create") {
        auto call = send(asking());
        const auto hello = backend.expect("initialize");
        EXPECT_EQ(hello->raw("params.capabilities"), R"({"sampling":{},"elicitation":{}})");
        hello->result(
            R"({"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"x","version":"1"}})",
            "Mcp-Session-Id: s\r\n");
        backend.expect("notifications/initialized")->accept();
        const auto asked = backend.expect("tools/call");
        asked->start_events();
        ask(asked, question, method);
        return {asked, call.response().body};
    }
    static void ask(const fakes::backend_request& of, std::string_view id, std::string_view method) {
        of->event(fmt::format(
            R"({{"jsonrpc":"2.0","id":{},"method":"{}","params":{{"_meta":{{"progressToken":1}},"message":"m"}}}})",
            id, method));
    }
    void finish(const fakes::backend_request& asked, std::string_view result = R"({"content":[]})") {
        asked->event(response(asked->id(), result));
        asked->end_events();
    }
};

TEST_F(parked, a_question_ends_the_request_and_its_retry_goes_on) {
    start();
    const auto w = begin();
    EXPECT_EQ(member(w.answer, "result.resultType"), "\"input_required\"");
    EXPECT_EQ(member(w.answer, "result.inputRequests.q1"),
              R"({"method":"elicitation/create","params":{"message":"m"}})");

    auto again = send(retry(w.state(), R"({"q1":{"action":"accept","content":{"n":1e2}}})", "\"r\""));
    const auto answer = backend.expect("answer");
    EXPECT_EQ(answer->raw("id"), "\"q9\"");
    EXPECT_EQ(answer->raw("result"), R"({"action":"accept","content":{"n":1e2}})");
    answer->accept();
    finish(w.asked, R"({"content":[],"done":true})");
    const auto last = again.response();
    EXPECT_EQ(member(last.body, "id"), "\"r\"");
    EXPECT_EQ(member(last.body, "result.resultType"), "\"complete\"");
    EXPECT_EQ(member(last.body, "result.done"), "true");
    EXPECT_EQ(backend.count("tools/call"), 0U) << "the backend is called once";
}

TEST_F(parked, several_rounds_and_questions_without_an_answer) {
    start();
    const auto w = begin();
    // A retry that answers something else is asked again.
    const auto again = post(retry(w.state(), R"({"other":{}})"));
    EXPECT_EQ(member(again.body, "result.resultType"), "\"input_required\"");
    const auto state = member(again.body, "result.requestState");
    auto next = send(retry(state, R"({"q1":{"action":"decline"}})"));
    backend.expect("answer")->accept();
    ask(w.asked, "10", "sampling/createMessage");
    const auto second = next.response();
    EXPECT_EQ(member(second.body, "result.inputRequests.q2.method"), "\"sampling/createMessage\"");
    auto last = send(retry(member(second.body, "result.requestState"), R"({"q2":{"role":"assistant"}})"));
    const auto answer = backend.expect("answer");
    EXPECT_EQ(answer->raw("id"), "10");
    answer->accept();
    finish(w.asked);
    EXPECT_EQ(member(last.response().body, "result.resultType"), "\"complete\"");
}

TEST_F(parked, a_state_leads_its_own_request_back_once_and_nothing_else) {
    start();
    const auto w = begin();
    const auto refused = [&](const modern_request& r) {
        const auto answer = post(r);
        return fmt::format("{} {}", answer.status(), member(answer.body, "error.code"));
    };
    const std::string good = R"({"q1":{"action":"cancel"}})";
    auto changed = w.state();
    changed[changed.size() / 2] = changed[changed.size() / 2] == 'A' ? 'B' : 'A';
    EXPECT_EQ(refused(retry(changed, good)), "200 -32602");
    EXPECT_EQ(refused(retry("\"made up\"", good)), "200 -32602");
    EXPECT_EQ(refused(retry("7", good)), "200 -32602");
    auto other = retry(w.state(), good);
    other.params.replace(other.params.find(R"("a":1)"), 5, R"("a":2)");
    EXPECT_EQ(refused(other), "200 -32602");
    EXPECT_EQ(refused(retry(w.state(), R"({"q1":7})")), "200 -32602") << "no answer";
    // None of them did any harm.
    auto right = send(retry(w.state(), good));
    backend.expect("answer")->accept();
    finish(w.asked);
    EXPECT_EQ(member(right.response().body, "result.resultType"), "\"complete\"");
    EXPECT_EQ(refused(retry(w.state(), good)), "200 -32602") << "used before";
}

TEST_F(parked, a_client_that_cannot_be_asked_is_not) {
    start();
    auto call = send(call_of_t());
    backend.handshake();
    const auto asked = backend.expect("tools/call");
    asked->start_events();
    ask(asked, "9", "elicitation/create");
    const auto answer = backend.expect("answer");
    EXPECT_EQ(answer->raw("error.code"), "-32601");
    answer->accept();
    finish(asked);
    EXPECT_EQ(call.head().status(), 200U);
}

TEST_F(parked, what_the_backend_takes_back_is_not_asked) {
    start();
    const auto w = begin();
    w.asked->event(
        R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"q9","reason":"late"}})");
    finish(w.asked, R"({"content":[],"gone":1})");
    ASSERT_TRUE(world::eventually([&] { return gateway->calls_ended() == 1; }));
    const auto answer = post(retry(w.state(), R"({"q1":{"action":"accept"}})"));
    EXPECT_EQ(member(answer.body, "result.gone"), "1");
    EXPECT_FALSE(backend.has("answer", 50ms));
}

// ---- subscriptions ----

TEST_F(modern, a_subscription_begins_with_what_it_will_deliver_and_tags_all_of_it) {
    start();
    auto stream = send({.method = "subscriptions/listen",
                        .params = R"("notifications":{"toolsListChanged":true,"promptsListChanged":false})",
                        .id = "\"sub\""});
    EXPECT_EQ(stream.head().field("content-type"), "text/event-stream");
    auto events = stream.events();
    EXPECT_EQ(
        events.message()->data,
        R"({"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{"_meta":{)"
        R"("io.modelcontextprotocol/subscriptionId":"sub"},"notifications":{"toolsListChanged":true}}})");
    gateway->publish({fakes::tools("b", {"t", "u"})});
    EXPECT_EQ(events.message()->data,
              R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed","params":{"_meta":{)"
              R"("io.modelcontextprotocol/subscriptionId":"sub"}}})");
}

TEST_F(modern, a_subscription_to_nothing_is_over_at_once) {
    start();
    auto stream = send({.method = "subscriptions/listen", .params = R"("notifications":{})", .id = "7"});
    EXPECT_EQ(stream.head().status(), 200U);
    auto events = stream.events();
    EXPECT_EQ(member(events.message()->data, "params.notifications"), "{}");
    EXPECT_EQ(events.message()->data, R"({"jsonrpc":"2.0","id":7,"result":{"resultType":"complete","_meta":{)"
                                      R"("io.modelcontextprotocol/subscriptionId":7}}})");
    EXPECT_FALSE(events.next());
    EXPECT_EQ(member(post({.method = "subscriptions/listen", .params = R"("notifications":[])"}).body,
                     "error.code"),
              "-32602");
}

} // namespace
} // namespace wire
