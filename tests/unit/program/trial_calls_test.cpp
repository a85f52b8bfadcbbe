// Whose pages may try calls, and how long one may take.
#include "vmcp/program/trial_calls.hpp"

#include "tests/fakes/mcp_client.hpp"
#include "tests/fakes/scripted_backend.hpp"
#include "tests/fakes/world.hpp"
#include "vmcp/assembly/composition.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vmcp {
namespace {

TEST(TrialCalls, OnlyAPageOfTheSameSiteMayTryThem) {
    EXPECT_TRUE(is_same_site(std::nullopt, "127.0.0.1:4484")) << "no browser";
    EXPECT_TRUE(is_same_site("http://127.0.0.1:4484", "127.0.0.1:4484"));
    EXPECT_TRUE(is_same_site("https://Admin.example", "admin.example"));
    for (const auto* other : {"http://127.0.0.1:4485", "http://localhost:4484", "http://evil.example", "null",
                              "", "127.0.0.1:4484", "http://127.0.0.1:4484,http://evil.example",
                              "http://evil.example,http://127.0.0.1:4484", "http://127.0.0.1:44840"})
        EXPECT_FALSE(is_same_site(other, "127.0.0.1:4484")) << other;
    EXPECT_FALSE(is_same_site("http://", ""));
}

constexpr std::string_view call_of_t =
    R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"b_t","arguments":{},"_meta":{"progressToken":1,)"
    R"("io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}})";

TEST(TrialCalls, OneEndsInTimeWhateverItsBackendSays) {
    fakes::scripted_backend backend;
    backend.refuse_streams = true;
    config settings;
    settings.backends.push_back(fakes::backend("b", backend.url()));
    settings.admin.token = "operators";
    fakes::world gateway(settings, {fakes::tools("b", {"t"})});
    gateway.serve_by([](composition& composition) {
        return std::make_unique<trial_calls>(
            trial_calls::parts{.front = composition.modern_front,
                               .via = composition.via,
                               .current = composition.current,
                               .settings = composition.front_settings},
            trial_calls::bounds{.longest = std::chrono::milliseconds(1'000)});
    });
    const auto began = steady_clock::now();
    fakes::http_client client(gateway.port());
    client.send(
        "POST",
        "Accept: text/event-stream, application/json\r\n"
        "Authorization: Bearer operators\r\nMCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\n"
        "Mcp-Name: b_t\r\n",
        call_of_t);
    backend.handshake();
    const auto asked = backend.expect("tools/call");
    asked->start_events();
    // Where progress may extend the time of a client's call, it would be half a minute from here.
    asked->event(fmt::format(
        R"({{"jsonrpc":"2.0","method":"notifications/progress","params":{{"progressToken":{},"progress":1}}}})",
        asked->raw("params._meta.progressToken")));
    ASSERT_EQ(client.head().status(), 200U);
    auto events = client.events();
    EXPECT_THAT(events.message()->data, testing::HasSubstr("notifications/progress"));
    EXPECT_THAT(events.message()->data, testing::HasSubstr("did not answer in time"));
    EXPECT_LT(steady_clock::now() - began, std::chrono::seconds(20));
}

} // namespace
} // namespace vmcp
