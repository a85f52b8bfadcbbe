// Calls of stateless clients that wait for their answers, and who does not come back: what the backend hears, and what is
// held meanwhile.
#include "tests/wire/modern_world.hpp"

namespace wire {
namespace {

using testing::HasSubstr;

class abandoned : public modern {
protected:
    static modern_request call_of_b(std::string more = "") {
        return {.method = "tools/call",
                .params = R"("name":"b_t")" + std::move(more),
                .name = "b_t",
                .capabilities = R"({"elicitation":{},"sampling":{}})"};
    }
    static modern_request retry(std::string_view state) {
        return call_of_b(fmt::format(R"(,"requestState":{},"inputResponses":{{}})", state));
    }
    // A call whose backend has asked, so that the client was told to come back.
    struct parked_call {
        fakes::backend_request asked{};
        std::string state{}; // raw
    };
    parked_call park(std::string_view method = "elicitation/create") {
        auto call = send(call_of_b());
        backend.handshake("s-1");
        const auto asked = backend.expect("tools/call");
        asked->start_events();
        asked->event(fmt::format(R"({{"jsonrpc":"2.0","id":"q","method":"{}","params":{{}}}})", method));
        return {asked, member(call.response().body, "result.requestState")};
    }
};

TEST_F(abandoned, a_question_that_nobody_answers_in_time_is_cancelled_and_its_call_ends) {
    start([](vmcp::config& s) { s.limits.ask_timeout = 300ms; });
    const auto call = park();
    EXPECT_FALSE(backend.has("answer", 50ms));
    const auto answer = backend.expect("answer");
    EXPECT_EQ(answer->raw("id"), "\"q\"");
    EXPECT_EQ(answer->raw("result"), R"({"action":"cancel"})");
    answer->accept();
    const auto cancelled = backend.expect("notifications/cancelled");
    EXPECT_EQ(cancelled->raw("params.requestId"), call.asked->id());
    cancelled->accept();
    settle();
    const auto late = post(retry(call.state));
    EXPECT_THAT(late.body, HasSubstr("-32602"));
    EXPECT_TRUE(world::eventually([&] { return gateway->memory().used() == 0; }));
}

TEST_F(abandoned, what_a_model_was_to_answer_is_an_error) {
    start([](vmcp::config& s) { s.limits.ask_timeout = 300ms; });
    (void)park("sampling/createMessage");
    const auto answer = backend.expect("answer");
    EXPECT_EQ(answer->raw("error.code"), "-32603");
    answer->accept();
}

TEST_F(abandoned, an_answer_that_waits_for_its_client_is_counted) {
    start([](vmcp::config& s) { s.limits.memory = std::size_t{64} << 20; });
    const auto call = park();
    const std::string large = R"({"content":[],"x":")" + std::string(5 << 20, 'x') + "\"}";
    const auto answers = [&] { return gateway->memory().used(vmcp::memory_class::answers); };
    call.asked->event(response(call.asked->id(), large));
    call.asked->end_events();
    ASSERT_TRUE(world::eventually([&] { return gateway->calls_ended() == 1; }));
    EXPECT_TRUE(world::eventually([&] { return answers() > large.size() && answers() < 2 * large.size(); }));
    const auto later = post(retry(call.state));
    EXPECT_THAT(later.body, HasSubstr("xxx"));
    EXPECT_TRUE(world::eventually([&] { return gateway->memory().used() == 0; }));
}

// Whether the client could have been asked or not.
TEST_F(abandoned, an_answer_without_room_in_memory_fails_for_now) {
    start([](vmcp::config& s) { s.limits.memory = std::size_t{32} << 20; });
    const auto settled = park();
    settled.asked->event(response(settled.asked->id(), "{}"));
    settled.asked->end_events();
    (void)post(retry(settled.state));
    const std::string large = R"({"content":[],"x":")" + std::string(13 << 20, 'x') + "\"}";
    auto call = send(call_of_b());
    backend.expect("tools/call")->result(large);
    const auto answer = call.response();
    EXPECT_EQ(answer.status(), 503U);
    EXPECT_EQ(answer.field("retry-after"), "1");
    EXPECT_THAT(answer.body, HasSubstr("limits.memory"));
    // A stream waits in another class, which is smaller.
    auto streaming = call_of_b();
    streaming.accept = "text/event-stream";
    auto streamed = send(streaming);
    const std::string half = R"({"content":[],"x":")" + std::string(7 << 20, 'x') + "\"}";
    backend.expect("tools/call")->result(half);
    EXPECT_THAT(streamed.response().body, HasSubstr("limits.memory"));
    settle();
    EXPECT_TRUE(world::eventually([&] { return gateway->memory().used() == 0; }));
}

TEST_F(abandoned, no_call_begins_while_its_answer_could_not_be_taken) {
    start([](vmcp::config& s) { s.limits.memory = 4'000; });
    const auto refused = post(call_of_b());
    EXPECT_EQ(refused.status(), 503U);
    EXPECT_THAT(refused.body, HasSubstr("limits.memory"));
}

// A subscription is a session of its address, as one that was opened by initialize.
TEST_F(abandoned, an_address_has_so_many_subscriptions) {
    start([](vmcp::config& s) { s.sessions.max_per_address = 2; });
    std::vector<fakes::http_client> streams;
    const auto listen = [&] {
        auto& out = streams.emplace_back(send(
            {.method = "subscriptions/listen", .params = R"("notifications":{"toolsListChanged":true})"}));
        return out.head().status();
    };
    EXPECT_EQ(listen(), 200U);
    EXPECT_EQ(listen(), 200U);
    EXPECT_EQ(listen(), 429U);
    streams.front().raw().close();
    EXPECT_TRUE(world::eventually([&] { return gateway->sessions() == 1; }));
    EXPECT_EQ(listen(), 200U) << "there is a place again";
}

} // namespace
} // namespace wire
