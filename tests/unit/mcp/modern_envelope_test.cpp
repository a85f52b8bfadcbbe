// What a request of the stateless revision says of itself: the checks in their order, and what other revisions do not get
// to see.
#include "transport/mcp/front/modern_envelope.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>

namespace transport {
namespace {

using vmcp::errc;

constexpr std::string_view whole_meta =
    R"({"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}})";

std::string call(std::string_view meta, std::string_view method = "tools/call",
                 std::string_view more = R"("name":"t")") {
    return fmt::format(R"({{"jsonrpc":"2.0","id":1,"method":"{}","params":{{"_meta":{}{}{}}}}})", method,
                       meta, more.empty() ? "" : ",", more);
}

request_fields fields(std::optional<std::string_view> version = "2026-07-28",
                      std::optional<std::string_view> method = "tools/call",
                      std::optional<std::string_view> name = "t") {
    request_fields out;
    out.protocol_version = version;
    out.mcp_method = method;
    out.mcp_name = name;
    return out;
}

// The name of the failure, or "ok".
std::string verdict(const request_fields& given, const std::string& body) {
    const auto m = vmcp::read_message(body);
    const auto read = read_modern_envelope(given, *m);
    return read ? "ok" : std::string(row_of(read.error().code).name);
}

TEST(modern_envelope, what_is_wrong_first_is_told) {
    EXPECT_EQ(verdict(fields(), call(whole_meta)), "ok");
    EXPECT_EQ(verdict(fields(), call("{}")), "incomplete_envelope");
    EXPECT_EQ(verdict(fields(), call("null")), "incomplete_envelope");
    EXPECT_EQ(verdict(fields(), call(R"({"io.modelcontextprotocol/protocolVersion":"2026-07-28"})")),
              "incomplete_envelope");
    EXPECT_EQ(verdict(fields(), call(R"({"io.modelcontextprotocol/protocolVersion":"2026-07-28",
                                         "io.modelcontextprotocol/clientCapabilities":[]})")),
              "incomplete_envelope");
    EXPECT_EQ(verdict(fields(), call(R"({"io.modelcontextprotocol/protocolVersion":20260728,
                                         "io.modelcontextprotocol/clientCapabilities":{}})")),
              "incomplete_envelope");
    // A header that says something else beats a revision that does not exist.
    const std::string unknown =
        R"({"io.modelcontextprotocol/protocolVersion":"v999.0.0","io.modelcontextprotocol/clientCapabilities":{}})";
    EXPECT_EQ(verdict(fields(), call(unknown)), "header_mismatch");
    EXPECT_EQ(verdict(fields("v999.0.0"), call(unknown)), "unsupported_revision");
    EXPECT_EQ(verdict(fields(std::nullopt), call(whole_meta)), "header_mismatch");
    EXPECT_EQ(verdict(fields("2026-07-28", std::nullopt), call(whole_meta)), "header_mismatch");
    EXPECT_EQ(verdict(fields("2026-07-28", "Tools/Call"), call(whole_meta)), "header_mismatch");
    EXPECT_EQ(verdict(fields("2026-07-28", "tools/call", std::nullopt), call(whole_meta)), "header_mismatch");
    EXPECT_EQ(verdict(fields("2026-07-28", "tools/call", "T"), call(whole_meta)), "header_mismatch");
    // What has no name has none in the header either, and is told so as a parameter.
    EXPECT_EQ(verdict(fields("2026-07-28", "tools/call", std::nullopt), call(whole_meta, "tools/call", "")),
              "ok");
    EXPECT_EQ(verdict(fields("2026-07-28", "tools/call", "t"), call(whole_meta, "tools/call", "")),
              "header_mismatch");
    EXPECT_EQ(verdict(fields("2026-07-28", "tools/list", std::nullopt), call(whole_meta, "tools/list", "")),
              "ok");
    EXPECT_EQ(verdict(fields("2026-07-28", "resources/read", "x:/1"),
                      call(whole_meta, "resources/read", R"("uri":"x:\/1")")),
              "ok");
}

TEST(modern_envelope, an_unsupported_revision_is_told_what_there_is) {
    const auto body = call(
        R"({"io.modelcontextprotocol/protocolVersion":"1900-01-01","io.modelcontextprotocol/clientCapabilities":{}})");
    const auto m = vmcp::read_message(body);
    const auto read = read_modern_envelope(fields("1900-01-01"), *m);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().data, R"({"supported":["2026-07-28"],"requested":"1900-01-01"})");
}

TEST(modern_envelope, tells_what_the_client_can_do_and_wants_to_hear) {
    const auto body = call(R"({"io.modelcontextprotocol/protocolVersion":"2026-07-28",
        "io.modelcontextprotocol/clientCapabilities":{"sampling":{},"elicitation":{"url":{}},"x":{}},
        "io.modelcontextprotocol/logLevel":"warning"})");
    const auto m = vmcp::read_message(body);
    const auto read = read_modern_envelope(fields(), *m);
    ASSERT_TRUE(read);
    EXPECT_TRUE(read->can.sampling);
    EXPECT_TRUE(read->can.elicitation);
    EXPECT_FALSE(read->can.roots);
    EXPECT_EQ(read->level, vmcp::log_level::warning);
    // A level that does not exist is told later: a method that does not exist comes first.
    for (const std::string_view bad : {R"("loud")", "3", "{}"}) {
        const auto text = call(fmt::format(R"({{"io.modelcontextprotocol/protocolVersion":"2026-07-28",
            "io.modelcontextprotocol/clientCapabilities":{{}},"io.modelcontextprotocol/logLevel":{}}})",
                                           bad));
        const auto with_bad = read_modern_envelope(fields(), *vmcp::read_message(text));
        ASSERT_TRUE(with_bad) << bad;
        EXPECT_FALSE(with_bad->level) << bad;
    }
    EXPECT_EQ(unknown_level().code, errc::invalid_params);
}

TEST(modern_envelope, only_names_may_be_written_in_base64) {
    EXPECT_EQ(verdict(fields("2026-07-28", "=?base64?dG9vbHMvY2FsbA==?="), call(whole_meta)),
              "header_mismatch");
    EXPECT_EQ(verdict(fields("2026-07-28", "tools/call", "=?base64?dA==?="), call(whole_meta)), "ok");
    EXPECT_EQ(verdict(fields("2026-07-28", "tools/call", "=?base64?dA?="), call(whole_meta)),
              "header_mismatch");
}

TEST(modern_envelope, fields_that_contradict_themselves_do_not_say_what_the_body_says) {
    auto given = fields();
    given.mirror_contradiction = "Mcp-Name";
    EXPECT_EQ(verdict(given, call(whole_meta)), "header_mismatch");
}

TEST(modern_envelope, the_body_or_the_header_says_which_revision_a_client_speaks) {
    const auto speaks = [](std::optional<std::string_view> version, const std::string& body) {
        return speaks_stateless(fields(version), *vmcp::read_message(body));
    };
    EXPECT_TRUE(speaks("2026-07-28", call("{}")));
    EXPECT_TRUE(speaks("2027-01-01", call("{}")));
    EXPECT_TRUE(speaks(std::nullopt, call(whole_meta)));
    EXPECT_TRUE(speaks("2025-11-25", call(whole_meta)));
    EXPECT_TRUE(speaks(std::nullopt, call(R"({"io.modelcontextprotocol\/protocolVersion":"v999"})")));
    EXPECT_FALSE(speaks("2025-11-25", call("{}")));
    EXPECT_FALSE(speaks(std::nullopt, call("{}")));
    EXPECT_FALSE(speaks("v999.0.0", call("{}")));
    EXPECT_FALSE(speaks("2026-7-28", call("{}")));
}

TEST(mirrored_text, is_read_as_it_stands_or_from_base64) {
    EXPECT_EQ(mirrored_text("plain"), "plain");
    EXPECT_EQ(mirrored_text("=?base64?SGVsbG8=?="), "Hello");
    EXPECT_EQ(mirrored_text("=?base64?SGVsbG8h?="), "Hello!");
    EXPECT_EQ(mirrored_text("=?base64?"
                            "?="),
              "");
    // Half a marker is no marker.
    EXPECT_EQ(mirrored_text("=?base64?SGVsbG8="), "=?base64?SGVsbG8=");
    EXPECT_EQ(mirrored_text("SGVsbG8=?="), "SGVsbG8=?=");
    EXPECT_EQ(mirrored_text("=?BASE64?SGVsbG8=?="), "=?BASE64?SGVsbG8=?=");
    for (const std::string_view bad : {"=?base64?SGVsbG8?=", "=?base64?SGVs bG8=?=", "=?base64?SGVsbG8-?=",
                                       "=?base64?====?=", "=?base64?SG=sbG8=?=", "=?base64?S?="})
        EXPECT_FALSE(mirrored_text(bad)) << bad;
}

TEST(modern_envelope, older_revisions_do_not_see_it) {
    const auto without = [](const std::string& body) { return without_envelope(*vmcp::read_message(body)); };
    EXPECT_EQ(without(call(whole_meta)), call("{}"));
    EXPECT_EQ(without(call(
                  R"({"a/b":1e2,"io.modelcontextprotocol/protocolVersion":"2026-07-28","progressToken":7})")),
              call(R"({"a/b":1e2,"progressToken":7})"));
    EXPECT_EQ(
        without(R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","requestState":"s",
        "_meta":{},"inputResponses":{},"arguments":{"requestState":1}}})"),
        R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"_meta":{},"name":"t","arguments":{"requestState":1}}})");
}

} // namespace
} // namespace transport
