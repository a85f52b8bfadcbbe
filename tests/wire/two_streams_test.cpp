// The response of a call may come on the stream of its POST, on the backend's other stream, or on both, while the
// client takes its time to read it: it gets one answer, and the connection stays in step.
#include "tests/wire/wire_test_world.hpp"

namespace wire {
namespace {

class two_streams : public one_backend {
protected:
    // A call whose stream, and the backend's other stream, are open.
    void begin() {
        start({}, true);
        client_.emplace(client("2025-11-25", R"({"roots":{}})"));
        call_.emplace(client_->start(tool_call("1", "b_t")));
        backend.handshake();
        other_ = backend.expect("GET");
        other_->start_events();
        own_ = backend.expect("tools/call");
        own_->start_events();
    }
    // More than what sockets hold: its write ends only when the client reads.
    const std::string large = "\"" + std::string(std::size_t{24} << 20, 'x') + "\"";

    // Until the gateway writes the answer, which the client does not read yet.
    void answer_is_being_written() { ASSERT_TRUE(call_->raw().readable(fakes::patience)); }

    // The connection carries one answer, and then that of the next request.
    void expect_one_answer_and_the_next() {
        call_->send("POST", client_->fields(), R"({"jsonrpc":"2.0","id":2,"method":"ping"})");
        backend_is_idle();
        EXPECT_TRUE(call_->response().body == response("1", large)) << "the first answer is not whole";
        EXPECT_EQ(call_->response().body, response("2", "{}"));
    }
    // What the gateway makes of the end of the streams has happened, if it happens at all.
    void backend_is_idle() { EXPECT_FALSE(backend.has("made/up", 200ms)); }

    std::optional<mcp_client> client_{};
    std::optional<fakes::http_client> call_{};
    fakes::backend_request other_{};
    fakes::backend_request own_{};
};

TEST_F(two_streams, the_calls_own_stream_ends_while_the_answer_is_written) {
    begin();
    other_->event(response(own_->id(), large));
    answer_is_being_written();
    own_->end_events();
    expect_one_answer_and_the_next();
}

TEST_F(two_streams, the_response_comes_again_while_the_answer_is_written) {
    begin();
    other_->event(response(own_->id(), large));
    answer_is_being_written();
    own_->event(response(own_->id(), "\"again\""));
    own_->end_events();
    expect_one_answer_and_the_next();
}

TEST_F(two_streams, the_response_comes_again_elsewhere_while_the_answer_is_written) {
    begin();
    own_->event(response(own_->id(), large));
    answer_is_being_written();
    other_->event(response(own_->id(), "\"again\""));
    expect_one_answer_and_the_next();
}

// Both go through the gateway at once; the response is there in time, however they are taken.
TEST_F(two_streams, a_response_elsewhere_just_before_the_end_of_the_calls_own_stream_counts) {
    begin();
    for (int round = 0; round < 50; ++round) {
        other_->event(response(own_->id(), std::to_string(round)));
        own_->end_events();
        ASSERT_EQ(call_->response().body, response("1", std::to_string(round)));
        call_->send("POST", client_->fields(), tool_call("1", "b_t"));
        own_ = backend.expect("tools/call");
        own_->start_events();
    }
    own_->event(response(own_->id(), "{}"));
    own_->end_events();
    EXPECT_EQ(call_->response().body, response("1", "{}"));
}

} // namespace
} // namespace wire
