// Peers that write null where the protocol has no member: they are understood, and nobody else gets to see it.
#include "tests/wire/wire_test_world.hpp"

namespace wire {
namespace {

class nulls : public one_backend {
protected:
    // As a server does that writes all members of its types.
    static void answer(const fakes::backend_request& asked, std::string_view result) {
        asked->answer(200,
                      fmt::format(R"({{"jsonrpc":"2.0","error":null,"id":{},"method":null,"result":{}}})",
                                  asked->id(), result));
    }
    void handshake() {
        answer(backend.expect("initialize"),
               R"({"protocolVersion":"2025-11-25","capabilities":{"tools":{},"prompts":null,"logging":null,)"
               R"("resources":null},"serverInfo":{"name":"x","version":"1","title":null},)"
               R"("instructions":null,"_meta":null})");
        backend.expect("notifications/initialized")->accept();
    }
};

TEST_F(nulls, of_a_backend_are_understood_and_not_passed_on) {
    start();
    const auto c = client();
    auto call = c.start(tool_call("\"a\"", "b_t"));
    handshake();
    auto asked = backend.expect("tools/call");
    answer(asked, R"({"content":[ ],"structuredContent":null})");
    EXPECT_EQ(call.response().body,
              R"({"jsonrpc":"2.0","id":"a","result":{"content":[ ],"structuredContent":null}})");

    call = c.start(tool_call("2", "b_t"));
    asked = backend.expect("tools/call");
    asked->answer(200, fmt::format(R"({{"result":null, "id":{},"jsonrpc":"2.0",)"
                                   R"("error":{{"code":-5,"message":"m","data":null}},"params":null}})",
                                   asked->id()));
    EXPECT_EQ(call.response().body,
              R"({"id":2,"jsonrpc":"2.0","error":{"code":-5,"message":"m","data":null}})");
}

TEST_F(nulls, of_a_backend_in_notifications_and_questions_are_left_out) {
    start();
    const auto c = client("2025-11-25", R"({"roots":{},"sampling":null})");
    auto call = c.start(tool_call("1", "b_t"));
    handshake();
    const auto asked = backend.expect("tools/call");
    asked->start_events();
    asked->event(R"({"jsonrpc":"2.0","method":"notifications/made_up","params":null,"result":null})");
    asked->event(R"({"jsonrpc":"2.0","id":"s","method":"sampling/createMessage","params":{},"error":null})");
    EXPECT_THAT(backend.expect("answer")->raw("error.message"), testing::Not(testing::IsEmpty()))
        << "a capability that is null is none";
    asked->event(R"({"jsonrpc":"2.0","id":"q","method":"roots/list","params":null})");
    const auto head = call.head();
    auto events = call.events();
    EXPECT_EQ(events.message().value().data, R"({"jsonrpc":"2.0","method":"notifications/made_up"})");
    const auto question = events.message().value().data;
    EXPECT_THAT(question, testing::Not(testing::HasSubstr("params")));
    const auto at = question.find("\"id\":") + 5;
    const auto id = question.substr(at, question.find(',', at) - at);
    ASSERT_EQ(c.post(fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{{"roots":[]}},"error":null}})", id))
                  .status(),
              202U);
    const auto answered = backend.expect("answer");
    EXPECT_EQ(answered->request.body, R"({"jsonrpc":"2.0","id":"q","result":{"roots":[]}})");
    answered->accept();
    asked->event(fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{{}},"error":null}})", asked->id()));
    asked->end_events();
    EXPECT_EQ(events.message().value().data, response("1", "{}"));
}

TEST_F(nulls, in_lists_and_capabilities_of_a_backend_count_as_absent) {
    start();
    auto read = gateway->fetch_lists();
    handshake();
    answer(backend.expect("tools/list"), R"({"tools":[{"name":"a"}],"nextCursor":null,"_meta":null})");
    ASSERT_EQ(read.wait_for(fakes::patience), std::future_status::ready) << "what is null is not asked for";
    const auto all = read.get();
    ASSERT_TRUE(all) << all.error().message();
    EXPECT_EQ(all->tools.size(), 1U);
    EXPECT_TRUE(all->instructions.empty());
    EXPECT_FALSE(backend.has("resources/list", 30ms));
    EXPECT_EQ(backend.count("prompts/list"), 0U);
}

TEST_F(nulls, of_a_client_count_as_absent_but_for_the_id) {
    start();
    const auto c = client();
    EXPECT_EQ(c.post(R"({"jsonrpc":"2.0","id":1,"method":"ping","params":null})").body, response("1", "{}"));
    for (const auto* params :
         {"null", R"({"cursor":null,"_meta":null})", R"({"_meta":{"progressToken":null}})"})
        EXPECT_THAT(
            c.post(fmt::format(R"({{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}}})", params))
                .body,
            testing::HasSubstr("b_t"))
            << params;
    EXPECT_EQ(c.post(R"({"jsonrpc":"2.0","method":"notifications/initialized","params":null})").status(),
              202U);
    EXPECT_EQ(c.post(R"({"jsonrpc":"2.0","id":null,"method":"ping"})").status(), 400U);

    auto call =
        c.start(R"({"error":null,"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"b_t",)"
                R"("arguments":null,"_meta":null}})");
    handshake();
    const auto asked = backend.expect("tools/call");
    EXPECT_EQ(asked->request.body, fmt::format(R"({{"jsonrpc":"2.0","id":{},"method":"tools/call","params":)"
                                               R"({{"name":"t","arguments":null,"_meta":null}}}})",
                                               asked->id()));
    asked->result("{}");
    EXPECT_EQ(call.response().body, response("1", "{}"));
}

} // namespace
} // namespace wire
