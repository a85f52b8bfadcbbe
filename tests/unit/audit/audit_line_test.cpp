// The lines that other programs read: members, words and order.
#include "audit_fixture.hpp"

#include "vmcp/audit/config_secrets.hpp"
#include "vmcp/base/secret_forms.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vmcp {
namespace {

using nlohmann::json;
using test::call_record;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

json line(const audit_record& record, const line_terms& terms = {.component = "gw"}) {
    return json::parse(audit_line(record, terms, "id-1"));
}

TEST(audit_line, has_toolhives_members_in_their_order) {
    EXPECT_EQ(
        audit_line(call_record(), {.component = "gw"}, "id-1"),
        R"({"time":"2027-01-15T08:00:00.123456Z","level":"INFO+2","msg":"audit_event","audit_id":"id-1",)"
        R"("type":"mcp_tool_call","logged_at":"2027-01-15T08:00:00.123456Z","outcome":"success","component":"gw",)"
        R"("source":{"type":"network","value":"127.0.0.1","extra":{"user_agent":"agent/1","request_id":"r-1"}},)"
        R"("subjects":{"user_id":"alice","issuer":"https://idp.example","user":"a@x.example"},)"
        R"("target":{"endpoint":"/mcp","method":"tools/call","type":"tool","name":"weather_get"},)"
        R"("metadata":{"extra":{"duration_ms":12,"duration_us":12345,"transport":"http","backend_name":"weather",)"
        R"("decision":"allowed"}}})"
        "\n");
}

TEST(audit_line, says_who_by_the_claims_that_toolhive_takes) {
    auto record = call_record();
    record.from = test::known_caller(
        R"({"name":"Alice A","preferred_username":"al","client_name":"c","client_version":"2"})");
    EXPECT_EQ(line(record)["subjects"], (json{{"user_id", "alice"},
                                              {"issuer", "https://idp.example"},
                                              {"user", "Alice A"},
                                              {"client_name", "c"},
                                              {"client_version", "2"}}));
    record.from = test::known_caller(R"({"preferred_username":"al","email":"e","name":7})");
    EXPECT_EQ(line(record)["subjects"]["user"], "al");
    record.from = test::known_caller("{}");
    record.client_name = "inspector";
    EXPECT_EQ(line(record)["subjects"]["user"], "anonymous");
    EXPECT_EQ(line(record)["subjects"]["client_name"], "inspector");
    record.from = nullptr;
    record.outcome = audit_outcome::denied;
    EXPECT_FALSE(line(record)["subjects"].contains("user_id"));
    EXPECT_EQ(line(record)["subjects"]["user"], "anonymous");
    EXPECT_EQ(line(record)["metadata"]["extra"]["decision"], "denied");
}

TEST(audit_line, says_how_it_ended) {
    auto record = call_record();
    record.outcome = audit_outcome::application_error;
    record.error_code = -32602;
    record.error_message = "no such\ntool";
    record.reason = "unknown_tool";
    record.cancelled = true;
    record.answer_bytes = 77;
    const auto made = line(record);
    EXPECT_EQ(made["outcome"], "application_error");
    const auto& extra = made["metadata"]["extra"];
    EXPECT_EQ(extra["jsonrpc_error_code"], -32602);
    EXPECT_EQ(extra["jsonrpc_error_message"], "no such tool");
    EXPECT_EQ(extra["reason"], "unknown_tool");
    EXPECT_EQ(extra["cancelled"], true);
    EXPECT_EQ(extra["response_size_bytes"], 77);
}

TEST(audit_line, data_is_json_and_bounded) {
    auto record = call_record();
    record.request.text =
        R"({"jsonrpc":"2.0","id":1,"params":{"arguments":{"password":"hunter2","city":"Bern"}}})";
    record.response.text = std::string(R"({"result":")") + std::string(3000, 'x') + R"("})";
    const auto made = line(record, {.component = "gw", .max_data = 200});
    EXPECT_EQ(made["data"]["request"]["params"]["arguments"], (json{{"password", "***"}, {"city", "Bern"}}));
    EXPECT_EQ(made["data"]["response"].get<std::string>().size(), 200u);
    EXPECT_FALSE(line(call_record()).contains("data"));
}

TEST(audit_line, no_word_of_a_peer_ends_the_line_or_shows_a_credential) {
    const std::string token = "opaque-token-of-alice-0123456789";
    auto record = call_record();
    record.from = test::known_caller(R"({"name":"opaque-token-of-alice-0123456789"})", token);
    record.credentials = {"Basic Ym9iOmJvYnMtcGFzc3dvcmQ="};
    for (auto* text : {&record.user_agent, &record.request_id, &record.name, &record.error_message,
                       &record.method, &record.endpoint})
        *text = "\"}\n{" + token + " bobs-password configured-secret \xff";
    record.request.text = R"({"a":")" + token + R"(","b":"bobs-password","c":"configured-secret"})";
    record.response.text = record.request.text;
    const line_terms terms{.component = "gw", .secrets = secret_forms("configured-secret")};
    const auto text = audit_line(record, terms, "id-1");
    EXPECT_THAT(text, Not(HasSubstr("opaque-token")));
    EXPECT_THAT(text, Not(HasSubstr("bobs-password")));
    EXPECT_THAT(text, Not(HasSubstr("configured-secret")));
    EXPECT_THAT(text, EndsWith("}\n"));
    EXPECT_EQ(text.find('\n'), text.size() - 1);
    EXPECT_TRUE(json::accept(text));
}

TEST(audit_line, tells_how_many_lines_are_missing) {
    const auto made = json::parse(lost_line(12, {}, {.component = "gw"}, "id-2"));
    EXPECT_EQ(made["type"], "vmcp_audit_lines_lost");
    EXPECT_EQ(made["outcome"], "error");
    EXPECT_EQ(made["metadata"]["extra"]["lost"], 12);
    EXPECT_EQ(made["msg"], "audit_event");
}

TEST(audit_line, every_type_and_outcome_has_its_word) {
    auto record = call_record();
    for (std::size_t i = 0; i < audit_type_words.size(); ++i) {
        record.type = static_cast<audit_type>(i);
        EXPECT_EQ(line(record)["type"], audit_type_words[i]);
    }
    EXPECT_EQ(audit_type_words.back(), "http_request");
    EXPECT_EQ(static_cast<std::size_t>(audit_type::http_request) + 1, audit_type_words.size());
    EXPECT_EQ(audit_type_of("tools/call"), audit_type::mcp_tool_call);
    EXPECT_EQ(audit_type_of("resources/subscribe"), audit_type::mcp_request);
    EXPECT_EQ(audit_type_of("notifications/initialized"), audit_type::mcp_notification);
    EXPECT_EQ(audit_type_of("notifications/roots/list_changed"), audit_type::mcp_roots_list_changed);
    EXPECT_EQ(audit_type_of(""), audit_type::http_request);
    EXPECT_EQ(audit_outcome_of(200), audit_outcome::success);
    EXPECT_EQ(audit_outcome_of(401), audit_outcome::denied);
    EXPECT_EQ(audit_outcome_of(403), audit_outcome::denied);
    EXPECT_EQ(audit_outcome_of(404), audit_outcome::failure);
    EXPECT_EQ(audit_outcome_of(503), audit_outcome::error);
}

TEST(config_secrets, finds_every_secret_of_a_configuration) {
    config settings;
    settings.backends.resize(2);
    settings.backends[0].headers = {{"X-Key", "header-secret"}};
    settings.backends[0].auth.header_value = "Bearer injected-secret";
    settings.backends[1].auth.tokens.endpoint.secret = "endpoint-secret";
    settings.backends[1].auth.tokens.endpoint.key = "endpoint-pem";
    settings.backends[1].auth.tokens.target.secret = "target-secret";
    settings.incoming.oidc.client_secret = "client-secret";
    settings.admin.token = "admin-secret";
    settings.listener.tls.key = "tls-pem";
    const auto found = config_secrets(settings);
    for (const auto* one : {"header-secret", "Bearer injected-secret", "injected-secret", "endpoint-secret",
                            "endpoint-pem", "target-secret", "client-secret", "admin-secret", "tls-pem"})
        EXPECT_THAT(found, testing::Contains(one)) << one;
    for (std::size_t i = 1; i < found.size(); ++i)
        EXPECT_GE(found[i - 1].size(), found[i].size());
    EXPECT_TRUE(config_secrets(config{}).empty());
}

} // namespace
} // namespace vmcp
