// What `vmcp doctor` says, line by line.
#include "vmcp/door/diagnosis.hpp"

#include "fake_issuer.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vmcp {
namespace {

using test::good_claims;
using test::json;
using test::token_of;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class doctor : public testing::Test {
protected:
    doctor() {
        settings.issuer = test::issuer_url;
        settings.audience = test::our_audience;
        settings.resource = test::our_audience;
        test::publish_keys(issuer, {"k1"});
    }

    // "step ok|--|NO text" for each finding; the token itself is nowhere.
    std::vector<std::string> says(const std::optional<std::string>& token) {
        const auto rules = make_oidc_rules(settings).value();
        const auto found = home.run(diagnose(rules, issuer, token));
        let_in = found.let_in;
        std::vector<std::string> out;
        for (const auto& one : found.findings) {
            constexpr const char* marks[] = {"ok", "--", "NO"};
            out.push_back(fmt::format("{} {} {}", one.step, marks[static_cast<int>(one.what)], one.text));
            if (token && !token->empty()) {
                EXPECT_THAT(one.text, Not(HasSubstr(*token)));
                EXPECT_THAT(one.text, Not(HasSubstr(token->substr(token->rfind('.') + 1))));
            }
        }
        return out;
    }

    oidc_config settings{};
    test::fake_fetcher issuer{};
    fakes::one_worker home{};
    bool let_in = false;
};

TEST_F(doctor, a_good_token_passes_every_step) {
    EXPECT_THAT(
        says(token_of(good_claims())),
        ElementsAre("rules -- issuer https://idp.example, audience https://gw.example/mcp",
                    "discovery ok https://idp.example/.well-known/openid-configuration is the metadata of "
                    "the issuer",
                    "keys ok https://idp.example/keys has 1 usable key; they are read again after 900 s",
                    StartsWith("token -- a JWT of "),
                    "claims ok they are what is asked for, if the token is genuine", "key ok 'k1' for EdDSA",
                    "signature ok it is the issuer's",
                    AllOf(StartsWith("claims -- subject 'alice', expires in "), HasSubstr("scopes none")),
                    "decision ok let in as 'alice' of https://idp.example"));
    EXPECT_TRUE(let_in);
}

TEST_F(doctor, a_bad_one_is_told_why_and_what_its_sender_is_told) {
    auto claims = good_claims();
    claims["aud"] = "other";
    const auto lines = says(token_of(claims));
    EXPECT_FALSE(let_in);
    ASSERT_GE(lines.size(), 2u);
    EXPECT_THAT(lines.end()[-2], AllOf(StartsWith("decision NO HTTP 401: "), HasSubstr("other"),
                                       HasSubstr(test::our_audience)));
    EXPECT_THAT(lines.back(), AllOf(StartsWith("answer -- WWW-Authenticate: Bearer error=\"invalid_token\""),
                                    Not(HasSubstr("other"))));
    EXPECT_THAT(says(token_of(good_claims(), "k2")).end()[-2],
                HasSubstr("no key, or several, for the token's 'kid'"));
    EXPECT_THAT(says("opaque").end()[-2], StartsWith("decision NO HTTP 401: "));
    EXPECT_THAT(says("a b").end()[-2], StartsWith("decision NO HTTP 400: "));
    settings.required_scopes = {"mcp:call"};
    EXPECT_THAT(says(token_of(good_claims())).end()[-2],
                StartsWith("decision NO HTTP 403: it lacks mcp:call"));
}

TEST_F(doctor, an_issuer_that_is_away_or_another_one_is_told) {
    issuer.is_away();
    EXPECT_THAT(says(std::nullopt).back(),
                AllOf(StartsWith("discovery NO "), HasSubstr("connection refused")));
    EXPECT_FALSE(let_in);
    EXPECT_THAT(says(token_of(good_claims())).back(), StartsWith("decision NO HTTP 503: "));
    issuer.set(test::discovery_url,
               test::answer_of(json{{"issuer", "https://evil"}, {"jwks_uri", test::keys_url}}.dump()));
    EXPECT_THAT(says(std::nullopt).back(), AllOf(StartsWith("discovery NO "), HasSubstr("https://evil")));
    settings.jwks_url = test::keys_url;
    EXPECT_THAT(says(std::nullopt).back(), AllOf(StartsWith("keys NO "), HasSubstr("connection refused")));
    issuer.set(test::keys_url, test::answer_of("<html>"));
    EXPECT_THAT(says(std::nullopt).back(), StartsWith("keys NO "));
}

TEST_F(doctor, an_opaque_token_is_asked_about) {
    settings.introspection_url = test::question_url;
    settings.client_id = "gw";
    settings.client_secret = "very-secret";
    issuer.set(test::question_url,
               test::answer_of(json{{"active", true}, {"sub", "bob"}, {"aud", test::our_audience}}.dump()));
    const auto lines = says("opaque");
    EXPECT_TRUE(let_in);
    EXPECT_THAT(lines, testing::Contains("issuer ok https://idp.example/introspect says that it is active"));
    EXPECT_THAT(lines, testing::Each(Not(HasSubstr("very-secret"))));
    issuer.set(test::question_url, test::answer_of("", 401));
    EXPECT_THAT(says("opaque").back(), HasSubstr("check clientId and clientSecret"));
}

} // namespace
} // namespace vmcp
