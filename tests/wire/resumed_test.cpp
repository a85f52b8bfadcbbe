// A backend that answers by polling: it closes the stream of a call and goes on when it is asked again.
#include "tests/wire/wire_test_world.hpp"

namespace wire {
namespace {

class resumed_calls : public one_backend {
protected:
    void begin(std::chrono::milliseconds timeout, std::string_view capabilities = "{}") {
        start([&](vmcp::config& s) { s.backends[0].timeout = timeout; }, true);
        client_.emplace(client("2025-06-18", capabilities)); // is not told to come back
        call_.emplace(client_->start(tool_call("1", "b_t", "{}", R"({"progressToken":"p"})")));
        backend.handshake();
        if (capabilities != "{}")
            backend.expect("GET")->answer(405, "");
        asked_ = backend.expect("tools/call");
        asked_->start_events();
    }
    std::string progress(int n) const {
        return fmt::format(
            R"({{"jsonrpc":"2.0","method":"notifications/progress","params":{{"progressToken":{},"progress":{}}}}})",
            asked_->raw("params._meta.progressToken"), n);
    }
    fakes::backend_request resumed(std::string_view after) {
        auto came = backend.expect("GET");
        EXPECT_EQ(came->request.field("last-event-id"), after);
        return came;
    }

    std::optional<mcp_client> client_{};
    std::optional<fakes::http_client> call_{};
    fakes::backend_request asked_{};
};

TEST_F(resumed_calls, go_on_as_long_as_there_is_progress) {
    begin(600ms);
    const auto began = std::chrono::steady_clock::now();
    asked_->piece("retry: 50\n\n");
    asked_->event(progress(0), "e0");
    asked_->end_events();
    constexpr int rounds = 25; // more than may be in vain, and longer than the timeout
    for (int i = 1; i <= rounds; ++i) {
        const auto next = resumed("e" + std::to_string(i - 1));
        next->start_events();
        next->event(progress(i), "e" + std::to_string(i));
        if (i == rounds)
            next->event(response(asked_->id(), "\"there\""));
        next->end_events();
    }
    (void)call_->head();
    auto events = call_->events();
    std::string last;
    while (const auto event = events.message())
        last = event->data;
    EXPECT_EQ(last, response("1", "\"there\""));
    EXPECT_GT(std::chrono::steady_clock::now() - began, 600ms);
}

TEST_F(resumed_calls, end_in_time_without_progress) {
    begin(400ms);
    asked_->piece("id: e\nretry: 50\ndata:\n\n");
    asked_->end_events();
    const auto began = std::chrono::steady_clock::now();
    while (!call_->raw().readable(20ms) && std::chrono::steady_clock::now() - began < 5s)
        if (backend.has("GET", 20ms)) {
            const auto next = resumed("e");
            next->start_events();
            next->piece("id: e\ndata:\n\n");
            next->end_events();
        }
    EXPECT_THAT(call_->response().body, testing::HasSubstr("\"error\""));
    EXPECT_LT(std::chrono::steady_clock::now() - began, 2s);
}

TEST_F(resumed_calls, do_not_end_while_a_question_is_open) {
    begin(400ms, R"({"elicitation":{}})");
    asked_->piece("retry: 50\n\n");
    asked_->event(R"({"jsonrpc":"2.0","id":"q","method":"elicitation/create","params":{}})", "e1");
    asked_->end_events();
    (void)call_->head();
    auto events = call_->events();
    const auto question = events.message()->data;
    const auto next = resumed("e1");
    next->start_events();
    EXPECT_FALSE(backend.has("notifications/cancelled", 800ms)) << "a person thinks";
    const auto id = question.substr(question.find("\"id\":") + 5, 1);
    EXPECT_EQ(client_->post(response(id, "{}")).status(), 202U);
    backend.expect("answer")->accept();
    next->event(response(asked_->id(), "7"));
    next->end_events();
    EXPECT_EQ(events.message()->data, response("1", "7"));
}

} // namespace
} // namespace wire
