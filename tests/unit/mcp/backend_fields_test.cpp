// Which header fields a request to a backend has, and who wins where two want the same.
#include "transport/mcp/back/backend_fields.hpp"

#include <gtest/gtest.h>

#include <memory>
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
    vmcp::credential credential;
    credential.fields = {{"Authorization", "Bearer ours"}, {"X-Key", "k"}};
    const header_list call{{"authorization", "Bearer theirs"}, {"X-Tenant", "second"}, {"accept", "*/*"}};
    EXPECT_EQ(lines(backend_fields(accept_both, &session, credential, "1.1 vmcp-0", &call)),
              (strings{"Accept: application/json, text/event-stream", "MCP-Protocol-Version: 2025-11-25",
                       "Mcp-Session-Id: s", "Via: 1.1 vmcp-0", "Authorization: Bearer ours", "X-Key: k",
                       "X-Tenant: second", "x-trace: first"}));
}

class noting_signer final : public vmcp::request_signer {
public:
    header_list sign(const vmcp::signable_request& request) const override {
        std::string text = std::string(request.method) + " " + std::string(request.authority) +
                           std::string(request.target) + " " + std::string(request.content_type) + " ";
        for (const auto piece : request.body)
            text.append("[").append(piece).append("]");
        return {{"Authorization", text}};
    }
};

TEST(backend_fields, a_signature_is_of_the_request_as_it_is_sent_and_nobody_replaces_it) {
    const vmcp::credential bare;
    const auto url = vmcp::parse_url("http://h:1/mcp?x").value();
    EXPECT_TRUE(signature_of(bare, "POST", url).empty());
    vmcp::credential credential;
    credential.signer = std::make_shared<noting_signer>();
    vmcp::gather body("{");
    body.add("}");
    const auto made = signature_of(credential, "POST", url, {}, &body);
    EXPECT_EQ(made, (header_list{{"Authorization", "POST h:1/mcp?x application/json [{][}]"}}));
    EXPECT_EQ(signature_of(credential, "GET", url), (header_list{{"Authorization", "GET h:1/mcp?x  "}}));
    EXPECT_EQ(signature_of(credential, "GET", url, "/moved"),
              (header_list{{"Authorization", "GET h:1/moved  "}}));
    const header_list call{{"authorization", "Bearer theirs"}};
    EXPECT_EQ(
        lines(backend_fields(accept_events, nullptr, credential, {}, &call, &made)),
        (strings{"Accept: text/event-stream", "Authorization: POST h:1/mcp?x application/json [{][}]"}));
}

} // namespace
} // namespace transport
