// What is struck from what peers wrote.
#include "vmcp/audit/redaction.hpp"

#include "vmcp/base/json_cursor.hpp"
#include "vmcp/base/json_text.hpp"
#include "vmcp/base/secret_forms.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vmcp {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view jwt =
    "eyJhbGciOiJFUzI1NiIsImtpZCI6ImsxIn0.eyJzdWIiOiJhbGljZSIsImF1ZCI6Imd3In0.c2lnbmF0dXJlLXNpZ25hdHVyZQ";

std::string clean(std::string text, std::size_t limit = 4096, const std::vector<std::string>& secrets = {}) {
    return clean_json({.text = std::move(text)}, secrets, limit);
}

TEST(redaction, knows_members_by_their_names) {
    for (const auto* name :
         {"password", "PASSWORD", "db_password", "userPassword", "token", "access_token", "accessToken",
          "secret", "client-secret", "Authorization", "proxy-authorization", "api_key", "apiKey", "X-API-Key",
          "Set-Cookie", "credentials", "private_key", "client_assertion", "aws.secretAccessKey"})
        EXPECT_TRUE(names_a_secret(name)) << name;
    for (const auto* name : {"name", "arguments", "progressToken", "maxTokens", "max_tokens", "key", "text",
                             "pass", "author", ""})
        EXPECT_FALSE(names_a_secret(name)) << name;
}

TEST(redaction, strikes_values_and_leaves_the_rest_as_it_is) {
    EXPECT_EQ(clean(R"({ "a" : 1.50, "password" : "x", "list" : [ {"token": {"deep": 1}}, null, "é" ] })"),
              R"({"a":1.50,"password":"***","list":[{"token":"***"},null,"é"]})");
    EXPECT_EQ(clean(R"({"pass\u0077ord":"x","secret":null,"token":true,"apiKey":12345})"),
              R"({"pass\u0077ord":"***","secret":null,"token":true,"apiKey":"***"})");
    EXPECT_EQ(clean("[]"), "[]");
    EXPECT_EQ(clean("12"), "12");
}

TEST(redaction, looks_into_json_in_strings) {
    const auto inner = quoted(R"({"user":"bob","password":"hunter2"})");
    const auto out = clean(R"({"content":[{"type":"text","text":)" + inner + "}]}");
    EXPECT_THAT(out, Not(HasSubstr("hunter2")));
    EXPECT_THAT(out, HasSubstr(R"(\"user\":\"bob\")"));
    EXPECT_TRUE(json_valid(out));
    EXPECT_EQ(clean(R"({"text":"[not json"})"), R"({"text":"[not json"})");
}

TEST(redaction, strikes_tokens_wherever_they_stand) {
    const std::string token(jwt);
    for (const auto& text :
         {token, "x=" + token + "&y", "\\n" + token, "Bearer " + token, token.substr(0, token.rfind('.')),
          token.substr(0, token.size() - 3), token.substr(0, 30)})
        EXPECT_THAT(without_tokens(text), Not(HasSubstr("eyJhbGci"))) << text;
    EXPECT_EQ(without_tokens("x=" + token + "&y"), "x=***&y");
    EXPECT_EQ(without_tokens("authorization: bearer opaque-token-1, next"),
              "authorization: bearer ***, next");
    EXPECT_EQ(without_tokens("DPoP   abcdefghij"), "DPoP   ***");
    for (const auto* harmless : {"a basic idea", "eyJ", "the eyJ.a.b of", "bearer of bad news", ""})
        EXPECT_EQ(without_tokens(harmless), harmless);
}

TEST(redaction, many_beginnings_of_tokens_take_no_time_that_grows_with_their_square) {
    std::string many;
    while (many.size() < 2'000'000)
        many += "eyJ";
    EXPECT_EQ(without_tokens(many + "!"), many + "!");
}

TEST(redaction, strikes_the_secrets_of_the_configuration_in_all_their_forms) {
    const auto secrets = secret_forms("Bearer top-secret-value");
    EXPECT_EQ(clean(R"({"echo":"it is top-secret-value.","deep":["top-secret-value"]})", 4096, secrets),
              R"({"echo":"it is ***.","deep":["***"]})");
    const auto basic = secret_forms("Basic dXNlcjpwYXNzLXdvcmQ=");
    EXPECT_THAT(clean(R"({"echo":"pass-word"})", 4096, basic), Not(HasSubstr("pass-word")));
}

TEST(redaction, a_number_that_is_a_secret_leaves_text) {
    const auto secrets = secret_forms("123456789");
    const auto out = clean(R"({"echo":123456789})", 4096, secrets);
    EXPECT_EQ(out, R"("{\"echo\":***}")");
}

TEST(redaction, what_is_too_long_is_the_front_of_it_as_text) {
    const auto out = clean(R"({"a":"0123456789","b":"é"})", 10);
    EXPECT_EQ(out, quoted(R"({"a":"0123)"));
    EXPECT_EQ(clean(R"(["éééé"])", 5), quoted(R"(["é)")) << "no half of a character";
    EXPECT_EQ(clean_json({.text = R"({"a":1,"password":"hunt)", .cut = true}, {}, 4096),
              quoted(R"({"a":1,"password":)"));
    EXPECT_EQ(clean_json({.text = R"({"a":1,"b":"half of a str)", .cut = true}, {}, 4096),
              quoted(R"({"a":1,"b":)"));
}

TEST(redaction, what_is_no_json_is_not_shown) {
    EXPECT_EQ(clean("password=hunter2"), "");
    EXPECT_EQ(clean("\xff\xfe"), "");
    EXPECT_EQ(clean(""), "");
    EXPECT_EQ(clean(R"({"a":1} hunter2)"), quoted(R"({"a":1})"));
    EXPECT_EQ(clean(std::string(500, '[')).find("hunter2"), std::string::npos);
}

TEST(redaction, text_is_one_printable_line) {
    EXPECT_EQ(clean_text("a\r\nb\x1b[31m", {}, 100), "a b?[31m");
    EXPECT_THAT(clean_text(std::string(jwt), {}, 400), Not(HasSubstr("eyJ")));
}

} // namespace
} // namespace vmcp
