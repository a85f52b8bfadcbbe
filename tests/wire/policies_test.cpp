// Callers under different policies, at one gateway.
#include "tests/wire/wire_test_world.hpp"

#include "auth/cedar/cedar_rules.hpp"
#include "vmcp/base/json_cursor.hpp"

namespace wire {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view list_tools = R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})";

class policies : public one_backend {
protected:
    void SetUp() override {
        vmcp::config probe;
        probe.authz = {.cedar = true, .policies = {"permit(principal, action, resource);"}};
        const auto made = auth::make_rules(probe);
        if (!made.value && made.problems.front().message.find("VMCP_WITH_CEDAR=OFF") != std::string::npos)
            GTEST_SKIP() << "built without the engine";
    }

    void start_with(std::vector<std::string> texts) {
        backend.refuse_streams = true;
        vmcp::config settings;
        settings.backends.push_back(fakes::backend("b", backend.url()));
        settings.authz = {.cedar = true, .policies = std::move(texts)};
        auto lists = fakes::tools("b", {"read", "write"});
        lists.tools[0].raw =
            R"({"name":"read","inputSchema":{"type":"object"},"annotations":{"readOnlyHint":true}})";
        lists.tools[1].raw =
            R"({"name":"write","inputSchema":{"type":"object","properties":{"to":{"x-mcp-header":"To"}}},"annotations":{"destructiveHint":true}})";
        gateway = std::make_unique<world>(settings, std::vector{lists});
    }

    mcp_client client_of(std::string name) const { return client("2025-11-25", "{}", std::move(name)); }

    // The error of a call that must not reach the backend.
    static std::string refusal(const mcp_client& of, std::string_view tool) {
        const auto answer = of.post(tool_call("5", tool));
        EXPECT_EQ(std::string(vmcp::json_member(answer.body, "error").raw).empty(), false) << answer.body;
        return answer.body;
    }
};

const std::string readers =
    R"(permit(principal, action == Action::"call_tool", resource) when { resource has readOnlyHint && resource.readOnlyHint };)";
const std::string alice_all = R"(permit(principal == Client::"alice", action, resource);)";

TEST_F(policies, two_users_see_different_lists_and_may_call_what_they_see) {
    start_with({readers, alice_all});
    const auto alice = client_of("alice");
    const auto bob = client_of("bob");
    for (int round = 0; round < 2; ++round) { // the second time from what was kept
        const auto all = alice.post(list_tools).body;
        EXPECT_THAT(all, HasSubstr("b_read"));
        EXPECT_THAT(all, HasSubstr("b_write"));
        const auto some = bob.post(list_tools).body;
        EXPECT_THAT(some, HasSubstr("b_read"));
        EXPECT_THAT(some, Not(HasSubstr("b_write")));
    }
    auto call = alice.start(tool_call("2", "b_write"));
    backend.handshake();
    backend.expect("tools/call")->result(R"({"content":[]})");
    EXPECT_EQ(call.response().status(), 200U);
    (void)refusal(bob, "b_write");
    EXPECT_FALSE(backend.has("tools/call", 50ms));
}

// Without the id of the request, which each answer has for itself.
std::string words_of(const std::string& body) {
    return body.substr(0, body.find("\"requestId\""));
}

TEST_F(policies, a_hidden_name_answers_like_an_absent_one) {
    start_with({readers});
    const auto bob = client_of("bob");
    auto hidden = refusal(bob, "b_write");
    auto absent = refusal(bob, "b_wrote");
    EXPECT_EQ(words_of(hidden), words_of(absent));
    EXPECT_THAT(hidden, Not(HasSubstr("write")));
    for (const auto* method : {"prompts/get", "completion/complete"}) {
        const auto answer = bob.post(fmt::format(
            R"({{"jsonrpc":"2.0","id":5,"method":"{}","params":{{"name":"x","ref":{{"type":"ref/prompt","name":"x"}},"argument":{{"name":"a","value":""}}}}}})",
            method));
        EXPECT_EQ(words_of(answer.body), words_of(absent)) << method;
    }
}

// Nor by what this revision wants repeated in header fields (MCP 2026-07-28, basic/transports/streamable-http).
TEST_F(policies, a_hidden_tool_is_not_told_by_what_its_header_fields_should_be) {
    start_with({readers, alice_all});
    const auto answer_to = [&](std::string_view who, std::string_view tool) {
        fakes::http_client connection(gateway->port());
        connection.send(
            "POST",
            fmt::format("Authorization: Bearer {}\r\nContent-Type: application/json\r\n"
                        "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: {}\r\n"
                        "X-Request-Id: same\r\n",
                        who, tool),
            fmt::format(R"({{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"{}",)"
                        R"("arguments":{{"to":"x"}},"_meta":{{"io.modelcontextprotocol/protocolVersion":)"
                        R"("2026-07-28","io.modelcontextprotocol/clientCapabilities":{{}}}}}}}})",
                        tool));
        const auto answer = connection.response();
        return fmt::format("{} {}", answer.status(), answer.body);
    };
    EXPECT_THAT(answer_to("alice", "b_write"), HasSubstr("Mcp-Param-To is missing"));
    EXPECT_EQ(answer_to("bob", "b_write"), answer_to("bob", "b_never"));
}

TEST_F(policies, new_ones_hold_for_sessions_that_are_open) {
    start_with({readers});
    const auto bob = client_of("bob");
    EXPECT_THAT(bob.post(list_tools).body, HasSubstr("b_read"));
    gateway->use_policies({R"(permit(principal, action, resource == Tool::"b_write");)"});
    const auto after = bob.post(list_tools).body;
    EXPECT_THAT(after, Not(HasSubstr("b_read")));
    EXPECT_THAT(after, HasSubstr("b_write"));
    (void)refusal(bob, "b_read");
}

TEST_F(policies, decide_about_the_arguments_of_a_call) {
    start_with({R"(permit(principal, action, resource) when { context.arg_city == "Bern" };)"});
    const auto bob = client_of("bob");
    EXPECT_THAT(bob.post(list_tools).body, HasSubstr(R"("tools":[])")) << "nobody can say yet which city";
    const auto with_city = [](std::string_view city) {
        return fmt::format(
            R"({{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{{"name":"b_read","arguments":{{"city":"{}"}}}}}})",
            city);
    };
    auto call = bob.start(with_city("Bern"));
    backend.handshake();
    backend.expect("tools/call")->result(R"({"content":[]})");
    EXPECT_EQ(call.response().status(), 200U);
    EXPECT_THAT(bob.post(with_city("Basel")).body, HasSubstr("error"));
    EXPECT_FALSE(backend.has("tools/call", 50ms));
}

} // namespace
} // namespace wire
