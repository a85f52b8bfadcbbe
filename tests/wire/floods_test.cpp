// A backend that asks without end, and sessions that all end at once: what the gateway does at a time is bounded.
#include "tests/wire/wire_test_world.hpp"

namespace wire {
namespace {

constexpr std::size_t most = 64;
constexpr std::size_t many = 2 * most;

class floods : public one_backend {
protected:
    std::string question(std::size_t id, std::string_view method) const {
        return fmt::format(R"({{"jsonrpc":"2.0","id":{},"method":"{}","params":{{}}}})", id, method);
    }
    void begin() {
        start({}, true);
        client_.emplace(client("2025-06-18", R"({"elicitation":{}})"));
        call_.emplace(client_->start(tool_call("1", "b_t")));
        backend.handshake();
        stream_ = backend.expect("GET");
        stream_->start_events();
        asked_ = backend.expect("tools/call");
        asked_->start_events();
    }
    // All questions beyond the bound are refused, and no other.
    void expect_refusals() {
        for (std::size_t i = most; i < many; ++i) {
            const auto answer = backend.expect("answer");
            EXPECT_NE(answer->raw("error"), "") << answer->request.body;
            EXPECT_GE(std::stoul(answer->id()), most);
            answer->accept();
        }
        EXPECT_FALSE(backend.has("answer", 100ms));
    }
    void end() {
        asked_->event(response(asked_->id(), "{}"));
        asked_->end_events();
        std::string last;
        while (const auto event = events_->message())
            last = event->data;
        EXPECT_EQ(last, response("1", "{}"));
    }

    std::optional<mcp_client> client_{};
    std::optional<fakes::http_client> call_{};
    std::optional<fakes::event_reader> events_{};
    fakes::backend_request stream_{}, asked_{};
};

TEST_F(floods, questions_of_one_call) {
    begin();
    for (std::size_t i = 0; i < many; ++i)
        asked_->event(question(i, "elicitation/create"));
    (void)call_->head();
    events_.emplace(call_->events());
    for (std::size_t i = 0; i < most; ++i)
        ASSERT_TRUE(events_->message());
    expect_refusals();
    end();
}

TEST_F(floods, questions_outside_of_calls) {
    begin();
    auto listening = client_->listen();
    auto heard = listening.events();
    for (std::size_t i = 0; i < many; ++i)
        stream_->event(question(i, "elicitation/create"));
    for (std::size_t i = 0; i < most; ++i)
        ASSERT_TRUE(heard.message());
    expect_refusals();
    asked_->event(response(asked_->id(), "{}"));
    asked_->end_events();
    EXPECT_EQ(call_->response().body, response("1", "{}"));
}

TEST_F(floods, pings_are_answered_as_fast_as_the_backend_takes_it) {
    begin();
    for (std::size_t i = 0; i < many; ++i) {
        asked_->event(question(i, "ping"));
        stream_->event(question(many + i, "ping"));
    }
    ASSERT_TRUE(backend.has("answer", fakes::patience));
    EXPECT_FALSE(backend.has("made/up", 150ms));
    EXPECT_LE(backend.count("answer"), most + 1) << "one more may come of each stream's last look";
    for (std::size_t i = 0; i < 2 * many; ++i)
        backend.expect("answer")->accept();
    asked_->event(response(asked_->id(), "{}"));
    asked_->end_events();
    EXPECT_EQ(call_->response().body, response("1", "{}"));
}

TEST_F(floods, goodbyes) {
    start();
    for (std::size_t i = 0; i < many; ++i)
        warm(client(), "s-" + std::to_string(i));
    gateway->retire();
    ASSERT_TRUE(backend.has("DELETE", fakes::patience));
    EXPECT_FALSE(backend.has("made/up", 150ms));
    EXPECT_EQ(backend.count("DELETE"), most);
    for (std::size_t i = 0; i < many; ++i)
        backend.expect("DELETE")->answer(200, "");
}

} // namespace
} // namespace wire
