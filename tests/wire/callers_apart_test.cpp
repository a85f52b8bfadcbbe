// Two callers at one gateway and one backend, with policies, credentials and lists of their own: nothing of one reaches the
// other, whether they have sessions or not.
#include "tests/fakes/tokens_of_callers.hpp"
#include "tests/wire/wire_test_world.hpp"

#include "auth/cedar/cedar_rules.hpp"

#include <set>

namespace wire {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view list_tools = R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})";
constexpr std::string_view changed = R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})";

class callers_apart : public one_backend, public testing::WithParamInterface<vmcp::backend_session_mode> {
protected:
    void SetUp() override {
        vmcp::config settings;
        settings.authz = {.cedar = true,
                          .policies = {R"(permit(principal == Client::"alice", action, resource);)",
                                       R"(permit(principal == Client::"bob", action, resource)
                                          unless { resource == Tool::"b_write" };)"}};
        const auto rules = auth::make_rules(settings);
        if (!rules.value && rules.problems.front().message.find("VMCP_WITH_CEDAR=OFF") != std::string::npos)
            GTEST_SKIP() << "built without the engine";
        backend.refuse_streams = true;
        settings.backends.push_back(fakes::backend("b", backend.url()));
        settings.backends.back().sessions = GetParam();
        gateway = std::make_unique<world>(settings, std::vector{fakes::tools("b", {"read", "write"})}, 2,
                                          nullptr, std::make_shared<fakes::tokens_of_callers>());
    }

    mcp_client client_of(const std::string& name) const { return client("2025-11-25", "{}", name); }

    // The request that came for a call, after the handshake that it brought.
    fakes::backend_request first_call(const std::string& name, std::string_view session_id) {
        const auto hello = backend.expect("initialize");
        EXPECT_EQ(hello->request.field("authorization"), "Bearer " + name + "-token-0");
        hello->result(R"({"protocolVersion":"2025-11-25","capabilities":{"tools":{"listChanged":true}},)"
                      R"("serverInfo":{"name":"scripted","version":"1"}})",
                      fmt::format("Mcp-Session-Id: {}\r\n", session_id));
        const auto ready = backend.expect("notifications/initialized");
        EXPECT_EQ(ready->request.field("authorization"), "Bearer " + name + "-token-0");
        ready->accept();
        return call_of(name, session_id);
    }
    fakes::backend_request call_of(const std::string& name, std::string_view session_id) {
        auto asked = backend.expect("tools/call");
        EXPECT_EQ(asked->request.field("authorization"), "Bearer " + name + "-token-0");
        EXPECT_EQ(asked->request.field("mcp-session-id"), session_id);
        return asked;
    }
};

TEST_P(callers_apart, have_views_credentials_sessions_and_connections_of_their_own) {
    const auto alice = client_of("alice");
    const auto bob = client_of("bob");
    auto of_alice = alice.start(tool_call("7", "b_read"));
    const auto asked_by_alice = first_call("alice", "s-alice");
    auto of_bob = bob.start(tool_call("7", "b_read"));
    const auto asked_by_bob = first_call("bob", "s-bob");
    EXPECT_NE(&asked_by_alice->connection(), &asked_by_bob->connection());
    asked_by_bob->result(R"({"content":[],"for":"bob"})");
    EXPECT_THAT(of_bob.response().body, AllOf(HasSubstr(R"("for":"bob")"), HasSubstr(R"("id":7)")));
    asked_by_alice->result(R"({"content":[],"for":"alice"})");
    EXPECT_THAT(of_alice.response().body, HasSubstr(R"("for":"alice")"));
    settle();

    // What each was first is kept, and given to no other.
    for (int round = 0; round < 2; ++round) {
        EXPECT_THAT(alice.post(list_tools).body, AllOf(HasSubstr("b_read"), HasSubstr("b_write")));
        EXPECT_THAT(bob.post(list_tools).body, AllOf(HasSubstr("b_read"), Not(HasSubstr("b_write"))));
        auto again = bob.start(tool_call("8", "b_read"));
        call_of("bob", "s-bob")->result("{}");
        EXPECT_EQ(again.response().status(), 200U);
        auto writes = alice.start(tool_call("8", "b_write"));
        call_of("alice", "s-alice")->result("{}");
        EXPECT_EQ(writes.response().status(), 200U);
        settle();
    }
    EXPECT_THAT(bob.post(tool_call("9", "b_write")).body, HasSubstr("\"error\""));
    EXPECT_FALSE(backend.has("tools/call", 50ms));
    EXPECT_FALSE(backend.has("initialize"));
}

// A session's id is no key to it for another caller (MCP 2025-11-25, "Session Hijacking").
TEST_P(callers_apart, cannot_use_each_others_sessions) {
    const auto alice = client_of("alice");
    fakes::http_client stranger(gateway->port());
    stranger.send("POST",
                  fmt::format("Authorization: Bearer bob\r\nAccept: application/json, text/event-stream\r\n"
                              "Content-Type: application/json\r\nMcp-Session-Id: {}\r\n",
                              alice.session()),
                  list_tools);
    EXPECT_EQ(stranger.response().status(), 404U);
}

INSTANTIATE_TEST_SUITE_P(sessions, callers_apart,
                         testing::Values(vmcp::backend_session_mode::dedicated,
                                         vmcp::backend_session_mode::shared),
                         [](const auto& row) {
                             return row.param == vmcp::backend_session_mode::shared ? "shared" : "dedicated";
                         });

// What the backend lists in the session of one caller alone, and a secret that it repeats.
using callers_apart_lists = callers_apart;

TEST_P(callers_apart_lists, of_one_session_and_words_about_one_credential_stay_there) {
    const auto alice = client_of("alice");
    const auto bob = client_of("bob");
    auto of_bob = bob.start(tool_call("1", "b_read"));
    first_call("bob", "s-bob")->result("{}");
    EXPECT_EQ(of_bob.response().status(), 200U);
    auto of_alice = alice.start(tool_call("1", "b_read"));
    const auto asked = first_call("alice", "s-alice");
    asked->start_events();
    asked->event(changed);
    asked->event(response(asked->id(), "{}"));
    asked->end_events();
    EXPECT_EQ(of_alice.response().status(), 200U);
    const auto reads = backend.expect("tools/list");
    EXPECT_EQ(reads->request.field("mcp-session-id"), "s-alice");
    EXPECT_EQ(reads->request.field("authorization"), "Bearer alice-token-0");
    reads->result(R"({"tools":[{"name":"read","inputSchema":{"type":"object"}},)"
                  R"({"name":"alices","inputSchema":{"type":"object"}}]})");
    ASSERT_TRUE(
        world::eventually([&] { return alice.post(list_tools).body.find("b_alices") != std::string::npos; }));
    EXPECT_THAT(bob.post(list_tools).body, AllOf(HasSubstr("b_read"), Not(HasSubstr("alices"))));
    EXPECT_THAT(bob.post(tool_call("2", "b_alices")).body, HasSubstr("\"error\""));

    auto fails = bob.start(tool_call("3", "b_read"));
    call_of("bob", "s-bob")->answer(403, R"({"error":"alice-token-0 and bob-token-0 are wrong"})");
    EXPECT_THAT(fails.response().body, AllOf(Not(HasSubstr("bob-token")), Not(HasSubstr("alice-token"))));
}

INSTANTIATE_TEST_SUITE_P(sessions, callers_apart_lists,
                         testing::Values(vmcp::backend_session_mode::dedicated),
                         [](const auto&) { return "dedicated"; });

} // namespace
} // namespace wire
