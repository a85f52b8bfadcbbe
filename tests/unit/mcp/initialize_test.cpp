// What initialize makes of a client's words, and what it says of the gateway.
#include "transport/mcp/front/initialize.hpp"

#include "vmcp/base/json_text.hpp"
#include "vmcp/base/program.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace transport {
namespace {

using vmcp::errc;

vmcp::result<vmcp::session_record> open(std::string_view params) {
    const std::string text = vmcp::request_message("1", "initialize", params);
    return record_for(vmcp::read_message(text).value(), {"iss", "carol"});
}

std::string asking_for(std::string_view version) {
    return R"({"protocolVersion":")" + std::string(version) + R"("})";
}

TEST(initialize, tells_revision_capabilities_name_and_instructions) {
    const vmcp::gateway_description gateway{
        .capabilities = R"({"tools":{}})", .instructions = "Be\nkind.", .name = "the \"one\""};
    const std::string server =
        R"(,"capabilities":{"tools":{}},"serverInfo":{"name":"the \"one\"","version":)" +
        vmcp::quoted(vmcp::program_version) + "}";
    for (const auto& [asked, spoken] : std::vector<std::pair<std::string_view, std::string>>{
             {"2025-03-26", "2025-03-26"},
             {"2025-06-18", "2025-06-18"},
             {"2025\\u002d11-25", "2025-11-25"},
             {"2024-11-05", "2025-11-25"}, // spoken to backends only
             {"2099-01-01", "2025-11-25"},
             {"", "2025-11-25"},
             {"\\ud800", "2025-11-25"}}) {
        const auto opened = open(asking_for(asked));
        ASSERT_TRUE(opened) << asked;
        EXPECT_EQ(text_of(opened->version), spoken);
        EXPECT_EQ(initialize_result(gateway, opened->version),
                  R"({"protocolVersion":")" + spoken + "\"" + server + R"(,"instructions":"Be\nkind."})");
    }
    auto silent = gateway;
    silent.instructions = {};
    EXPECT_EQ(initialize_result(silent, vmcp::latest_version),
              R"({"protocolVersion":"2025-11-25")" + server + "}")
        << "no instructions, no member";
}

TEST(initialize, a_session_belongs_to_its_caller_and_knows_what_the_client_can) {
    const auto opened =
        open(R"({"capabilities":{"roots":{"listChanged":true},"x":{}},"protocolVersion":"2025-11-25"})");
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->capabilities->raw, R"({"roots":{"listChanged":true}})");
    EXPECT_EQ(opened->who, (vmcp::identity{"iss", "carol"}));
    EXPECT_NE(opened->id, open(asking_for("2025-11-25"))->id);
}

TEST(initialize, without_a_version_opens_nothing) {
    for (const std::string_view params :
         {"", "{}", R"({"protocolVersion":null})", R"({"protocolVersion":20251125})",
          R"({"capabilities":{"protocolVersion":"2025-11-25"}})"}) {
        const auto opened = open(params);
        ASSERT_FALSE(opened) << params;
        EXPECT_EQ(opened.error(), vmcp::fail(errc::invalid_params, "\"protocolVersion\" must be a string"));
    }
}

} // namespace
} // namespace transport
