// Gateways that are each other's backends: a request that comes round is refused instead of going on for ever.
#include "tests/wire/wire_test_world.hpp"

#include <optional>

namespace wire {
namespace {

using testing::HasSubstr;

class chain : public one_backend {
protected:
    static std::string url_at(std::uint16_t port) { return fmt::format("http://127.0.0.1:{}/mcp", port); }

    static vmcp::config with_backend(std::string name, std::string url) {
        vmcp::config settings;
        settings.backends.push_back(fakes::backend(std::move(name), std::move(url)));
        return settings;
    }
};

TEST_F(chain, every_request_to_a_backend_says_who_passes_it_on) {
    start();
    const auto c = client();
    auto call = c.start(tool_call("1", "b_t"));
    const auto first = backend.expect("initialize");
    const std::string own(first->request.field("via"));
    EXPECT_THAT(own, testing::MatchesRegex("1\\.1 vmcp-[0-9a-f]{16}"));
    first->result(
        R"({"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"s","version":"1"}})");
    const auto told = backend.expect("notifications/initialized");
    EXPECT_EQ(told->request.field("via"), own);
    told->accept();
    const auto asked = backend.expect("tools/call");
    EXPECT_EQ(asked->request.field("via"), own);
    asked->result("{}");
    EXPECT_EQ(call.response().body, response("1", "{}"));
}

TEST_F(chain, a_request_that_was_passed_on_names_everybody) {
    start();
    const auto c = client();
    warm(c);
    auto call = c.start(tool_call("1", "b_t"), "Via: 1.0 proxy, 1.1 vmcp-first\r\n");
    const auto asked = backend.expect("tools/call");
    EXPECT_THAT(std::string(asked->request.field("via")),
                testing::MatchesRegex("1\\.1 vmcp-first, 1\\.1 vmcp-[0-9a-f]{16}"));
    asked->result("{}");
    EXPECT_EQ(call.response().body, response("1", "{}"));
}

// a_ is what the second gateway calls the first, b_ what the first calls the second.
TEST_F(chain, a_ring_of_two_gateways_refuses_what_comes_round) {
    std::optional<world> second;
    world first(
        [&](std::uint16_t port) {
            second.emplace(with_backend("a", url_at(port)), std::vector{fakes::tools("a", {"t"})});
            return with_backend("b", url_at(second->port()));
        },
        {fakes::tools("b", {"a_t"})});
    mcp_client c(first.port());
    c.open();
    const auto answer = c.post(tool_call("1", "b_a_t"));
    EXPECT_THAT(answer.body, HasSubstr(R"("id":1,"error")"));
    EXPECT_THAT(answer.body, HasSubstr("came through this gateway before"));
    EXPECT_EQ(first.sessions(), 1U) << "the client's; nobody else got in";
    EXPECT_EQ(second->sessions(), 1U) << "the first one's";
}

} // namespace
} // namespace wire
