// Access tokens from the first byte to the verified caller, and the attacks on them.
#include "auth/jwt.hpp"

#include "auth/jwk_set.hpp"
#include "vmcp/base/base64url.hpp"

#include "signing.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace auth {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr std::int64_t now_seconds = 1'800'000'000;
const wall_time now{seconds{now_seconds}};

token_rules rules() {
    token_rules out;
    out.claims.issuer = "https://issuer.example";
    out.claims.audiences = {"https://gateway.example/mcp"};
    return out;
}

json claims(const json& more = json::object()) {
    json out{{"iss", "https://issuer.example"},
             {"aud", "https://gateway.example/mcp"},
             {"sub", "alice"},
             {"exp", now_seconds + 300}};
    out.update(more);
    return out;
}

jwk_set issuer_keys() {
    json keys = json::array();
    for (const std::string_view alg : {"RS256", "ES256", "EdDSA"})
        keys.push_back(signing_key::own(alg).jwk({{"kid", alg}, {"use", "sig"}}));
    return jwk_set::parse(json{{"keys", keys}}.dump()).value();
}

// Everything that is done with a token, as the gateway does it.
verdict<token_claims> admit(std::string_view token, const token_rules& by = rules()) {
    static const auto keys = issuer_keys();
    auto read = read_token(token, by, now);
    if (!read)
        return read.error();
    const auto choice = keys.choose(read->parts.header.alg, read->parts.header.key_id);
    if (choice.key == nullptr)
        return rejection{refusal::invalid_token, "no key"};
    return verify_token(std::move(*read), *choice.key);
}

std::string problem(std::string_view token, const token_rules& by = rules()) {
    const auto found = admit(token, by);
    if (found)
        return "";
    EXPECT_EQ(found.error().why, refusal::invalid_token);
    // Nothing of the token may stand in what is logged.
    for (std::size_t at = 0; at + 24 <= token.size(); at += 8)
        EXPECT_EQ(found.error().detail.find(token.substr(at, 24)), std::string::npos) << found.error().detail;
    return found.error().detail;
}

std::string signed_by(const std::string& alg, const json& header, const json& payload = claims()) {
    return signing_key::own(alg).token(alg, header.dump(), payload.dump());
}

json header(const std::string& alg, const json& more = json::object()) {
    json out{{"alg", alg}, {"kid", alg}, {"typ", "at+jwt"}};
    out.update(more);
    return out;
}

TEST(jwt, lets_in_what_the_issuer_signed_for_us) {
    for (const std::string alg : {"RS256", "ES256", "EdDSA"}) {
        const auto found = admit(signed_by(alg, header(alg), claims({{"scope", "mcp:read"}})));
        ASSERT_TRUE(found) << found.error().detail;
        EXPECT_EQ(found->subject, "alice");
        EXPECT_EQ(found->scopes, std::vector<std::string>{"mcp:read"});
        EXPECT_EQ(json::parse(found->json), claims({{"scope", "mcp:read"}}));
    }
    EXPECT_EQ(problem(signed_by("PS256", header("PS256", {{"kid", "RS256"}}))), "");
}

// The claims of RFC 9068 section 4.
TEST(jwt, rfc_9068_access_token) {
    auto by = rules();
    by.require_at_jwt = true;
    by.claims.issuer = "https://authorization-server.example.com/";
    by.claims.audiences = {"https://rs.example.com/"};
    const json payload{{"iss", "https://authorization-server.example.com/"},
                       {"sub", "5ba552d67"},
                       {"aud", "https://rs.example.com/"},
                       {"exp", now_seconds + 300},
                       {"iat", now_seconds - 60},
                       {"jti", "dbe39bf3a3ba4238a513f51d6e1691c4"},
                       {"client_id", "s6BhdRkqt3"},
                       {"scope", "openid profile reademail"}};
    const auto token = signed_by("RS256", header("RS256"), payload);
    EXPECT_EQ(admit(token, by).value().subject, "5ba552d67");
    by.claims.audiences = {"https://rs.example.com"};
    EXPECT_NE(problem(token, by), "");
}

TEST(jwt, takes_types_of_access_tokens_only) {
    const auto problem_of_type = [](const json& type, bool strict = false) {
        auto by = rules();
        by.require_at_jwt = strict;
        auto head = header("ES256");
        head.erase("typ");
        if (!type.is_null())
            head["typ"] = type;
        return problem(signed_by("ES256", head), by);
    };
    for (const std::string_view type : {"at+jwt", "AT+JWT", "application/at+jwt"}) {
        EXPECT_EQ(problem_of_type(type), "") << type;
        EXPECT_EQ(problem_of_type(type, true), "") << type;
    }
    const std::string strict = "the token's 'typ' does not say that it is an access token (at+jwt)";
    for (const json& type : {json("JWT"), json("jwt"), json("application/jwt"), json()}) {
        EXPECT_EQ(problem_of_type(type), "") << type;
        EXPECT_EQ(problem_of_type(type, true), strict) << type;
    }
    const std::string other = "the token's 'typ' says that it is no access token";
    for (const std::string_view type :
         {"logout+jwt", "dpop+jwt", "oauth-id-jag+jwt", "secevent+jwt", "id+jwt", "JOSE", "text/at+jwt",
          "at+jwt ", "client-authentication+jwt"}) {
        EXPECT_EQ(problem_of_type(type), other) << type;
        EXPECT_EQ(problem_of_type(type, true), strict) << type;
    }
    EXPECT_EQ(problem_of_type(1), "the token cannot be used: 'typ' is not a string");
}

TEST(jwt, unsigned_tokens) {
    const auto payload = vmcp::base64url_encode(claims().dump());
    for (const std::string alg : {"none", "None", "NONE", "nOnE"}) {
        const auto head = vmcp::base64url_encode(json{{"alg", alg}, {"typ", "at+jwt"}}.dump());
        for (const std::string_view signature : {"", "AAAA"})
            EXPECT_NE(problem(head + "." + payload + "." + std::string(signature)), "") << alg;
        EXPECT_NE(problem(head + "." + payload), "") << alg;
    }
    const auto genuine = signed_by("ES256", header("ES256"));
    const auto stripped = genuine.substr(0, genuine.rfind('.') + 1);
    EXPECT_EQ(problem(stripped), "the token cannot be used: it has no signature");
    EXPECT_NE(problem(stripped.substr(0, stripped.size() - 1)), "");
}

TEST(jwt, changed_claims) {
    const auto genuine = signed_by("ES256", header("ES256"));
    const auto first = genuine.find('.');
    const auto second = genuine.rfind('.');
    const auto forged = genuine.substr(0, first + 1) +
                        vmcp::base64url_encode(claims({{"sub", "admin"}}).dump()) + genuine.substr(second);
    EXPECT_EQ(problem(forged), "the token's signature is wrong");
    const auto other_head =
        vmcp::base64url_encode(header("ES256", {{"x", 1}}).dump()) + genuine.substr(first);
    EXPECT_EQ(problem(other_head), "the token's signature is wrong");
}

TEST(jwt, keys_of_somebody_else) {
    const signing_key mallory("ES256");
    const auto forged = [&](const json& more) {
        return problem(mallory.token("ES256", header("ES256", more).dump(), claims().dump()));
    };
    EXPECT_EQ(forged(json::object()), "the token's signature is wrong");
    EXPECT_EQ(forged({{"jwk", mallory.public_jwk()}}), "the token's signature is wrong");
    EXPECT_EQ(forged({{"jku", "https://mallory.example/keys"}}), "the token's signature is wrong");
    EXPECT_EQ(forged({{"x5u", "https://mallory.example/cert"}, {"x5c", {"AAAA"}}}),
              "the token's signature is wrong");
    EXPECT_EQ(forged({{"kid", "../../../../dev/null"}}), "no key");
    EXPECT_EQ(forged({{"kid", "' OR 1=1 --"}}), "no key");
    EXPECT_EQ(forged({{"kid", ""}}), "no key");
}

TEST(jwt, the_public_key_as_a_shared_secret) {
    const std::string secret = signing_key::own("RS256").jwk({{"kid", "RS256"}, {"use", "sig"}}).dump();
    const auto input = vmcp::base64url_encode(header("HS256", {{"kid", "RS256"}}).dump()) + "." +
                       vmcp::base64url_encode(claims().dump());
    std::string mac(32, '\0');
    std::size_t size = 0;
    ASSERT_NE(EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, secret.data(), secret.size(),
                        reinterpret_cast<const unsigned char*>(input.data()), input.size(),
                        reinterpret_cast<unsigned char*>(mac.data()), mac.size(), &size),
              nullptr);
    EXPECT_EQ(problem(input + "." + vmcp::base64url_encode(mac)),
              "the token cannot be used: its algorithm is not one of those that are let in");
}

TEST(jwt, an_algorithm_of_another_key) {
    // Signed with RSA, by a token that claims the id of the EC key, and the other way round.
    EXPECT_EQ(problem(signed_by("RS256", header("RS256", {{"kid", "ES256"}}))), "no key");
    EXPECT_EQ(problem(signed_by("ES256", header("ES256", {{"kid", "RS256"}}))), "no key");
    EXPECT_EQ(problem(signed_by("RS256", header("PS256", {{"kid", "RS256"}}))),
              "the token's signature is wrong");
    EXPECT_EQ(problem(signed_by("PS256", header("RS256"))), "the token's signature is wrong");
    EXPECT_EQ(problem(signed_by("RS384", header("RS384", {{"kid", "RS256"}}))),
              "the token cannot be used: its algorithm is not one of those that are let in");
}

TEST(jwt, signatures_of_other_shapes) {
    const auto input =
        vmcp::base64url_encode(header("ES256").dump()) + "." + vmcp::base64url_encode(claims().dump());
    const auto with_signature = [&](std::string_view signature) {
        return problem(input + "." + vmcp::base64url_encode(signature));
    };
    EXPECT_EQ(with_signature(std::string(64, '\0')), "the token's signature is wrong");
    EXPECT_EQ(with_signature(signing_key::own("ES256").sign_raw("ES256", input)),
              "the token's signature is wrong");
    const auto pss = vmcp::base64url_encode(header("PS256", {{"kid", "RS256"}}).dump()) + "." +
                     vmcp::base64url_encode(claims().dump());
    EXPECT_EQ(problem(pss + "." + vmcp::base64url_encode(signing_key::own("RS256").sign("PS256", pss, 20))),
              "the token's signature is wrong");
}

TEST(jwt, headers_that_ask_for_less) {
    for (const json& more : {json{{"crit", {"exp"}}}, json{{"crit", {"b64"}}, {"b64", false}},
                             json{{"b64", false}}, json{{"cty", "JWT"}}})
        EXPECT_NE(problem(signed_by("ES256", header("ES256", more))), "") << more;
    EXPECT_EQ(problem(signing_key::own("ES256").token(
                  "ES256", R"({"alg":"none","alg":"ES256","kid":"ES256"})", claims().dump())),
              "the token cannot be used: its header cannot be used: it holds a member twice");
}

TEST(jwt, claims_that_are_not_for_us_now) {
    for (const json& more :
         {json{{"aud", "client"}}, json{{"aud", "https://gateway.example/mcp/"}},
          json{{"aud", "https://gateway.example"}}, json{{"iss", "https://issuer.example/"}},
          json{{"exp", std::to_string(now_seconds + 300)}}, json{{"exp", now_seconds - 61}},
          json{{"nbf", now_seconds + 100}}, json{{"sub", nullptr}}, json{{"cnf", {{"jkt", "x"}}}},
          json{{"at_hash", "x"}}})
        EXPECT_NE(problem(signed_by("ES256", header("ES256"), claims(more))), "") << more;
}

TEST(jwt, token_that_is_too_long) {
    const auto long_claims = claims({{"x", std::string(max_token, 'x')}});
    EXPECT_EQ(problem(signed_by("ES256", header("ES256"), long_claims)),
              "the token cannot be used: it is longer than 16 KiB");
    const auto fits = claims({{"x", std::string(11'000, 'x')}});
    EXPECT_EQ(problem(signed_by("ES256", header("ES256"), fits)), "");
}

TEST(jwt, shape_tells_it_from_an_opaque_token) {
    EXPECT_TRUE(looks_like_jwt(signed_by("ES256", header("ES256"))));
    EXPECT_TRUE(looks_like_jwt(vmcp::base64url_encode(R"({"alg":"none"})") + ".."));
    for (const std::string_view opaque :
         {"", "abc", "a.b.c", "..", "2YotnFZFEjr1zCsicMWpAA", "mF_9.B5f-4.1JqM",
          "gho_16C7e42F292c6912E7710c838347Ae178B4a", "e30.e30.AAAA"})
        EXPECT_FALSE(looks_like_jwt(opaque)) << opaque;
    EXPECT_FALSE(
        looks_like_jwt(vmcp::base64url_encode(R"({"alg":"RSA-OAEP","enc":"A256GCM"})") + ".a.b.c.d"));
    EXPECT_FALSE(looks_like_jwt(std::string(max_token, 'a') + ".a.a"));
}

} // namespace
} // namespace auth
