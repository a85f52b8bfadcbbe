// A backend that takes one session only: the gateway's own, which all clients use.
#include "tests/wire/wire_test_world.hpp"

namespace wire {
namespace {

constexpr std::string_view capabilities = R"({"tools":{},"resources":{"subscribe":true},"logging":{}})";
constexpr std::string_view question = R"({"jsonrpc":"2.0","id":"q","method":"roots/list"})";

class single_session : public one_backend {
protected:
    void start_single() {
        start([](vmcp::config& s) { s.backends.front().sessions = vmcp::backend_session_mode::single; },
              true);
    }
    // The one handshake, and the stream of its session.
    void opened(std::string_view id) {
        const auto hello = backend.expect("initialize");
        EXPECT_THAT(hello->raw("params.capabilities"), testing::HasSubstr("sampling"))
            << "it is for clients that can do anything";
        hello->result(fmt::format(R"({{"protocolVersion":"2025-11-25","capabilities":{},)"
                                  R"("serverInfo":{{"name":"x","version":"1"}}}})",
                                  capabilities),
                      fmt::format("Mcp-Session-Id: {}\r\n", id));
        backend.expect("notifications/initialized")->accept();
    }
    void expect_stream() {
        stream = backend.expect("GET");
        stream->start_events();
    }
    void read_lists(std::string_view id) {
        auto lists = gateway->fetch_lists();
        opened(id);
        expect_stream();
        backend.expect("tools/list")->result(R"({"tools":[{"name":"t"}]})");
        for (const auto* list : {"resources/list", "resources/templates/list"})
            backend.expect(list)->result("{}");
        ASSERT_TRUE(lists.get());
    }
    fakes::backend_request asked_in(std::string_view id) {
        auto asked = backend.expect("tools/call");
        EXPECT_EQ(asked->request.field("mcp-session-id"), id);
        return asked;
    }

    fakes::backend_request stream{};
};

TEST_F(single_session, serves_lists_and_clients_of_any_kind) {
    start_single();
    read_lists("only");
    const auto one = client();
    const auto two = client("2025-06-18", R"({"roots":{}})");
    auto first = one.start(tool_call("1", "b_t"));
    auto second = two.start(tool_call("2", "b_t"));
    for (int i = 0; i < 2; ++i)
        asked_in("only")->result("{}");
    EXPECT_EQ(first.response().body, response("1", "{}"));
    EXPECT_EQ(second.response().body, response("2", "{}"));
    EXPECT_FALSE(backend.has("initialize"));
}

TEST_F(single_session, is_opened_once_by_clients_that_come_first) {
    start_single();
    const auto one = client();
    const auto two = client("2025-11-25", R"({"roots":{}})");
    auto first = one.start(tool_call("1", "b_t"));
    auto second = two.start(tool_call("2", "b_t"));
    opened("only");
    expect_stream();
    for (int i = 0; i < 2; ++i)
        asked_in("only")->result("{}");
    EXPECT_EQ(first.response().status(), 200U);
    EXPECT_EQ(second.response().status(), 200U);
    auto lists = gateway->fetch_lists();
    backend.expect("tools/list")->result("{}");
    for (const auto* list : {"resources/list", "resources/templates/list"})
        backend.expect(list)->result("{}");
    EXPECT_TRUE(lists.get());
    EXPECT_FALSE(backend.has("initialize"));
}

TEST_F(single_session, is_opened_once_again_after_a_restart) {
    start_single();
    read_lists("old");
    const auto one = client();
    const auto two = client();
    auto first = one.start(tool_call("1", "b_t"));
    const auto refused = asked_in("old");
    auto second = two.start(tool_call("2", "b_t"));
    const auto refused_too = asked_in("old");
    refused->answer(404, "");
    refused_too->answer(404, "");
    opened("new");
    expect_stream();
    for (int i = 0; i < 2; ++i)
        asked_in("new")->result("{}");
    EXPECT_EQ(first.response().status(), 200U);
    EXPECT_EQ(second.response().status(), 200U);
    EXPECT_FALSE(backend.has("initialize", 50ms));
}

TEST_F(single_session, outlives_its_clients_and_ends_with_the_backend) {
    start_single();
    read_lists("only");
    auto one = client();
    auto call = one.start(tool_call("1", "b_t"));
    asked_in("only")->result("{}");
    EXPECT_EQ(call.response().status(), 200U);
    EXPECT_EQ(one.remove().status(), 200U);
    EXPECT_FALSE(backend.has("DELETE", 50ms));
    gateway->retire();
    const auto end = backend.expect("DELETE");
    EXPECT_EQ(end->request.field("mcp-session-id"), "only");
    end->answer(200, "");
}

TEST_F(single_session, asks_only_clients_that_can_answer) {
    start_single();
    read_lists("only");
    const auto without = client();
    auto call = without.start(tool_call("1", "b_t"));
    const auto asked = asked_in("only");
    asked->start_events();
    asked->event(question);
    auto answer = backend.expect("answer");
    EXPECT_EQ(answer->raw("error.code"), "-32601");
    answer->accept();
    asked->event(response(asked->id(), "{}"));
    asked->end_events();
    EXPECT_EQ(call.response().status(), 200U);
    settle();

    stream->event(question);
    answer = backend.expect("answer");
    EXPECT_EQ(answer->raw("result"), "") << "nobody said that";
    EXPECT_EQ(answer->raw("error.code"), "-32603");
    answer->accept();
}

} // namespace
} // namespace wire
