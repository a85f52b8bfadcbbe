// Calls that wait for a stateless client between two of its requests.
#include "tests/wire/modern_world.hpp"

#include <functional>

namespace wire {
namespace {

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
    static void ask(const fakes::backend_request& request, std::string_view id, std::string_view method) {
        request->event(fmt::format(
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

TEST_F(parked, a_retry_may_spell_its_request_otherwise) {
    start();
    const auto w = begin();
    auto again = retry(w.state(), R"({"q1":{"action":"cancel"}})");
    again.params.replace(again.params.find(R"("arguments":{"a":1})"), 19,
                         R"("arguments": { "\u0061" : 1.0 })");
    auto right = send(again);
    backend.expect("answer")->accept();
    finish(w.asked);
    EXPECT_EQ(member(right.response().body, "result.resultType"), "\"complete\"");
}

TEST_F(parked, a_retry_says_anew_what_it_wants_to_hear) {
    start();
    auto first = asking();
    first.meta = R"("io.modelcontextprotocol/logLevel":"debug")";
    auto call = send(first);
    backend.handshake("s", R"({"tools":{},"logging":{}})");
    backend.expect("logging/setLevel")->result("{}");
    const auto asked = backend.expect("tools/call");
    asked->start_events();
    ask(asked, "9", "elicitation/create");
    const auto state = member(call.response().body, "result.requestState");
    auto again = send(retry(state, R"({"q1":{"action":"cancel"}})"));
    backend.expect("answer")->accept();
    asked->event(R"({"jsonrpc":"2.0","method":"notifications/message","params":{"level":"error","data":1}})");
    finish(asked);
    const auto last = again.response();
    EXPECT_EQ(last.field("content-type"), "application/json");
    EXPECT_EQ(member(last.body, "result.resultType"), "\"complete\"");
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

class unaskable : public parked {
protected:
    // A call of a client that can do `can`; its backend asks this, is refused, and answers with `result`.
    fakes::http_message refused(std::string_view can, std::string_view question,
                                const std::function<std::string(const std::string& refusal)>& result) {
        auto r = call_of_t();
        r.capabilities = can;
        auto call = send(r);
        backend.handshake();
        const auto asked = backend.expect("tools/call");
        asked->start_events();
        asked->event(question);
        const auto answer = backend.expect("answer");
        EXPECT_EQ(answer->raw("error.code"), "-32601");
        const auto refusal = answer->raw("error.message");
        answer->accept();
        asked->event(response(asked->id(), result(refusal)));
        asked->end_events();
        return call.response();
    }
    static std::string fails(const std::string& text) {
        return fmt::format(R"({{"isError":true,"content":[{{"type":"text","text":{}}}]}})", text);
    }
    static constexpr std::string_view url =
        R"({"jsonrpc":"2.0","id":1,"method":"elicitation/create","params":{"mode":"url","url":"https://x.example","message":"m"}})";
};

TEST_F(unaskable, a_call_that_fails_for_want_of_a_capability_says_which) {
    start();
    const auto answer = refused(R"({"elicitation":{"form":{}}})", url, fails);
    EXPECT_EQ(member(answer.body, "error.code"), "-32021");
    EXPECT_EQ(member(answer.body, "error.data.requiredCapabilities"), R"({"elicitation":{"url":{}}})");
}

TEST_F(unaskable, sampling_with_tools_needs_that_to_be_declared) {
    start();
    const auto answer = refused(
        R"({"sampling":{}})",
        R"({"jsonrpc":"2.0","id":1,"method":"sampling/createMessage","params":{"messages":[],"tools":[]}})",
        fails);
    EXPECT_EQ(member(answer.body, "error.data.requiredCapabilities"), R"({"sampling":{"tools":{}}})");
}

TEST_F(unaskable, a_call_that_fails_for_another_reason_says_that) {
    start();
    const auto answer = refused("{}", url, [](const std::string&) { return fails("\"no such file\""); });
    EXPECT_EQ(answer.status(), 200U);
    EXPECT_THAT(answer.body, testing::HasSubstr("no such file"));
    EXPECT_THAT(answer.body, testing::Not(testing::HasSubstr("-32021")));
}

TEST_F(unaskable,
       what_a_backend_holds_against_the_request_is_the_gateways_business_but_for_what_the_client_lacks) {
    start();
    bool first = true;
    const auto answered = [&](std::string_view can, std::string_view error) {
        auto r = call_of_t();
        r.capabilities = can;
        auto call = send(r);
        backend.handshake(first ? "s-1" : "s-2");
        first = false;
        const auto asked = backend.expect("tools/call");
        asked->answer(200, fmt::format(R"({{"jsonrpc":"2.0","id":{},"error":{}}})", asked->id(), error),
                      "Content-Type: application/json\r\n");
        const auto answer = call.response();
        return fmt::format("{} {}", answer.status(), member(answer.body, "error.code"));
    };
    constexpr std::string_view needs =
        R"({"code":-32021,"message":"m","data":{"requiredCapabilities":{"elicitation":{"url":{}}}}})";
    EXPECT_EQ(answered(R"({"elicitation":{}})", needs), "400 -32021");
    EXPECT_EQ(answered(R"({"elicitation":{"url":{}}})", needs), "200 -32603");
    EXPECT_EQ(answered("{}", R"({"code":-32020,"message":"m"})"), "200 -32603");
}

class url_required : public parked {
protected:
    static constexpr std::string_view error =
        R"({"code":-32042,"message":"go there","data":{"elicitations":[)"
        R"({"mode":"url","elicitationId":"e1","url":"https://x.example","message":"m"}]}})";
    fakes::http_message call_with(std::string_view can, std::string_view more = {}, bool first = true) {
        auto r = call_of_t();
        r.capabilities = can;
        r.params += more;
        auto call = send(r);
        if (first)
            backend.handshake();
        const auto asked = backend.expect("tools/call");
        EXPECT_EQ(asked->raw("params.inputResponses"), "");
        asked->answer(200, fmt::format(R"({{"jsonrpc":"2.0","id":{},"error":{}}})", asked->id(), error),
                      "Content-Type: application/json\r\n");
        return call.response();
    }
};

TEST_F(url_required, is_a_question_and_its_retry_the_call_anew) {
    start();
    constexpr std::string_view can = R"({"elicitation":{"url":{}}})";
    const auto asked = call_with(can);
    EXPECT_EQ(asked.status(), 200U);
    EXPECT_EQ(member(asked.body, "result.resultType"), "\"input_required\"");
    EXPECT_EQ(
        member(asked.body, "result.inputRequests.e1"),
        R"({"method":"elicitation/create","params":{"mode":"url","url":"https://x.example","message":"m"}})");
    EXPECT_EQ(member(asked.body, "result.requestState"), "");
    auto r = call_of_t();
    r.capabilities = can;
    r.params += R"(,"inputResponses":{"e1":{"action":"accept"}})";
    auto again = send(r);
    backend.expect("tools/call")->result(R"({"content":[]})");
    EXPECT_EQ(member(again.response().body, "result.resultType"), "\"complete\"");
    const auto no = call_with(can, R"(,"inputResponses":{"e1":{"action":"decline"}})", false);
    EXPECT_EQ(member(no.body, "error.code"), "-32603") << "a person is not asked over and over";
}

TEST_F(url_required, needs_a_client_that_can_be_sent_there) {
    start();
    const auto answer = call_with(R"({"elicitation":{}})");
    EXPECT_EQ(answer.status(), 400U);
    EXPECT_EQ(member(answer.body, "error.code"), "-32021");
    EXPECT_EQ(member(answer.body, "error.data.requiredCapabilities"), R"({"elicitation":{"url":{}}})");
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

} // namespace
} // namespace wire
