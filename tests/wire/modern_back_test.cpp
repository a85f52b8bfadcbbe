// A backend of the stateless revision behind the gateway: what it is sent, and what its clients, with sessions or without, are told.
#include "tests/wire/modern_world.hpp"

namespace wire {
namespace {

constexpr std::string_view can_all = R"({"sampling":{},"elicitation":{"form":{},"url":{}},"roots":{}})";
constexpr std::string_view reserved = "io.modelcontextprotocol/";

class modern_back : public modern {
protected:
    void begin(const tune& adjust = {}) {
        backend.refuse_discover = false;
        start([&](vmcp::config& c) {
            c.backends.front().era = vmcp::backend_era::modern;
            if (adjust)
                adjust(c);
        });
    }
    // A member of the envelope of a request.
    static std::string of_meta(const fakes::backend_request& asked, std::string_view name) {
        return std::string(
            vmcp::json_member(asked->raw("params._meta"), std::string(reserved).append(name), 100).raw);
    }
    // Lists as they are read after each start: the answers to discover, to the four lists.
    void lists(std::string_view tools, std::string_view more = R"(,"resources":{"subscribe":true})") {
        auto reading = gateway->fetch_lists();
        backend.expect("server/discover")
            ->result(fmt::format(
                R"({{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{{"tools":{{}}{}}}}})",
                more));
        backend.expect("tools/list")
            ->result(fmt::format(R"({{"resultType":"complete","tools":{},"ttlMs":0,"cacheScope":"private"}})",
                                 tools));
        if (!more.empty()) {
            backend.expect("resources/list")
                ->result(R"({"resultType":"complete","resources":[{"uri":"a:1","name":"a"}]})");
            backend.expect("resources/templates/list")
                ->result(R"({"resultType":"complete","resourceTemplates":[]})");
        }
        ASSERT_TRUE(world::eventually([&] { return reading.wait_for(0s) == std::future_status::ready; }));
        auto read = reading.get();
        ASSERT_TRUE(read) << read.error().message();
        listed = *std::move(read);
    }
    vmcp::backend_lists listed{};
};

TEST_F(modern_back, a_call_is_one_request_that_says_everything) {
    begin();
    const auto c = client("2025-11-25", can_all);
    auto call =
        c.start(tool_call("\"x\"", "b_t", R"({"n":1e2})", R"({"progressToken":"p","traceparent":"00-1"})"));
    const auto asked = backend.expect("tools/call");
    EXPECT_EQ(asked->request.field("mcp-protocol-version"), "2026-07-28");
    EXPECT_EQ(asked->request.field("mcp-method"), "tools/call");
    EXPECT_EQ(asked->request.field("mcp-name"), "t");
    EXPECT_FALSE(asked->request.has("mcp-session-id"));
    EXPECT_EQ(of_meta(asked, "protocolVersion"), "\"2026-07-28\"");
    EXPECT_EQ(of_meta(asked, "clientCapabilities"),
              R"({"sampling":{},"elicitation":{"form":{},"url":{}},"roots":{}})");
    EXPECT_EQ(member(of_meta(asked, "clientInfo"), "name"), "\"vmcp\"");
    EXPECT_EQ(of_meta(asked, "logLevel"), "");
    EXPECT_EQ(asked->raw("params._meta.progressToken"), asked->id());
    EXPECT_EQ(asked->raw("params._meta.traceparent"), "\"00-1\"");
    EXPECT_EQ(asked->raw("params.arguments"), R"({"n":1e2})");
    asked->result(R"({"resultType":"complete","content":[],"y":1e2})");
    EXPECT_EQ(call.response().body, response("\"x\"", R"({"content":[],"y":1e2})"));
    EXPECT_EQ(backend.count("initialize"), 0U);
}

TEST_F(modern_back, what_belongs_to_a_call_comes_on_its_stream) {
    begin();
    const auto c = client();
    EXPECT_EQ(c.post(R"({"jsonrpc":"2.0","id":1,"method":"logging/setLevel","params":{"level":"warning"}})")
                  .status(),
              200U);
    auto call = c.start(tool_call("1", "b_t", "{}", R"({"progressToken":"p"})"));
    const auto asked = backend.expect("tools/call");
    EXPECT_EQ(of_meta(asked, "logLevel"), "\"warning\"");
    asked->start_events();
    for (const auto* const progress : {"1", "2", "2", "1.5", "3"})
        asked->event(fmt::format(
            R"({{"jsonrpc":"2.0","method":"notifications/progress","params":{{"progressToken":{},"progress":{}}}}})",
            asked->id(), progress));
    asked->event(R"({"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":1}})");
    asked->event(R"({"jsonrpc":"2.0","method":"notifications/message","params":{"level":"error","data":2}})");
    asked->event(
        R"({"jsonrpc":"2.0","id":0,"method":"sampling/createMessage","params":{}})"); // does not belong there
    asked->event(response(asked->id(), R"({"resultType":"complete"})"));
    asked->end_events();
    EXPECT_EQ(call.head().status(), 200U);
    auto events = call.events();
    for (const auto* const progress : {"1", "2", "3"}) {
        const auto one = events.message()->data;
        EXPECT_EQ(member(one, "params.progressToken"), "\"p\"");
        EXPECT_EQ(member(one, "params.progress"), progress);
    }
    EXPECT_EQ(member(events.message()->data, "params.data"), "2");
    EXPECT_EQ(events.message()->data, response("1", "{}"));
    EXPECT_FALSE(backend.has("answer", 50ms));
}

TEST_F(modern_back, who_cancels_closes_the_request) {
    begin();
    const auto c = client();
    auto call = c.start(tool_call("7", "b_t"));
    const auto asked = backend.expect("tools/call");
    EXPECT_EQ(
        c.post(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}})").status(),
        202U);
    asked->connection().expect_end();
    EXPECT_EQ(backend.count("notifications/cancelled"), 0U) << "there is no such message over HTTP";
    settle();
}

TEST_F(modern_back, a_stream_that_breaks_is_not_resumed) {
    begin();
    const auto c = client();
    auto call = c.start(tool_call("1", "b_t"));
    const auto asked = backend.expect("tools/call");
    asked->start_events();
    asked->event(R"({"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":1}})",
                 "id-1");
    asked->end_events();
    const auto answer = call.response();
    EXPECT_NE(answer.body.find("-32603"), std::string::npos) << answer.body;
    EXPECT_EQ(backend.count("GET"), 0U);
    EXPECT_EQ(backend.count("tools/call"), 0U) << "nobody knows whether it was executed";
}

// ---- input

TEST_F(modern_back, a_client_with_sessions_is_asked_on_the_stream_of_its_call) {
    begin();
    const auto c = client("2025-11-25", can_all);
    auto call = c.start(tool_call("1", "b_t", R"({"a":1})"));
    const auto first = backend.expect("tools/call");
    first->result(R"({"resultType":"input_required","requestState":"s\u0031","inputRequests":{)"
                  R"("k":{"method":"elicitation/create","params":{"message":"Name?","requestedSchema":{}}},)"
                  R"("r":{"method":"roots/list"}}})");
    EXPECT_EQ(call.head().status(), 200U);
    auto events = call.events();
    const auto elicit = events.message()->data;
    EXPECT_EQ(member(elicit, "method"), "\"elicitation/create\"");
    EXPECT_EQ(member(elicit, "params"), R"({"message":"Name?","requestedSchema":{}})");
    const auto roots = events.message()->data;
    EXPECT_EQ(member(roots, "method"), "\"roots/list\"");
    EXPECT_EQ(c.post(response(member(roots, "id"), R"({"roots":[]})")).status(), 202U);
    EXPECT_FALSE(backend.has("tools/call", 50ms)) << "one answer is missing";
    EXPECT_EQ(c.post(response(member(elicit, "id"), R"({"action":"accept","content":{"n":1e2}})")).status(),
              202U);

    const auto second = backend.expect("tools/call");
    EXPECT_NE(second->id(), first->id());
    EXPECT_EQ(second->raw("params.requestState"), R"("s\u0031")");
    EXPECT_EQ(second->raw("params.inputResponses"),
              R"({"k":{"action":"accept","content":{"n":1e2}},"r":{"roots":[]}})");
    EXPECT_EQ(second->raw("params.arguments"), R"({"a":1})");
    EXPECT_EQ(second->request.field("mcp-name"), "t");
    // Another round, without a state: none is echoed.
    second->result(
        R"({"resultType":"input_required","inputRequests":{"u":{"method":"elicitation/create","params":)"
        R"({"mode":"url","message":"m","url":"https://example.com"}}}})");
    const auto visit = events.message()->data;
    EXPECT_NE(member(visit, "params.elicitationId"), "") << "clients of 2025-11-25 want one";
    EXPECT_EQ(c.post(response(member(visit, "id"), R"({"action":"decline"})")).status(), 202U);
    const auto third = backend.expect("tools/call");
    EXPECT_EQ(third->raw("params.requestState"), "");
    EXPECT_EQ(third->raw("params.inputResponses"), R"({"u":{"action":"decline"}})");
    third->result(R"({"resultType":"complete","content":[]})");
    EXPECT_EQ(events.message()->data, response("1", R"({"content":[]})"));
}

TEST_F(modern_back, a_client_without_sessions_is_asked_by_the_answer_and_cannot_read_the_state) {
    begin();
    auto call = call_of_t();
    call.capabilities = R"({"elicitation":{}})";
    auto first = send(call);
    backend.expect("tools/call")
        ->result(R"({"resultType":"input_required","requestState":"of the backend","inputRequests":{)"
                 R"("k":{"method":"elicitation/create","params":{"message":"Name?"}}}})");
    const auto asked = first.response().body;
    EXPECT_EQ(member(asked, "result.resultType"), "\"input_required\"");
    const auto state = member(asked, "result.requestState");
    EXPECT_EQ(state.find("of the backend"), std::string::npos);
    const auto requests = member(asked, "result.inputRequests");
    EXPECT_NE(requests.find("Name?"), std::string::npos);
    const auto key = requests.substr(1, requests.find(':') - 1);

    auto retry = call;
    retry.id = "2";
    retry.params +=
        fmt::format(R"(,"inputResponses":{{{}:{{"action":"decline"}}}},"requestState":{})", key, state);
    auto tampered = retry;
    tampered.params.insert(tampered.params.rfind('"'), "x");
    EXPECT_EQ(member(post(tampered).body, "error.code"), "-32602");
    auto second = send(retry);
    const auto again = backend.expect("tools/call");
    EXPECT_EQ(again->raw("params.requestState"), "\"of the backend\"");
    EXPECT_EQ(again->raw("params.inputResponses"), R"({"k":{"action":"decline"}})");
    again->result(R"({"resultType":"complete","content":[]})");
    EXPECT_EQ(member(second.response().body, "result.resultType"), "\"complete\"");
    EXPECT_EQ(member(post(retry).body, "error.code"), "-32602") << "good once";
}

TEST_F(modern_back, answers_that_are_given_unasked_reach_the_backend) {
    begin();
    for (const auto* const capabilities : {"{}", R"({"elicitation":{}})"}) {
        auto call = call_of_t();
        call.capabilities = capabilities;
        auto odd = call;
        call.params += R"(,"inputResponses":{"k":{"action":"accept"}})";
        auto first = send(call);
        const auto asked = backend.expect("tools/call");
        EXPECT_EQ(asked->raw("params.inputResponses"), R"({"k":{"action":"accept"}})");
        EXPECT_EQ(asked->raw("params.requestState"), "");
        asked->result(R"({"resultType":"complete","content":[]})");
        EXPECT_EQ(member(first.response().body, "result.resultType"), "\"complete\"");

        odd.params += R"(,"inputResponses":7)";
        auto second = send(odd);
        const auto without = backend.expect("tools/call");
        EXPECT_EQ(without->raw("params.inputResponses"), "");
        without->result(R"({"resultType":"complete","content":[]})");
        EXPECT_EQ(second.response().status(), 200U);
    }
}

TEST_F(modern_back, who_cannot_be_asked_is_told_so) {
    begin();
    constexpr std::string_view wants =
        R"({"resultType":"input_required","inputRequests":{"k":{"method":"sampling/createMessage","params":{}}}})";
    const auto c = client();
    auto call = c.start(tool_call("1", "b_t"));
    backend.expect("tools/call")->result(wants);
    EXPECT_EQ(call.head().status(), 200U);
    const auto answer = call.events().message()->data;
    EXPECT_EQ(member(answer, "result.isError"), "true") << answer;

    auto stateless = send(call_of_t());
    backend.expect("tools/call")->result(wants);
    const auto refused = stateless.response();
    EXPECT_EQ(refused.status(), 400U);
    EXPECT_EQ(member(refused.body, "error.code"), "-32021") << refused.body;

    // A backend that looks itself: the error is the client's where it lacks that, and names it to a client with sessions.
    auto third = c.start(tool_call("2", "b_t"));
    const auto looked = backend.expect("tools/call");
    looked->answer(400,
                   fmt::format(R"({{"jsonrpc":"2.0","id":{},"error":{{"code":-32021,"message":"m","data":)"
                               R"({{"requiredCapabilities":{{"sampling":{{}}}}}}}}}})",
                               looked->id()));
    EXPECT_NE(third.response().body.find("sampling"), std::string::npos);
}

TEST_F(modern_back, results_of_an_unknown_type_are_not_passed_on) {
    begin();
    for (const auto* const odd :
         {R"({"resultType":"task","taskId":"1"})", R"({"resultType":"input_required"})",
          R"({"resultType":"input_required","inputRequests":{"a":{"method":"tools/call"}}})"}) {
        const auto c = client();
        auto call = c.start(tool_call("1", "b_t"));
        backend.expect("tools/call")->result(odd);
        EXPECT_EQ(member(call.response().body, "error.code"), "-32603") << odd;
    }
}

// ---- lists and headers

TEST_F(modern_back, lists_are_read_one_after_the_other) {
    begin();
    lists(
        R"([{"name":"t","inputSchema":{"type":"object"}},)"
        R"({"name":"bad","inputSchema":{"type":"object","properties":{"a":{"type":"number","x-mcp-header":"A"}}}}])");
    ASSERT_EQ(listed.tools.size(), 1U);
    EXPECT_EQ(listed.tools.front().key, "t");
    ASSERT_EQ(listed.dropped.size(), 1U);
    EXPECT_NE(listed.dropped.front().reason.find("x-mcp-header"), std::string::npos);
    EXPECT_EQ(listed.resources.size(), 1U);
}

TEST_F(modern_back, arguments_are_repeated_as_the_newest_list_says) {
    begin();
    const auto with = [](std::string_view header) {
        return fmt::format(
            R"([{{"name":"t","inputSchema":{{"type":"object","properties":{{"r":{{"type":"string","x-mcp-header":"{}"}}}}}}}}])",
            header);
    };
    lists(with("Region"), "");
    const auto c = client();
    auto call = c.start(tool_call("1", "b_t", R"({"r":"eu"})"));
    const auto asked = backend.expect("tools/call");
    EXPECT_EQ(asked->request.field("mcp-param-region"), "eu");
    // The tool has changed since.
    asked->answer(
        400,
        fmt::format(
            R"({{"jsonrpc":"2.0","id":{},"error":{{"code":-32020,"message":"Mcp-Param-Zone is missing"}}}})",
            asked->id()));
    backend.expect("tools/list")
        ->result(fmt::format(R"({{"resultType":"complete","tools":{}}})", with("Zone")));
    const auto again = backend.expect("tools/call");
    EXPECT_EQ(again->request.field("mcp-param-zone"), "eu");
    EXPECT_FALSE(again->request.has("mcp-param-region"));
    again->result(R"({"resultType":"complete"})");
    EXPECT_EQ(call.response().body, response("1", "{}"));
    EXPECT_EQ(gateway->lists_changed(), 1U);
}

// ---- what it tells

class modern_back_tells : public modern_back {
protected:
    // The stream that is asked for next, acknowledged as it was asked for.
    fakes::backend_request acknowledged() {
        auto asked = backend.expect("subscriptions/listen");
        asked->start_events();
        tell(asked, "notifications/subscriptions/acknowledged",
             R"("notifications":)" + asked->raw("params.notifications"));
        return asked;
    }
    static void tell(const fakes::backend_request& on, std::string_view method, std::string_view params) {
        on->event(fmt::format(
            R"({{"jsonrpc":"2.0","method":"{}","params":{{{}{}"_meta":{{"{}subscriptionId":{}}}}}}})", method,
            params, params.empty() ? "" : ",", reserved, on->id()));
    }
    static std::string subscribe(std::string_view id, std::string_view uri,
                                 std::string_view verb = "subscribe") {
        return fmt::format(R"({{"jsonrpc":"2.0","id":{},"method":"resources/{}","params":{{"uri":"{}"}}}})",
                           id, verb, uri);
    }
    void publish() {
        listed.resources = {{"a:1", R"({"uri":"a:1","name":"a"})"}, {"a:2", R"({"uri":"a:2","name":"b"})"}};
        listed.tools = fakes::tools("b", {"t"}).tools;
        gateway->publish({listed});
    }
};

TEST_F(modern_back_tells, changes_of_its_lists) {
    begin();
    auto reading = gateway->fetch_lists();
    backend.expect("server/discover")
        ->result(
            R"({"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"tools":{"listChanged":true}}})");
    auto listening = backend.expect("subscriptions/listen");
    EXPECT_EQ(listening->raw("params.notifications"), R"({"toolsListChanged":true})");
    backend.expect("tools/list")->result(R"({"resultType":"complete","tools":[]})");
    listening->start_events();
    tell(listening, "notifications/subscriptions/acknowledged",
         R"("notifications":{"toolsListChanged":true})");
    tell(listening, "notifications/tools/list_changed", "");
    EXPECT_TRUE(world::eventually([&] { return gateway->lists_changed() == 1; }));

    // What happened after a break was heard by nobody.
    listening->close();
    acknowledged();
    EXPECT_TRUE(world::eventually([&] { return gateway->lists_changed() == 2; }));
    ASSERT_TRUE(reading.get());
}

TEST_F(modern_back_tells, updates_of_resources_to_those_who_subscribed) {
    begin();
    lists("[]");
    publish();
    const auto c = client();
    auto stream = c.listen();
    auto heard = stream.events();
    auto subscribing = c.start(subscribe("1", "a:1"));
    const auto first = acknowledged();
    EXPECT_EQ(first->raw("params.notifications"), R"({"resourceSubscriptions":["a:1"]})");
    EXPECT_EQ(subscribing.response().body, response("1", "{}"));
    tell(first, "notifications/resources/updated", R"("uri":"a:1")");
    EXPECT_EQ(heard.message()->data,
              R"({"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"a:1"}})");

    // Another wish is another stream; the first one is closed when that is there.
    auto more = c.start(subscribe("2", "a:2"));
    auto second = backend.expect("subscriptions/listen");
    EXPECT_EQ(second->raw("params.notifications"), R"({"resourceSubscriptions":["a:1","a:2"]})");
    tell(first, "notifications/resources/updated", R"("uri":"a:1")");
    EXPECT_EQ(member(heard.message()->data, "params.uri"), "\"a:1\"") << "heard until then";
    second->start_events();
    tell(second, "notifications/subscriptions/acknowledged",
         R"("notifications":{"resourceSubscriptions":["a:1","a:2"]})");
    EXPECT_EQ(more.response().body, response("2", "{}"));
    first->connection().expect_end();
    tell(second, "notifications/resources/updated", R"("uri":"a:2")");
    EXPECT_EQ(member(heard.message()->data, "params.uri"), "\"a:2\"");

    // After a gap everybody is told to look.
    second->close();
    const auto third = acknowledged();
    std::vector<std::string> told{member(heard.message()->data, "params.uri"),
                                  member(heard.message()->data, "params.uri")};
    std::ranges::sort(told);
    EXPECT_EQ(told, (std::vector<std::string>{"\"a:1\"", "\"a:2\""}));

    EXPECT_EQ(c.post(subscribe("3", "a:1", "unsubscribe")).body, response("3", "{}"));
    EXPECT_EQ(c.post(subscribe("4", "a:2", "unsubscribe")).body, response("4", "{}"));
    third->connection().expect_end();
}

TEST_F(modern_back_tells, nothing_that_was_not_granted) {
    begin();
    lists("[]");
    publish();
    const auto c = client();
    auto subscribing = c.start(subscribe("1", "a:1"));
    auto asked = backend.expect("subscriptions/listen");
    asked->start_events();
    tell(asked, "notifications/subscriptions/acknowledged", R"("notifications":{})");
    EXPECT_NE(member(subscribing.response().body, "error.code"), "");

    auto refused = c.start(subscribe("2", "a:2"));
    asked = backend.expect("subscriptions/listen");
    asked->answer(
        404,
        fmt::format(R"({{"jsonrpc":"2.0","id":{},"error":{{"code":-32601,"message":"Method not found"}}}})",
                    asked->id()));
    EXPECT_NE(member(refused.response().body, "error.code"), "");
}

} // namespace
} // namespace wire
