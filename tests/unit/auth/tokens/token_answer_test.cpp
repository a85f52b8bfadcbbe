// Answers of token endpoints: what is a token, and what is said of the rest.
#include "auth/tokens/token_answer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace auth {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

token_result<issued_token> read(std::string body, unsigned status = 200, answer_rules rules = {}) {
    const std::string secrets[] = {"the-secret", "subject.token"};
    return read_token_answer({.status = status, .body = std::move(body)}, rules, secrets);
}

// RFC 8693 section 2.3, figure 2.
TEST(token_answer, of_an_exchange) {
    const auto made = read(R"({"access_token":"eyJhbGciOiJFUzI1NiIsImtpZCI6IjllciJ9.e30.c2ln",
        "issued_token_type":"urn:ietf:params:oauth:token-type:access_token","token_type":"Bearer","expires_in":60})",
                           200, {.needs_issued_type = true});
    ASSERT_TRUE(made) << made.error().text;
    EXPECT_EQ(made->value, "eyJhbGciOiJFUzI1NiIsImtpZCI6IjllciJ9.e30.c2ln");
    EXPECT_EQ(made->expires_in, 60s);
}

// Some write the type in lower case, and some write numbers in quotes.
TEST(token_answer, is_read_as_people_write_it) {
    EXPECT_EQ(read(R"({"access_token":"a","token_type":"bearer","expires_in":"3600","more":1})")->expires_in,
              3600s);
    EXPECT_EQ(read(R"({"access_token":"a","token_type":"BEARER"})", 201)->expires_in, std::nullopt);
    EXPECT_EQ(read(R"({"access_token":"a","token_type":"Bearer","expires_in":59.9})")->expires_in, 59s);
    EXPECT_EQ(read(R"({"access_token":"a","token_type":"Bearer","expires_in":null})")->expires_in,
              std::nullopt);
}

TEST(token_answer, what_is_no_token) {
    for (const auto* body :
         {"", "[]", "token", "{}", R"({"access_token":"","token_type":"Bearer"})",
          R"({"access_token":7,"token_type":"Bearer"})", R"({"access_token":"a"})",
          R"({"access_token":"a","token_type":"mac"})", R"({"access_token":"a b","token_type":"Bearer"})",
          R"({"access_token":"a\r\nX-Y: z","token_type":"Bearer"})",
          R"({"access_token":"ä","token_type":"Bearer"})",
          R"({"access_token":"a","token_type":"Bearer","expires_in":-1})",
          R"({"access_token":"a","token_type":"Bearer","expires_in":"soon"})",
          R"({"access_token":"a","access_token":"b","token_type":"Bearer"})"}) {
        const auto made = read(body);
        ASSERT_FALSE(made) << body;
        EXPECT_FALSE(made.error().refused) << body;
    }
    EXPECT_FALSE(read(R"({"access_token":"a","token_type":"Bearer"})", 200, {.needs_issued_type = true}));
    EXPECT_FALSE(read(R"({"access_token":"a","token_type":"N_A","issued_token_type":"x"})", 200,
                      {.token_type = "N_A", .issued_type = "y"}));
    EXPECT_FALSE(read(R"({"access_token":")" + std::string(max_issued_token + 1, 'a') +
                      R"(","token_type":"Bearer"})"));
    EXPECT_THAT(read_token_answer({.error = "connection refused"}, {}, {}).error().text,
                HasSubstr("connection refused"));
    EXPECT_THAT(read_token_answer({.status = 302, .location = "http://x/"}, {}, {}).error().text,
                HasSubstr("redirects, which is not followed"));
    EXPECT_FALSE(read_token_answer({.status = 200, .body = "{}", .truncated = true}, {}, {}));
}

// RFC 6749 section 5.2; a success that says error is none.
TEST(token_answer, a_refusal_is_told_without_secrets) {
    const auto said =
        read(R"({"error":"invalid_client","error_description":"the-secret of subject.token is wrong"})", 401);
    ASSERT_FALSE(said);
    EXPECT_TRUE(said.error().refused);
    EXPECT_THAT(said.error().text, HasSubstr("status 401"));
    EXPECT_THAT(said.error().text, HasSubstr("invalid_client"));
    EXPECT_THAT(said.error().text, Not(HasSubstr("is wrong")))
        << "what it says beyond the code is for operators";
    EXPECT_THAT(said.error().words, HasSubstr("is wrong"));
    for (const auto& told : {said.error().text, said.error().words}) {
        EXPECT_THAT(told, Not(HasSubstr("the-secret")));
        EXPECT_THAT(told, Not(HasSubstr("subject.token")));
    }
    EXPECT_TRUE(
        read(R"({"error":"invalid_grant","access_token":"a","token_type":"Bearer"})").error().refused);
    EXPECT_FALSE(read(R"({"error":"temporarily_unavailable"})", 503).error().refused);
    const auto text = read("<html>the-secret</html>", 500).error().text;
    EXPECT_THAT(text, HasSubstr("status 500"));
    EXPECT_THAT(text, Not(HasSubstr("html"))) << "nothing of a body that is none";
}

TEST(token_answer, how_long_it_may_be_used) {
    EXPECT_EQ(use_for(3600s), 3240s);
    EXPECT_EQ(use_for(300s), 270s);
    EXPECT_EQ(use_for(60s), 30s);
    EXPECT_EQ(use_for(30s), 0s);
    EXPECT_EQ(use_for(0s), 0s);
    EXPECT_EQ(use_for(std::nullopt), 300s);
    EXPECT_EQ(use_for(seconds{1'000'000'000}), 24h);
}

} // namespace
} // namespace auth
