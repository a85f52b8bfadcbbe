// What call and inspect make of a gateway's JSON.
#include "vmcp/program/commands/call_output.hpp"
#include "vmcp/program/commands/inspect_tables.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace vmcp {
namespace {

using testing::HasSubstr;

TEST(call_output, every_kind_of_content) {
    EXPECT_EQ(
        tool_result_text(R"({"content":[{"type":"text","text":"one"},{"type":"text","text":"two\n"}]})"),
        "one\ntwo\n");
    EXPECT_EQ(tool_result_text(R"({"content":[{"type":"image","mimeType":"image/png","data":"aGVsbG8="}]})"),
              "[image image/png, 5 bytes]\n");
    EXPECT_EQ(tool_result_text(R"({"content":[{"type":"resource_link","uri":"note://1","name":"first"}]})"),
              "[resource note://1 first]\n");
    EXPECT_EQ(
        tool_result_text(R"({"content":[{"type":"resource","resource":{"uri":"a://b","text":"inside"}}]})"),
        "inside\n");
    EXPECT_EQ(
        tool_result_text(
            R"({"content":[{"type":"resource","resource":{"uri":"a://b","mimeType":"x/y","blob":"AAAA"}}]})"),
        "[resource a://b x/y, 3 bytes]\n");
    EXPECT_EQ(tool_result_text(R"({"content":[],"structuredContent":{"a":1}})"), "{\n  \"a\": 1\n}\n");
    EXPECT_EQ(tool_result_text(R"({"content":[]})"), "");
}

TEST(call_output, strange_results_do_no_harm) {
    for (const auto* text : {"", "null", "[]", R"({"content":5})", R"({"content":[null,1,"x",[],{}]})",
                             R"({"content":[{"type":5},{"type":"resource","resource":7}]})", "{broken"})
        EXPECT_NO_THROW((void)tool_result_text(text)) << text;
    EXPECT_EQ(tool_result_text("{\"content\":[{\"type\":\"text\",\"text\":\"\\u001b[2J\"}]}"), "?[2J\n");
}

TEST(call_output, text_of_tools_cannot_steer_the_terminal_or_hide) {
    EXPECT_EQ(
        tool_result_text("{\"content\":[{\"type\":\"text\",\"text\":\"a\\u202eb\\u0085c\\u2029d\\u007f\"}]}"),
        "a?b?c?d?\n");
    EXPECT_EQ(
        tool_result_text("{\"content\":[{\"type\":\"image\",\"mimeType\":\"\\u2066x\",\"data\":\"\"}]}"),
        "[image ?x, 0 bytes]\n");
    EXPECT_EQ(tool_result_text("{\"content\":[],\"structuredContent\":{\"a\":\"\\u202e\\u007f\"}}"),
              "{\n  \"a\": \"\\u202e\\u007f\"\n}\n");
    EXPECT_EQ(notice_text("{\"method\":\"notifications/"
                          "progress\",\"params\":{\"progress\":1,\"message\":\"\\u202e\\u2028x\"}}"),
              "[1] ??x");
}

TEST(call_output, errors_of_tools) {
    EXPECT_TRUE(is_tool_error(R"({"content":[],"isError":true})"));
    EXPECT_FALSE(is_tool_error(R"({"content":[],"isError":false})"));
    EXPECT_FALSE(is_tool_error(R"({"content":[]})"));
}

TEST(call_output, notices) {
    EXPECT_EQ(
        notice_text(
            R"({"method":"notifications/progress","params":{"progress":2,"total":5,"message":"half\nway"}})"),
        "[2/5] half way");
    EXPECT_EQ(notice_text(R"({"method":"notifications/progress","params":{"progress":0.5}})"), "[0.5]");
    EXPECT_EQ(notice_text(R"({"method":"notifications/message","params":{"level":"info","data":{"a":1}}})"),
              R"(log info: {"a":1})");
    EXPECT_EQ(notice_text(R"({"method":"notifications/other","params":{}})"), "");
    EXPECT_EQ(notice_text("nonsense"), "");
    EXPECT_EQ(notice_text(R"({"method":"notifications/progress","params":7})"), "[]");
}

TEST(call_output, arguments_travel_as_they_were_written) {
    const auto message = call_message("a\"b", R"( {"n": 1e2, "s": "\u00e9"} )");
    ASSERT_TRUE(message);
    EXPECT_THAT(*message, HasSubstr(R"("arguments":{"n": 1e2, "s": "\u00e9"})"));
    const auto parsed = nlohmann::json::parse(*message);
    EXPECT_EQ(parsed["method"], "tools/call");
    EXPECT_EQ(parsed["params"]["name"], "a\"b");
    EXPECT_EQ(parsed["params"]["_meta"]["progressToken"], 0);
}

TEST(call_output, what_is_no_object_is_refused) {
    for (const auto* text : {"", "{", "[]", "7", "null", "{} {}", R"({"a":})"}) {
        const auto message = call_message("tool", text);
        ASSERT_FALSE(message) << text;
        EXPECT_EQ(message.error().code, errc::config);
    }
    EXPECT_FALSE(call_message("", "{}"));
    EXPECT_FALSE(call_message("\xff", "{}"));
}

TEST(inspect_tables, tools_show_required_and_optional_arguments) {
    const auto table = tools_table(
        {R"({"name":"a","description":"does a","inputSchema":{"type":"object","properties":{"x":{},"y":{}},"required":["y"]}})",
         R"({"name":"b","title":"B","inputSchema":{"type":"object"}})", "7",
         R"({"name":5,"inputSchema":[]})"});
    EXPECT_EQ(table.render(0), "NAME  ARGUMENTS  DESCRIPTION\n"
                               "a     x?, y      does a\n"
                               "b     -          B\n"
                               "      -\n"
                               "5     -\n");
}

TEST(inspect_tables, prompts_and_resources) {
    EXPECT_EQ(
        prompts_table({R"({"name":"p","arguments":[{"name":"x","required":true},{"name":"y"}]})"}).render(0),
        "NAME  ARGUMENTS  DESCRIPTION\n"
        "p     x, y?\n");
    EXPECT_EQ(resources_table({R"({"uri":"a://1","name":"n","mimeType":"text/plain"})"},
                              {R"({"uriTemplate":"a://{id}","name":"t"})"})
                  .render(0),
              "URI       NAME  TYPE        DESCRIPTION\n"
              "a://1     n     text/plain\n"
              "a://{id}  t\n");
}

TEST(inspect_tables, backends_join_status_and_health) {
    const auto table = backends_table(
        R"({"backends":[{"name":"a","health":"healthy","transport":"streamable-http","auth_type":"unauthenticated","mcp_revision":"2025-11-25"},
                        {"name":"b","health":"unhealthy","transport":"streamable-http","auth_type":"unauthenticated","mcp_revision":""}]})",
        R"({"backends":{"a":{"LastErrorCategory":"","ConsecutiveFailures":0,"LastCheckTime":"2026-03-19T08:15:30.123Z"},
                        "b":{"LastErrorCategory":"connection_failed","ConsecutiveFailures":4,"LastCheckTime":"0001-01-01T00:00:00Z"}}})");
    EXPECT_EQ(table.render(0),
              "NAME  HEALTH     TRANSPORT        REVISION    AUTH             LAST CHECK            PROBLEM\n"
              "a     healthy    streamable-http  2025-11-25  unauthenticated  2026-03-19T08:15:30Z  -\n"
              "b     unhealthy  streamable-http  unknown     unauthenticated  never                 "
              "connection_failed, 4 in a row\n");
    EXPECT_TRUE(backends_table("", "").empty());
    EXPECT_TRUE(backends_table("[]", "{}").empty());
}

TEST(inspect_tables, pages_of_a_long_status_are_put_together) {
    std::string status = R"({"backends":[{"name":"a"}],"hidden":[],"pages":2})";
    EXPECT_EQ(pages_of(status), 2U);
    append_backends(status,
                    R"({"backends":[{"name":"b","health":"unhealthy"}],"hidden":[{"name":"t"}],"pages":2})");
    EXPECT_TRUE(has_unhealthy(status));
    EXPECT_EQ(
        status,
        R"({"backends":[{"name":"a"},{"name":"b","health":"unhealthy"}],"hidden":[{"name":"t"}],"pages":2})");
    for (const auto* odd : {"", "[]", "{}", R"({"pages":-1})", R"({"pages":"2"})"}) {
        EXPECT_EQ(pages_of(odd), 1U) << odd;
        std::string same = R"({"backends":[]})";
        append_backends(same, odd);
        EXPECT_EQ(same, R"({"backends":[]})") << odd;
    }
    EXPECT_EQ(pages_of(R"({"pages":99999999})"), 5'000U) << "whatever a peer says";
}

TEST(inspect_tables, reasons_are_told_where_they_are_known) {
    const std::string_view public_page =
        R"({"version":"1","group_ref":"g","backends":[{"name":"a","health":"healthy"},{"name":"b","health":"unhealthy"}]})";
    const std::string_view admin_page =
        R"({"version":"1","group_ref":"g","backends":[{"name":"a","health":"healthy","reason":"old"},
            {"name":"b","health":"unhealthy","reason":"connect to 127.0.0.1:1:\nConnection \u202erefused"}]})";
    EXPECT_EQ(backend_reasons(public_page), "");
    EXPECT_EQ(backend_reasons(admin_page), "b is unhealthy: connect to 127.0.0.1:1: Connection ?refused\n");
    EXPECT_TRUE(has_unhealthy(public_page));
    EXPECT_FALSE(has_unhealthy(R"({"backends":[{"name":"a","health":"healthy"}]})"));
    EXPECT_FALSE(has_unhealthy("nonsense"));
    EXPECT_TRUE(same_gateway(public_page, admin_page));
    EXPECT_FALSE(same_gateway(public_page, R"({"version":"1","group_ref":"g","backends":[{"name":"a"}]})"));
    EXPECT_FALSE(same_gateway(public_page, "[]"));
}

TEST(inspect_tables, raw_entries_stay_raw) {
    EXPECT_EQ(json_array({}), "[]");
    EXPECT_EQ(json_array({R"({"n":1e2})", "2"}), "[\n{\"n\":1e2},\n2\n]");
}

} // namespace
} // namespace vmcp
