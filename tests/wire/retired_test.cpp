// A backend that a reload takes out: its calls finish, and nothing of it is left afterwards.
#include "tests/wire/wire_test_world.hpp"

#include <set>

namespace wire {
namespace {

class retired : public one_backend, public testing::WithParamInterface<vmcp::backend_session_mode> {
protected:
    // One call runs, one waits for its place.
    void begin() {
        start(
            [](vmcp::config& s) {
                s.backends[0].sessions = GetParam();
                s.backends[0].max_concurrency = 1;
            },
            true);
        client_.emplace(client("2025-11-25", R"({"roots":{}})"));
        first_.emplace(client_->start(tool_call("1", "b_t")));
        backend.handshake("s-1");
        first_stream_ = backend.expect("GET");
        first_stream_->start_events();
        first_asked_ = backend.expect("tools/call");
        second_.emplace(client_->start(tool_call("2", "b_t")));
        ASSERT_TRUE(world::eventually([&] { return gateway->calls_in_flight() == 2; }));
    }

    std::optional<mcp_client> client_{};
    std::optional<fakes::http_client> first_{}, second_{};
    fakes::backend_request first_stream_{}, first_asked_{};
};

TEST_P(retired, calls_that_run_or_wait_finish_and_their_sessions_end_with_them) {
    begin();
    gateway->retire();
    EXPECT_FALSE(backend.has("DELETE", 50ms)) << "a call still runs over it";
    first_asked_->result("1");
    EXPECT_EQ(first_->response().body, response("1", "1"));
    first_stream_->connection().expect_end();

    // The one place is the waiting call's; goodbyes come after it.
    backend.handshake("s-2");
    const auto stream = backend.expect("GET");
    stream->start_events();
    const auto asked = backend.expect("tools/call");
    EXPECT_EQ(asked->request.field("mcp-session-id"), "s-2");
    asked->result("2");
    EXPECT_EQ(second_->response().body, response("2", "2"));
    std::set<std::string> ended;
    for (int i = 0; i < 2; ++i) {
        const auto goodbye = backend.expect("DELETE");
        ended.insert(goodbye->request.field("mcp-session-id"));
        goodbye->answer(200, "");
    }
    EXPECT_THAT(ended, testing::ElementsAre("s-1", "s-2"));
    stream->connection().expect_end();
    EXPECT_FALSE(backend.has("GET", 100ms)) << "its stream is not opened again";
}

INSTANTIATE_TEST_SUITE_P(modes, retired,
                         testing::Values(vmcp::backend_session_mode::dedicated,
                                         vmcp::backend_session_mode::shared));

} // namespace
} // namespace wire
