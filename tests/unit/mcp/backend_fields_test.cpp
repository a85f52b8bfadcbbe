// Which header fields a request to a backend has, and who wins where two want the same.
#include "transport/mcp/back/backend_fields.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace transport {
namespace {

std::vector<std::string> lines(const std::vector<header_field>& fields) {
    std::vector<std::string> out;
    for (const auto& f : fields)
        out.push_back(std::string(f.name) + ": " + std::string(f.value));
    return out;
}

using strings = std::vector<std::string>;

TEST(backend_fields, before_a_session_are_few) {
    EXPECT_EQ(lines(backend_fields(accept_both, nullptr, {})),
              strings{"Accept: application/json, text/event-stream"});
}

TEST(backend_fields, of_a_session_name_it) {
    established session;
    session.version = vmcp::protocol_version::v2025_06_18;
    EXPECT_EQ(lines(backend_fields(accept_events, &session, {})),
              (strings{"Accept: text/event-stream", "MCP-Protocol-Version: 2025-06-18"}))
        << "a backend without sessions";
    session.session_id = "s";
    EXPECT_EQ(
        lines(backend_fields(accept_events, &session, {})),
        (strings{"Accept: text/event-stream", "MCP-Protocol-Version: 2025-06-18", "Mcp-Session-Id: s"}));
}

TEST(backend_fields, the_gateways_own_win_then_those_of_the_call_then_those_of_the_session) {
    established session;
    session.session_id = "s";
    session.headers = {{"x-tenant", "first"}, {"x-trace", "first"}, {"mcp-session-id", "evil"}};
    vmcp::credential with;
    with.fields = {{"Authorization", "Bearer ours"}, {"X-Key", "k"}};
    const header_list call{{"authorization", "Bearer theirs"}, {"X-Tenant", "second"}, {"accept", "*/*"}};
    EXPECT_EQ(lines(backend_fields(accept_both, &session, with, "1.1 vmcp-0", &call)),
              (strings{"Accept: application/json, text/event-stream", "MCP-Protocol-Version: 2025-11-25",
                       "Mcp-Session-Id: s", "Via: 1.1 vmcp-0", "Authorization: Bearer ours", "X-Key: k",
                       "X-Tenant: second", "x-trace: first"}));
}

} // namespace
} // namespace transport
