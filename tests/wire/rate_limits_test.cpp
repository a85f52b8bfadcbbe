// rateLimiting as clients of every kind meet it: two callers, with and without sessions, and in batches.
#include "tests/wire/modern_world.hpp"

namespace wire {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using vmcp::token_bucket_config;

class rate_limits : public one_backend {
protected:
    // Nothing comes back while the test runs.
    static token_bucket_config of(std::uint32_t tokens) { return {tokens, 24h}; }

    void start_with(vmcp::rate_limit_config limits) {
        start([&](vmcp::config& settings) { settings.rate_limits = std::move(limits); });
    }
    void answer_one() { backend.expect("tools/call")->result(R"({"content":[]})"); }
    // A call that the backend gets.
    void passes(const mcp_client& by) {
        auto call = by.start(tool_call("1", "b_t"));
        answer_one();
        EXPECT_THAT(call.response().body, HasSubstr(R"("content":[])"));
        settle();
    }
    // Some time has passed since the bucket was full.
    static void soon_after(const std::string& seconds, int full_at) {
        ASSERT_FALSE(seconds.empty());
        EXPECT_LE(std::stoi(seconds), full_at);
        EXPECT_GT(std::stoi(seconds), full_at - 600);
    }
    static void refused(const fakes::http_message& answer, std::string_view id, int seconds) {
        EXPECT_EQ(answer.status(), 200U);
        EXPECT_EQ(member(answer.body, "id"), id);
        EXPECT_EQ(member(answer.body, "error"), "");
        EXPECT_EQ(member(answer.body, "result.isError"), "true");
        EXPECT_EQ(member(answer.body, "result.structuredContent.code"), "429");
        soon_after(member(answer.body, "result.structuredContent.retryAfterSeconds"), seconds);
        EXPECT_THAT(member(answer.body, "result.content"), HasSubstr("Rate limit exceeded: try again in "));
    }
};

TEST_F(rate_limits, each_caller_has_a_bucket_whatever_its_sessions) {
    start_with({.per_user = of(3)});
    const auto alice = client("2025-11-25", "{}", "alice");
    const auto bob = client("2025-06-18", "{}", "bob");
    warm(alice);
    passes(alice);
    const auto again_alice = client("2025-11-25", "{}", "alice");
    warm(again_alice, "s-2");
    refused(alice.post(tool_call("\"x\"", "b_t")), "\"x\"", 28'800);
    refused(again_alice.post(tool_call("7", "b_t")), "7", 28'800);
    warm(bob, "s-3");
    passes(bob);
    passes(bob);
    refused(bob.post(tool_call("8", "b_t")), "8", 28'800);
    EXPECT_EQ(alice.post(R"({"jsonrpc":"2.0","id":1,"method":"ping"})").body, response("1", "{}"));
    EXPECT_THAT(alice.post(R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})").body, HasSubstr("b_t"));
}

TEST_F(rate_limits, clients_without_sessions_get_an_error) {
    start_with({.tools = {{.name = "b_t", .shared = of(1)}}});
    auto first = send(gateway->port(), call_of_t());
    backend.handshake();
    answer_one();
    EXPECT_THAT(first.response().body, HasSubstr(R"("content":[])"));
    auto second = send(gateway->port(), call_of_t("\"m\""));
    const auto answer = second.response();
    EXPECT_EQ(answer.status(), 200U);
    EXPECT_EQ(member(answer.body, "id"), "\"m\"");
    EXPECT_EQ(member(answer.body, "error.code"), "429");
    soon_after(member(answer.body, "error.data.retryAfterSeconds"), 86'400);
    EXPECT_THAT(member(answer.body, "error.message"), HasSubstr("Rate limit exceeded: try again in "));
    // The bucket is that of all callers, whichever revision they speak.
    refused(client().post(tool_call("1", "b_t")), "1", 86'400);
}

TEST_F(rate_limits, hold_for_each_request_of_a_batch) {
    start_with({.shared = of(2)});
    const auto old = client("2025-03-26");
    warm(old);
    auto call = old.start("[" + tool_call("1", "b_t") + "," + tool_call("2", "b_t") + "," +
                          R"({"jsonrpc":"2.0","id":3,"method":"ping"}])");
    answer_one();
    EXPECT_EQ(call.head().status(), 200U);
    std::string all;
    auto events = call.events();
    while (const auto one = events.message())
        all += one->data + "\n";
    EXPECT_THAT(all, AllOf(HasSubstr(R"("retryAfterSeconds":)"), HasSubstr(R"("content":[]})"),
                           HasSubstr(response("3", "{}"))));
}

TEST_F(rate_limits, are_not_there_where_nobody_asked) {
    start();
    const auto c = client();
    warm(c);
    for (int i = 0; i < 20; ++i)
        passes(c);
}

} // namespace
} // namespace wire
