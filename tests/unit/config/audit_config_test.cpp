// audit: what is taken, and what has no effect.
#include "config_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vmcp {
namespace {

using test::world;
using testing::HasSubstr;

std::string with(std::string_view keys) {
    return std::string(test::one_backend) + "audit: {" + std::string(keys) + "}\n";
}

TEST(audit_config, is_off_and_has_toolhives_keys) {
    EXPECT_FALSE(world{}.good(test::one_backend).audit.enabled);
    const auto all =
        world{}
            .good(with("enabled: true, component: front, eventTypes: [mcp_tool_call, http_request], "
                       "excludeEventTypes: [mcp_ping], includeRequestData: true, "
                       "includeResponseData: true, detectApplicationErrors: false, maxDataSize: "
                       "2048, logFile: audit.log, queueSize: 7"))
            .audit;
    EXPECT_EQ(all, (audit_config{.enabled = true,
                                 .component = "front",
                                 .event_types = {"mcp_tool_call", "http_request"},
                                 .exclude_event_types = {"mcp_ping"},
                                 .request_data = true,
                                 .response_data = true,
                                 .detect_errors = false,
                                 .max_data = 2048,
                                 .queue = 7,
                                 .log_file = "conf/audit.log"}))
        << "the file is seen from the folder of the configuration";
    EXPECT_EQ(world{}.good(with("enabled: true, logFile: /var/log/audit.log")).audit.log_file,
              "/var/log/audit.log");
}

TEST(audit_config, wrong_values_are_named) {
    EXPECT_THAT(world{}.bad(with("eventTypes: [tool_call]")), HasSubstr("audit.eventTypes"));
    EXPECT_THAT(world{}.bad(with("eventTypes: [vmcp_workflow_started]")), HasSubstr("not supported yet"));
    EXPECT_THAT(world{}.bad(with("maxDelegationDepth: 3")), HasSubstr("not supported yet"));
    EXPECT_THAT(world{}.bad(with("logFiles: x")), HasSubstr("logFile"));
}

TEST(audit_config, what_has_no_effect_is_a_warning) {
    const auto warnings = [](std::string_view text) {
        const auto out = world{}.load(text);
        EXPECT_TRUE(out);
        return out.warnings.empty() ? std::string() : format_warning(out.warnings.front());
    };
    EXPECT_THAT(warnings(with("logFile: x")), HasSubstr("has no effect without 'enabled: true'"));
    EXPECT_EQ(warnings(with("enabled: false, logFile: x")), "") << "turned off on purpose";
    EXPECT_EQ(warnings(with("enabled: true, logFile: x")), "");
    EXPECT_THAT(warnings(with("enabled: true, eventTypes: [mcp_ping], excludeEventTypes: [mcp_ping]")),
                HasSubstr("no line is written"));
}

TEST(audit_config, the_command_line_turns_it_on) {
    const world here;
    auto sources = here.sources();
    sources.given.audit = true;
    for (const auto& text : {std::string(test::one_backend), with("enabled: false"), with("component: x")}) {
        const auto out = load_config_text(text, "conf/vmcp.yaml", sources);
        ASSERT_TRUE(out);
        EXPECT_TRUE(out.value->audit.enabled) << text;
        EXPECT_TRUE(out.warnings.empty()) << text;
    }
}

} // namespace
} // namespace vmcp
