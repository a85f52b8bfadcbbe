// JSON-RPC batches, which only clients of 2025-03-26 may send.
#include "tests/wire/wire_test_world.hpp"
#include "vmcp/base/json_cursor.hpp"

#include <map>

namespace wire {
namespace {

class batch : public one_backend {
protected:
    static constexpr std::string_view old = "2025-03-26";
    static std::string ping(std::string_view id) {
        return fmt::format(R"({{"jsonrpc":"2.0","id":{},"method":"ping"}})", id);
    }
    static std::map<std::string, std::string> by_id(fakes::event_reader events) {
        std::map<std::string, std::string> out;
        while (const auto one = events.message())
            EXPECT_TRUE(out.emplace(vmcp::json_member(one->data, "id").raw, one->data).second) << one->data;
        return out;
    }
};

TEST_F(batch, each_request_is_answered_once) {
    start();
    const auto c = client(old);
    warm(c);
    auto call = c.start("[" + tool_call("1", "b_t") + " , " + ping("\"p\"") +
                        R"(,{"jsonrpc":"2.0","method":"notifications/initialized"},)" +
                        tool_call("2", "b_t") + R"(,{"jsonrpc":"2.0","id":3,"method":"no/such"}])");
    const auto first = backend.expect("tools/call");
    const auto second = backend.expect("tools/call");
    second->result("2");
    first->result("1");
    EXPECT_EQ(call.head().field("content-type"), "text/event-stream");
    auto got = by_id(call.events());
    EXPECT_EQ(got.size(), 4U);
    EXPECT_EQ(got["\"p\""], response("\"p\"", "{}"));
    EXPECT_THAT(got["1"] + got["2"],
                testing::AllOf(testing::HasSubstr(R"("result":1)"), testing::HasSubstr(R"("result":2)")));
    EXPECT_THAT(got["3"], testing::HasSubstr("-32601"));
}

TEST_F(batch, without_a_request_there_is_nothing_to_answer) {
    start();
    const auto c = client(old);
    const auto answer = c.post(
        R"([{"jsonrpc":"2.0","method":"notifications/initialized"},{"jsonrpc":"2.0","id":1,"result":{}}])");
    EXPECT_EQ(answer.status(), 202U);
    EXPECT_EQ(answer.body, "");
}

TEST_F(batch, what_cannot_be_one_is_refused_whole) {
    start([](vmcp::config& s) { s.limits.max_in_flight_per_session = 3; });
    const auto c = client(old);
    for (const auto& body :
         {std::string("[]"), std::string("[1]"), "[" + ping("1") + ",]", "[" + ping("1"),
          "[" + ping("1") + "," + R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{}})" + "]",
          "[[" + ping("1") + "]]",
          "[" + ping("1") + "," + ping("2") + "," + ping("3") + "," + ping("4") + "]"}) {
        const auto answer = c.post(body);
        EXPECT_EQ(answer.status(), 400U) << body;
        EXPECT_THAT(answer.body, testing::HasSubstr("\"error\"")) << body;
    }
}

TEST_F(batch, nothing_of_a_stateless_revision_is_run_in_one) {
    start();
    const auto c = client(old);
    warm(c);
    const auto answer = c.post(
        "[" + ping("1") + "," +
        tool_call("2", "b_t", "{}", R"({"io.modelcontextprotocol/protocolVersion":"2026-07-28"})") + "]");
    EXPECT_EQ(answer.status(), 400U);
    EXPECT_THAT(answer.body, testing::HasSubstr("-32600"));
    EXPECT_FALSE(backend.has("tools/call", 50ms));
}

TEST_F(batch, other_revisions_and_strangers_may_send_none) {
    start();
    for (const auto* version : {"2025-06-18", "2025-11-25"})
        EXPECT_EQ(client(version).post("[" + ping("1") + "]").status(), 400U) << version;
    EXPECT_EQ(mcp_client(gateway->port()).post("[" + ping("1") + "]").status(), 400U);
}

TEST_F(batch, the_limit_of_calls_in_flight_counts_its_requests) {
    start([](vmcp::config& s) { s.limits.max_in_flight = 2; });
    const auto c = client(old);
    warm(c);
    auto call = c.start("[" + tool_call("1", "b_t") + "," + tool_call("2", "b_t") + "," +
                        tool_call("3", "b_t") + "]");
    backend.expect("tools/call")->result("{}");
    backend.expect("tools/call")->result("{}");
    (void)call.head();
    const auto got = by_id(call.events());
    EXPECT_EQ(got.size(), 3U);
    EXPECT_EQ(std::ranges::count_if(
                  got, [](const auto& g) { return g.second.find("\"error\"") != std::string::npos; }),
              1);
    EXPECT_FALSE(backend.has("tools/call"));
}

// As a call that comes alone: where no answer could be taken, none is asked for.
TEST_F(batch, its_requests_are_not_begun_where_there_is_no_room_for_their_answers) {
    start([](vmcp::config& s) { s.limits.memory = std::size_t{32} << 20; });
    const auto c = client(old);
    warm(c);
    constexpr std::size_t nearly_all = std::size_t{31} << 20;
    gateway->memory().add(vmcp::memory_class::answers, nearly_all);
    auto call = c.start("[" + tool_call("1", "b_t") + "," + tool_call("2", "b_t") + "]");
    (void)call.head();
    const auto got = by_id(call.events());
    gateway->memory().give(vmcp::memory_class::answers, nearly_all);
    EXPECT_EQ(got.size(), 2U);
    for (const auto& [id, answer] : got)
        EXPECT_THAT(answer,
                    testing::AllOf(testing::HasSubstr("-32000"), testing::HasSubstr("limits.memory")));
    EXPECT_FALSE(backend.has("tools/call"));
    auto again = c.start("[" + tool_call("3", "b_t") + "]");
    backend.expect("tools/call")->result("{}");
    (void)again.head();
    EXPECT_EQ(by_id(again.events())["3"], response("3", "{}"));
}

TEST_F(batch, one_request_of_it_can_be_cancelled) {
    start();
    const auto c = client(old);
    warm(c);
    auto call = c.start("[" + tool_call("1", "b_t", "1") + "," + tool_call("2", "b_t", "2") + "]");
    auto first = backend.expect("tools/call");
    auto second = backend.expect("tools/call");
    if (first->raw("params.arguments") != "1")
        std::swap(first, second);
    EXPECT_EQ(
        c.post(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})").status(),
        202U);
    backend.expect("notifications/cancelled")->accept();
    second->result("{}");
    (void)call.head();
    const auto got = by_id(call.events());
    EXPECT_EQ(got.size(), 1U);
    EXPECT_EQ(got.count("2"), 1U);
}

// The backend's response and the client's cancellation cross, while another response is still to come.
TEST_F(batch, a_cancellation_that_comes_just_behind_the_response_takes_no_other_response_away) {
    start();
    const auto c = client(old);
    warm(c);
    auto call = c.start("[" + tool_call("1", "b_t", "1") + "," + tool_call("2", "b_t", "2") + "]");
    auto first = backend.expect("tools/call");
    auto second = backend.expect("tools/call");
    if (first->raw("params.arguments") != "1")
        std::swap(first, second);
    // The end of the stream is held back, so that the exchange is not over when the response is delivered.
    first->start_events();
    first->event(response(first->id(), "\"one\""));
    (void)call.head();
    auto events = call.events();
    EXPECT_EQ(events.message()->data, response("1", "\"one\""));
    EXPECT_EQ(
        c.post(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})").status(),
        202U);
    ASSERT_TRUE(world::eventually([&] { return gateway->calls_in_flight() == 1; }));
    second->result("\"two\"");
    const auto last = events.message();
    ASSERT_TRUE(last);
    EXPECT_EQ(last->data, response("2", "\"two\""));
    EXPECT_FALSE(events.message());
}

TEST_F(batch, a_client_that_goes_away_leaves_its_calls_running) {
    start();
    const auto c = client(old);
    warm(c);
    std::vector<fakes::backend_request> asked;
    {
        auto call = c.start("[" + tool_call("1", "b_t") + "," + tool_call("2", "b_t") + "]");
        asked.push_back(backend.expect("tools/call"));
        asked.push_back(backend.expect("tools/call"));
        (void)call.head();
        call.raw().reset();
    }
    // A first response that cannot be written makes the gateway notice; the second call goes on.
    asked[0]->result("{}");
    ASSERT_TRUE(world::eventually([&] { return gateway->calls_in_flight() == 1; }));
    ASSERT_FALSE(backend.has("nothing", 100ms));
    EXPECT_EQ(gateway->calls_in_flight(), 1U);
    asked[1]->result("{}");
    EXPECT_TRUE(world::eventually([&] { return gateway->calls_in_flight() == 0; }));
    EXPECT_EQ(c.post(ping("9")).status(), 200U);
}

} // namespace
} // namespace wire
