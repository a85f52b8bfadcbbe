// The ways to a token, step by step.
#include "auth/tokens/token_steps.hpp"

#include "vmcp/base/base64url.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace auth {
namespace {

using testing::HasSubstr;
using testing::Not;
using way = token_plan::way;

const token_moment moment{wall_time{seconds{1'800'000'000}}, "u"};

fetch_result answer(std::string body, unsigned status = 200) {
    return {.status = status, .body = std::move(body)};
}

token_plan plan(way how) {
    return {.how = how,
            .endpoint = {.url = "https://idp/t", .client_id = "c", .client_secret = "s"},
            .audience = "aud",
            .resource = "https://r",
            .scopes = {"x"},
            .target = {.url = "https://target/t", .client_id = "tc", .client_secret = "ts"}};
}

TEST(token_steps, an_exchange_is_one_request) {
    const auto planned = plan(way::exchange);
    token_steps steps(planned, "subject");
    const auto first = steps.start(moment);
    ASSERT_TRUE(first.ask);
    EXPECT_THAT(first.ask->body, HasSubstr("subject_token=subject&"));
    const auto last = steps.answered(
        answer(R"({"access_token":"new","token_type":"Bearer","issued_token_type":"x","expires_in":100})"),
        moment);
    ASSERT_TRUE(last.done && *last.done);
    EXPECT_EQ((*last.done)->value, "new");
    EXPECT_FALSE(last.ask);
}

TEST(token_steps, the_gateways_own_requests_bring_its_own_token) {
    for (const auto how : {way::exchange, way::client_credentials}) {
        const auto planned = plan(how);
        token_steps steps(planned, "");
        const auto first = steps.start(moment);
        EXPECT_EQ(first.ask->body,
                  "grant_type=client_credentials&scope=x&audience=aud&resource=https%3A%2F%2Fr");
        EXPECT_TRUE(*steps.answered(answer(R"({"access_token":"a","token_type":"Bearer"})"), moment).done);
    }
    auto planned = plan(way::exchange);
    EXPECT_TRUE(token_steps::possible(planned, false));
    planned.endpoint.client_secret.clear();
    EXPECT_FALSE(token_steps::possible(planned, false)) << "a public client has no token of its own";
    EXPECT_TRUE(token_steps::possible(planned, true));
}

TEST(token_steps, client_credentials_never_send_the_callers_token) {
    const auto planned = plan(way::client_credentials);
    token_steps steps(planned, "subject");
    EXPECT_THAT(steps.start(moment).ask->body, Not(HasSubstr("subject")));
}

std::string jag(std::string_view payload) {
    return R"({"access_token":"e30.)" + vmcp::base64url_encode(payload) +
           R"(.c2ln","token_type":"N_A","issued_token_type":"urn:ietf:params:oauth:token-type:id-jag"})";
}

TEST(token_steps, an_assertion_of_the_identity_provider_is_traded_at_the_target) {
    const auto planned = plan(way::id_jag);
    token_steps steps(planned, "id-token");
    const auto first = steps.start(moment);
    EXPECT_EQ(first.ask->url, "https://idp/t");
    EXPECT_THAT(first.ask->body,
                HasSubstr("requested_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aid-jag"));
    const auto second = steps.answered(answer(jag(R"({"aud":"aud","resource":["https://r"]})")), moment);
    ASSERT_TRUE(second.ask) << second.done->error().text;
    EXPECT_EQ(second.ask->url, "https://target/t");
    EXPECT_THAT(second.ask->body, HasSubstr("grant-type%3Ajwt-bearer&assertion=e30."));
    EXPECT_THAT(second.ask->body, Not(HasSubstr("id-token")));
    const auto last = steps.answered(answer(R"({"access_token":"a","token_type":"Bearer"})"), moment);
    EXPECT_EQ((*last.done)->value, "a");
}

TEST(token_steps, an_assertion_for_others_goes_nowhere) {
    for (const auto* payload :
         {R"({"aud":"other","resource":"https://r"})", R"({"aud":["aud","other"],"resource":"https://r"})",
          R"({"aud":"aud"})", R"({"aud":"aud","resource":"https://s"})", "[]", "x"}) {
        const auto planned = plan(way::id_jag);
        token_steps steps(planned, "id-token");
        (void)steps.start(moment);
        const auto second = steps.answered(answer(jag(payload)), moment);
        EXPECT_FALSE(second.ask) << payload;
        ASSERT_TRUE(second.done) << payload;
        EXPECT_FALSE(*second.done) << payload;
    }
    EXPECT_TRUE(assertion_problem("x", "a", ""));
    EXPECT_FALSE(assertion_problem("e30." + vmcp::base64url_encode(R"({"aud":"a"})") + ".c2ln", "a", ""));
}

TEST(token_steps, a_refusal_ends_the_way_without_secrets) {
    const auto planned = plan(way::exchange);
    token_steps steps(planned, "subject-token");
    (void)steps.start(moment);
    const auto last = steps.answered(
        answer(R"({"error":"invalid_grant","error_description":"bad subject-token"})", 400), moment);
    ASSERT_TRUE(last.done);
    ASSERT_FALSE(*last.done);
    EXPECT_THAT(last.done->error().text, Not(HasSubstr("subject-token")));
}

} // namespace
} // namespace auth
