// What a client set before a call is at the backend before the call is: the log level, its roots, subscriptions.
#include "tests/wire/wire_test_world.hpp"

namespace wire {
namespace {

std::string set_level(std::string_view level) {
    return fmt::format(R"({{"jsonrpc":"2.0","id":1,"method":"logging/setLevel","params":{{"level":"{}"}}}})",
                       level);
}

constexpr std::string_view all = R"({"tools":{},"logging":{},"resources":{"subscribe":true}})";
constexpr std::string_view other_roots = R"({"jsonrpc":"2.0","method":"notifications/roots/list_changed"})";

class set_before : public one_backend, public testing::WithParamInterface<vmcp::backend_session_mode> {
protected:
    void start_mode() {
        start([](vmcp::config& s) { s.backends.front().sessions = GetParam(); });
    }
    void set(const mcp_client& client, std::string_view level) {
        ASSERT_EQ(client.post(set_level(level)).body, response("1", "{}"));
    }
    fakes::backend_request told(std::string_view level) {
        auto asked = backend.expect("logging/setLevel");
        EXPECT_EQ(asked->raw("params.level"), fmt::format("\"{}\"", level));
        return asked;
    }
    bool called() { return backend.has("tools/call", 50ms); }
    void finish(fakes::http_client& call) {
        backend.expect("tools/call")->result("{}");
        EXPECT_EQ(call.response().status(), 200U);
    }
};

INSTANTIATE_TEST_SUITE_P(modes, set_before,
                         testing::Values(vmcp::backend_session_mode::dedicated,
                                         vmcp::backend_session_mode::shared));

TEST_P(set_before, a_call_goes_behind_the_level) {
    start_mode();
    const auto c = client();
    warm(c, "s", all);
    set(c, "error");
    auto call = c.start(tool_call("2", "b_t"));
    const auto asked = told("error");
    EXPECT_FALSE(called());
    asked->result("{}");
    finish(call);
}

TEST_P(set_before, a_refused_level_stops_no_call) {
    start_mode();
    const auto c = client();
    warm(c, "s", all);
    set(c, "error");
    auto call = c.start(tool_call("2", "b_t"));
    told("error")->answer(500, "");
    finish(call);
}

TEST_P(set_before, of_levels_that_could_not_go_yet_the_last_goes_and_calls_wait_for_it) {
    start_mode();
    const auto c = client();
    warm(c, "s", all);
    set(c, "error");
    const auto first = told("error");
    set(c, "alert");
    set(c, "debug");
    auto call = c.start(tool_call("2", "b_t"));
    EXPECT_FALSE(called());
    first->result("{}");
    const auto last = told("debug");
    EXPECT_FALSE(called());
    last->result("{}");
    finish(call);
    EXPECT_FALSE(backend.has("logging/setLevel", 30ms));
}

TEST_P(set_before, a_level_that_is_set_while_the_session_is_being_established_is_not_lost) {
    start_mode();
    const auto c = client();
    set(c, "error");
    auto first = c.start(tool_call("2", "b_t"));
    backend.handshake("s", all);
    const auto earlier = told("error");
    set(c, "debug");
    auto second = c.start(tool_call("3", "b_t"));
    earlier->result("{}");
    const auto later = told("debug");
    backend.expect("tools/call")->result("{}");
    EXPECT_EQ(first.response().status(), 200U);
    EXPECT_FALSE(called()) << "the second one was made when the level was set";
    later->result("{}");
    finish(second);
}

TEST_P(set_before, a_call_goes_behind_the_news_of_other_roots) {
    start_mode();
    const auto c = client("2025-11-25", R"({"roots":{"listChanged":true}})");
    warm(c, "s", all);
    ASSERT_EQ(c.post(other_roots).status(), 202U);
    auto call = c.start(tool_call("2", "b_t"));
    const auto asked = backend.expect("notifications/roots/list_changed");
    EXPECT_FALSE(called());
    asked->accept();
    finish(call);
}

TEST_P(set_before, a_call_that_is_cancelled_meanwhile_never_goes) {
    start_mode();
    const auto c = client();
    warm(c, "s", all);
    set(c, "error");
    const auto asked = told("error");
    auto call = c.start(tool_call("2", "b_t"));
    ASSERT_TRUE(world::eventually([&] { return gateway->calls_in_flight() == 1; }));
    ASSERT_EQ(
        c.post(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}})").status(),
        202U);
    settle();
    asked->result("{}");
    EXPECT_FALSE(called());
}

// What it waits for needs a place at the backend as well, and may find none for a while.
TEST_P(set_before, a_call_that_has_the_last_place_leaves_it_to_what_was_set) {
    start([](vmcp::config& s) {
        s.backends.front().sessions = GetParam();
        s.backends.front().max_concurrency = 1;
    });
    const auto c = client();
    warm(c, "s", all);
    auto first = c.start(tool_call("2", "b_t"));
    const auto running = backend.expect("tools/call");
    auto second = c.start(tool_call("3", "b_t"));
    ASSERT_TRUE(world::eventually([&] { return gateway->calls_in_flight() == 2; }));
    set(c, "error");
    EXPECT_FALSE(backend.has("logging/setLevel", 50ms));
    auto third = c.start(tool_call("4", "b_t"));
    ASSERT_TRUE(world::eventually([&] { return gateway->calls_in_flight() == 3; }));
    running->result("{}");
    EXPECT_EQ(first.response().status(), 200U);
    const auto asked = told("error");
    EXPECT_FALSE(called());
    asked->result("{}");
    for (int i = 0; i < 2; ++i) // in whichever order
        backend.expect("tools/call")->result("{}");
    EXPECT_EQ(second.response().status(), 200U);
    EXPECT_EQ(third.response().status(), 200U);
}

// Its timeout is the call's own business.
TEST_P(set_before, a_backend_that_does_not_answer_costs_a_call_no_more_than_its_time) {
    start([](vmcp::config& s) {
        s.backends.front().sessions = GetParam();
        s.backends.front().timeout = 300ms;
    });
    const auto c = client();
    warm(c, "s", all);
    set(c, "error");
    const auto asked = told("error");
    auto call = c.start(tool_call("2", "b_t"));
    EXPECT_THAT(call.response().body, testing::HasSubstr("did not answer in time"));
    EXPECT_FALSE(called());
}

} // namespace
} // namespace wire
