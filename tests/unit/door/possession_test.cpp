// Tokens that are bound to a key: who has to prove what, and that nobody proves it twice.
#include "vmcp/door/oidc_authenticator.hpp"

#include "door_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vmcp {
namespace {

using auth::bytes_of;
using test::good_claims;
using test::json;
using test::refusal_of;
using test::subject_of;
using test::token_of;
using testing::HasSubstr;
using testing::StartsWith;
using vmcp::base64url_encode;

// RFC 7638, for a key of P-256.
std::string thumbprint(const json& jwk) {
    const json required{{"crv", jwk["crv"]}, {"kty", jwk["kty"]}, {"x", jwk["x"]}, {"y", jwk["y"]}};
    return vmcp::base64url_encode(bytes_of(auth::sha256(required.dump())));
}

class bound : public test::at_the_door {
protected:
    bound() {
        settings.dpop = true;
        auto claims = good_claims();
        claims["cnf"] = {{"jkt", thumbprint(key.public_jwk())}};
        token = token_of(claims);
        start();
    }

    void start() { open(make_oidc_rules(settings).value()); }

    std::string proof(const std::string& id, const json& more = json::object(),
                      const auth::signing_key* by = nullptr) {
        const auto& own = by == nullptr ? key : *by;
        json claims{{"jti", id},
                    {"htm", "POST"},
                    {"htu", test::our_audience},
                    {"iat", good_claims()["iat"]},
                    {"ath", vmcp::base64url_encode(bytes_of(auth::sha256(token)))}};
        claims.update(more);
        return own.token("ES256",
                         json{{"typ", "dpop+jwt"}, {"alg", "ES256"}, {"jwk", own.public_jwk()}}.dump(),
                         claims.dump());
    }

    test::door_answer send(const std::string& field, std::vector<std::string> proofs, bool early = false) {
        return caller.run(test::judged(*door, {field}, "", std::move(proofs), early));
    }

    const auth::signing_key& key = auth::signing_key::own("ES256");
    oidc_config settings = test::oidc_settings();
    std::string token{};
};

TEST_F(bound, who_holds_the_key_is_let_in_with_a_new_proof_each_time) {
    EXPECT_EQ(subject_of(send("DPoP " + token, {proof("1")})), "https://idp.example alice");
    EXPECT_EQ(subject_of(send("DPoP " + token, {proof("2")})), "https://idp.example alice");
    const auto again = refusal_of(send("DPoP " + token, {proof("1")}));
    EXPECT_THAT(again, StartsWith("401 Unauthorized: The DPoP proof is invalid or has expired"));
    EXPECT_THAT(again, HasSubstr("WWW-Authenticate: DPoP error=\"invalid_dpop_proof\""));
    // A request whose body comes later is judged twice with one proof.
    EXPECT_EQ(subject_of(send("DPoP " + token, {proof("3")}, true)), "https://idp.example alice");
    EXPECT_EQ(subject_of(send("DPoP " + token, {proof("3")})), "https://idp.example alice");
    EXPECT_EQ(counters.accepted.load(), 3u);
}

TEST_F(bound, who_does_not_is_not) {
    EXPECT_THAT(refusal_of(send("Bearer " + token, {})), HasSubstr("Bearer error=\"invalid_token\""));
    EXPECT_THAT(refusal_of(send("Bearer " + token, {proof("1")})), HasSubstr("error=\"invalid_token\""));
    EXPECT_THAT(refusal_of(send("DPoP " + token, {})), HasSubstr("error=\"invalid_dpop_proof\""));
    EXPECT_THAT(refusal_of(send("DPoP " + token, {proof("2"), proof("3")})),
                HasSubstr("\"invalid_dpop_proof\""));
    for (const auto& wrong : {json{{"htm", "GET"}}, json{{"htu", "https://gw.example/other"}},
                              json{{"ath", vmcp::base64url_encode("x")}}, json{{"iat", 1'000'000}}})
        EXPECT_THAT(refusal_of(send("DPoP " + token, {proof("4", wrong)})),
                    HasSubstr("\"invalid_dpop_proof\""))
            << wrong;
    const auth::signing_key thief("ES256");
    EXPECT_THAT(refusal_of(send("DPoP " + token, {proof("5", json::object(), &thief)})),
                HasSubstr("DPoP error=\"invalid_token\""));
    EXPECT_EQ(counters.accepted.load(), 0u);
    EXPECT_EQ(subject_of(send("DPoP " + token, {proof("5")})), "https://idp.example alice")
        << "a thief uses nothing up";
}

// RFC 9449 section 9.
TEST_F(bound, a_proof_holds_the_nonce_that_is_asked_for) {
    settings.dpop_nonce = true;
    start();
    const auto refused = send("DPoP " + token, {proof("1")});
    EXPECT_THAT(refusal_of(refused), StartsWith("401"));
    EXPECT_THAT(refusal_of(refused), HasSubstr("WWW-Authenticate: DPoP error=\"use_dpop_nonce\""));
    std::string nonce;
    for (const auto& [name, value] : std::get<challenge>(refused).fields)
        if (name == "DPoP-Nonce")
            nonce = value;
    ASSERT_NE(nonce, "");
    EXPECT_THAT(refusal_of(send("DPoP " + token, {proof("2", {{"nonce", "made-up"}})})),
                HasSubstr(" | DPoP-Nonce: " + nonce));
    EXPECT_EQ(subject_of(send("DPoP " + token, {proof("3", {{"nonce", nonce}})})),
              "https://idp.example alice");
    EXPECT_THAT(refusal_of(send("DPoP " + token, {proof("4", {{"nonce", nonce}, {"htm", "GET"}})})),
                testing::Not(HasSubstr("DPoP-Nonce")));
    start();
    EXPECT_THAT(refusal_of(send("DPoP " + token, {proof("5", {{"nonce", nonce}})})),
                HasSubstr("use_dpop_nonce"))
        << "each has a secret of its own";
}

TEST_F(bound, tokens_that_are_not_bound_are_bearer_tokens) {
    token = token_of(good_claims());
    EXPECT_EQ(subject_of(send("Bearer " + token, {})), "https://idp.example alice");
    EXPECT_THAT(refusal_of(send("DPoP " + token, {proof("1")})), HasSubstr("error=\"invalid_token\""));
}

TEST_F(bound, without_the_key_in_the_configuration_nobody_is_asked_for_proofs) {
    settings.dpop = false;
    start();
    EXPECT_THAT(refusal_of(send("DPoP " + token, {proof("1")})),
                StartsWith("401 Unauthorized: Authentication required"));
    EXPECT_THAT(refusal_of(send("Bearer " + token, {})), HasSubstr("error=\"invalid_token\""));
}

} // namespace
} // namespace vmcp
