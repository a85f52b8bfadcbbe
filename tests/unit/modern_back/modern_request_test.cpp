// Requests of the stateless revision: what they say of themselves, and the header fields that repeat them.
#include "transport/mcp/modern_back/modern_request.hpp"

#include "vmcp/base/program.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace transport {
namespace {

const std::string about = std::string(R"("io.modelcontextprotocol/protocolVersion":"2026-07-28",)") +
                          R"("io.modelcontextprotocol/clientInfo":{"name":"vmcp","version":")" +
                          std::string(vmcp::program_version) + R"("},)";
const std::string plain_meta = "{" + about + R"("io.modelcontextprotocol/clientCapabilities":{})";

std::string written(const std::string& given, modern_request_terms terms = {}) {
    terms.raw_id = "77";
    const auto m = vmcp::read_message(given);
    EXPECT_TRUE(m) << given;
    const auto out = modern_request(*m, terms).text().str();
    EXPECT_TRUE(vmcp::read_message(out)) << "a message still: " << out;
    return out;
}

TEST(modern_request, puts_its_envelope_into_params_and_leaves_the_rest) {
    EXPECT_EQ(
        written(
            R"({"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"name":"t","arguments":{"n":1.0}}})"),
        R"({"jsonrpc":"2.0","id":77,"method":"tools/call","params":{"_meta":)" + plain_meta +
            R"(},"name":"t","arguments":{"n":1.0}}})");
    EXPECT_EQ(written(R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}})"),
              R"({"jsonrpc":"2.0","id":77,"method":"tools/list","params":{"_meta":)" + plain_meta + "}}}");
    EXPECT_EQ(written(R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})"),
              R"({"jsonrpc":"2.0","id":77,"method":"tools/list","params":{"_meta":)" + plain_meta + "}}}");
}

TEST(modern_request, keeps_what_a_client_wrote_into_meta_but_for_what_is_reserved) {
    EXPECT_EQ(
        written(
            R"({"jsonrpc":"2.0","id":1,"method":"m","params":{"_meta":{"traceparent":"00-1","progressToken":"p",)"
            R"("io.modelcontextprotocol/logLevel":"debug"},"a":[1]}})"),
        R"({"jsonrpc":"2.0","id":77,"method":"m","params":{"_meta":)" + plain_meta +
            R"(,"traceparent":"00-1"},"a":[1]}})");
    EXPECT_EQ(written(R"({"jsonrpc":"2.0","id":1,"method":"m","params":{"a":1,"_meta":null}})"),
              R"({"jsonrpc":"2.0","id":77,"method":"m","params":{"_meta":)" + plain_meta + R"(},"a":1}})")
        << "not two of the same name";
}

TEST(modern_request, says_what_is_wanted) {
    const auto text = written(
        R"({"jsonrpc":"2.0","id":1,"method":"m","params":{}})",
        {.capabilities = R"({"roots":{}})", .level = vmcp::log_level::warning, .wants_progress = true});
    EXPECT_EQ(
        text,
        R"({"jsonrpc":"2.0","id":77,"method":"m","params":{"_meta":{)" + about +
            R"("io.modelcontextprotocol/clientCapabilities":{"roots":{}},"io.modelcontextprotocol/logLevel":"warning",)"
            R"("progressToken":77}}})");
}

TEST(modern_request, of_a_retry_has_the_answers_and_the_state_byte_for_byte) {
    const modern_request_terms terms{.input_responses = R"({"k":{"action":"accept"}})",
                                     .request_state = R"("\u0061b")"};
    const auto tail = R"("inputResponses":{"k":{"action":"accept"}},"requestState":"\u0061b",)";
    EXPECT_EQ(written(R"({"jsonrpc":"2.0","id":1,"method":"m","params":{"name":"t"}})", terms),
              std::string(R"({"jsonrpc":"2.0","id":77,"method":"m","params":{)") + tail + R"("_meta":)" +
                  plain_meta + R"(},"name":"t"}})");
    EXPECT_EQ(written(R"({"jsonrpc":"2.0","id":1,"method":"m","params":{"_meta":{},"name":"t"}})", terms),
              std::string(R"({"jsonrpc":"2.0","id":77,"method":"m","params":{)") + tail + R"("_meta":)" +
                  plain_meta + R"(},"name":"t"}})");
    EXPECT_EQ(
        written(
            R"({"jsonrpc":"2.0","id":1,"method":"m","params":{"name":"t","requestState":"old","inputResponses":{}}})"),
        R"({"jsonrpc":"2.0","id":77,"method":"m","params":{"_meta":)" + plain_meta + R"(},"name":"t"}})")
        << "what a client of sessions writes there is not the gateway's";
}

TEST(modern_request, has_the_backends_own_name) {
    for (const std::string meta : {R"("_meta":{"a":1},)", "", R"("requestState":"s",)"}) {
        const auto given =
            R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{)" + meta + R"("name":"b_t"}})";
        const auto m = vmcp::read_message(given);
        ASSERT_TRUE(m);
        const modern_request made(*m,
                                  {.raw_id = "5", .replaced = m->param.name.raw, .replacement = R"("t")"});
        const auto text = made.text().str();
        const auto out = vmcp::read_message(text);
        ASSERT_TRUE(out);
        EXPECT_EQ(out->param.name.raw, R"("t")") << meta;
        EXPECT_EQ(out->id.raw, "5");
        EXPECT_TRUE(out->param.request_state.empty());
    }
}

TEST(modern_request, fields_carry_every_text) {
    struct row {
        std::string_view text;
        std::string_view value;
    };
    for (const auto& [text, value] : std::initializer_list<row>{
             {"echo", "echo"},
             {"", ""},
             {"two words", "two words"},
             {" ahead", "=?base64?IGFoZWFk?="},
             {"behind ", "=?base64?YmVoaW5kIA==?="},
             {"gr\xc3\xbc\xc3\x9f", "=?base64?Z3LDvMOf?="},
             {"a\tb", "=?base64?YQli?="},
             {"a\r\nX-Injected: 1", "=?base64?YQ0KWC1JbmplY3RlZDogMQ==?="},
             {"=?base64?eA==?=", "=?base64?PT9iYXNlNjQ/ZUE9PT89?="},
             {"=?base64?eA==", "=?base64?eA=="},
             {"\x7f", "=?base64?fw==?="},
         })
        EXPECT_EQ(mirrored_value(text), value) << text;
}

std::string fields_text(const header_list& fields) {
    std::string out;
    for (const auto& [name, value] : fields)
        out.append(name).append(": ").append(value).append("\n");
    return out;
}

TEST(modern_request, names_its_method_and_what_it_is_about) {
    EXPECT_EQ(fields_text(modern_fields("tools/list")),
              "MCP-Protocol-Version: 2026-07-28\nMcp-Method: tools/list\n");
    EXPECT_EQ(fields_text(modern_fields("resources/read", R"("file:\/\/\/a b")")),
              "MCP-Protocol-Version: 2026-07-28\nMcp-Method: resources/read\nMcp-Name: file:///a b\n");
    EXPECT_EQ(fields_text(modern_fields("completion/complete", R"("x")")),
              "MCP-Protocol-Version: 2026-07-28\nMcp-Method: completion/complete\n");
}

TEST(modern_request, repeats_the_arguments_that_the_schema_wants) {
    const vmcp::mirrored_arguments mirrored{.all = {{"Region", {"region"}},
                                                    {"Count", {"of", "n"}},
                                                    {"On", {"on"}},
                                                    {"Absent", {"x"}},
                                                    {"Null", {"z"}},
                                                    {"Odd", {"o"}}}};
    EXPECT_EQ(fields_text(modern_fields("tools/call", R"("t")", &mirrored,
                                        R"({"region":"\u00fc","of":{"n":-3},"on":true,"z":null,"o":{}})")),
              "MCP-Protocol-Version: 2026-07-28\nMcp-Method: tools/call\nMcp-Name: t\nMcp-Param-Region: "
              "=?base64?w7w=?=\n"
              "Mcp-Param-Count: -3\nMcp-Param-On: true\n");
}

} // namespace
} // namespace transport
