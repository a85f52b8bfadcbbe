// Tokens in requests: where they may stand, and how a request without a usable one is answered.
#include "auth/bearer.hpp"
#include "auth/challenge.hpp"

#include "auth/jws.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace auth {
namespace {

using namespace std::chrono_literals;
using fields = std::vector<std::string_view>;

refusal refused(const fields& authorization, std::string_view query = "", bool dpop = false) {
    const auto found = read_credentials(authorization, query, dpop);
    if (!found)
        return found.error().why;
    ADD_FAILURE() << "let in: " << found->token;
    return refusal::use_dpop_nonce;
}

std::string_view token(std::string_view field, bool dpop = false) {
    const fields all{field};
    const auto found = read_credentials(all, "", dpop);
    return found ? found->token : std::string_view("refused");
}

TEST(bearer, reads_the_token) {
    EXPECT_EQ(token("Bearer mF_9.B5f-4.1JqM"), "mF_9.B5f-4.1JqM"); // RFC 6750 section 2.1
    EXPECT_EQ(token("bearer a"), "a");
    EXPECT_EQ(token("BEARER a"), "a");
    EXPECT_EQ(token("Bearer    a"), "a");
    EXPECT_EQ(token("Bearer abc/+~=="), "abc/+~==");
}

TEST(bearer, wants_one_field_of_its_scheme) {
    EXPECT_EQ(refused({}), refusal::no_credentials);
    for (const std::string_view other :
         {"Basic cnM6cnM=", "Negotiate abc", "Bear a", "Bearerx a", "", "DPoP a", "Token a"})
        EXPECT_EQ(refused({other}), refusal::no_credentials) << other;
    EXPECT_EQ(refused({"Bearer a", "Bearer a"}), refusal::invalid_request);
    EXPECT_EQ(refused({"Bearer a", "Basic b"}), refusal::invalid_request);
}

TEST(bearer, wants_a_token_and_nothing_else) {
    for (const std::string_view bad :
         {"Bearer", "Bearer ", "Bearer    ", "Bearer =", "Bearer a b", "Bearer a,b", "Bearer a, Bearer b",
          "Bearer \"a\"", "Bearer a=b", "Bearer a;b", "Bearer a ", "Bearer a\t", "Bearer \xC3\xA9",
          "Bearer token=a", "Bearer a\r\nX: y"})
        EXPECT_EQ(refused({bad}), refusal::invalid_request) << bad;
    EXPECT_EQ(refused({std::string_view("Bearer a\0b", 10)}), refusal::invalid_request);
    EXPECT_EQ(refused({"Bearer\ta"}), refusal::no_credentials);
}

TEST(bearer, bounds_the_length) {
    const auto longest = "Bearer " + std::string(max_token, 'a');
    EXPECT_EQ(token(longest).size(), max_token);
    EXPECT_EQ(refused({longest + "a"}), refusal::invalid_token);
}

TEST(bearer, dpop_is_a_scheme_where_it_is_offered) {
    const fields all{"DPoP Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"};
    const auto found = read_credentials(all, "", true);
    EXPECT_EQ(found->scheme, token_scheme::dpop);
    EXPECT_EQ(found->token, "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU");
    EXPECT_EQ(token("dpop a", true), "a");
    EXPECT_EQ(refused({"DPoP"}, "", true), refusal::invalid_request);
    EXPECT_EQ(token("Bearer a", true), "a");
}

TEST(bearer, a_token_in_the_query_is_refused) {
    for (const std::string_view query :
         {"access_token=a", "a=b&access_token=c", "access_token", "access_token=", "access%5Ftoken=a",
          "%61ccess_token=a", "a&&access_token=1"})
        EXPECT_EQ(refused({"Bearer a"}, query), refusal::invalid_request) << query;
    EXPECT_EQ(refused({}, "access_token=a"), refusal::invalid_request);
    for (const std::string_view query : {"", "a=access_token", "my_access_token=a", "access_token2=a",
                                         "Access_Token=a", "access%5token=a", "access%", "%"}) {
        const fields all{"Bearer a"};
        EXPECT_TRUE(read_credentials(all, query, false)) << query;
    }
}

challenge_settings settings() {
    challenge_settings out;
    out.resource_metadata = "https://gateway.example/.well-known/oauth-protected-resource/mcp";
    out.scopes = {"mcp:read", "offline_access", "mcp:write"};
    return out;
}

refused_answer answer(refusal why, const challenge_settings& by = settings(),
                      const std::vector<std::string>& scopes = {}) {
    return answer_to({why, "for the operator only: secret", 7s}, token_scheme::bearer, by, scopes);
}

using challenges = std::vector<std::string>;

TEST(challenge, without_credentials_there_is_no_error_code) {
    const auto found = answer(refusal::no_credentials);
    EXPECT_EQ(found.status, 401);
    EXPECT_EQ(
        found.www_authenticate,
        challenges{
            R"(Bearer resource_metadata="https://gateway.example/.well-known/oauth-protected-resource/mcp", )"
            R"(scope="mcp:read mcp:write")"});
    EXPECT_EQ(found.retry_after, std::nullopt);
}

TEST(challenge, a_bad_token_gets_fixed_words) {
    const auto found = answer(refusal::invalid_token);
    EXPECT_EQ(found.status, 401);
    EXPECT_EQ(
        found.www_authenticate,
        challenges{R"(Bearer error="invalid_token", )"
                   R"(error_description="The access token is invalid or has expired", )"
                   R"(resource_metadata="https://gateway.example/.well-known/oauth-protected-resource/mcp", )"
                   R"(scope="mcp:read mcp:write")"});
    EXPECT_EQ(found.text, "The access token is invalid or has expired");
}

TEST(challenge, a_bad_request_gets_400_and_no_invitation) {
    const auto found = answer(refusal::invalid_request);
    EXPECT_EQ(found.status, 400);
    EXPECT_EQ(found.www_authenticate,
              challenges{R"(Bearer error="invalid_request", )"
                         R"(error_description="Send one access token, in one Authorization header field")"});
}

TEST(challenge, missing_scopes_are_asked_for_all_at_once) {
    const auto found = answer(refusal::insufficient_scope, settings(), {"mcp:admin", "mcp:read"});
    EXPECT_EQ(found.status, 403);
    ASSERT_EQ(found.www_authenticate.size(), 1U);
    EXPECT_TRUE(found.www_authenticate[0].starts_with(R"(Bearer error="insufficient_scope", )"));
    EXPECT_TRUE(found.www_authenticate[0].ends_with(
        R"(resource_metadata="https://gateway.example/.well-known/oauth-protected-resource/mcp", )"
        R"(scope="mcp:admin mcp:read")"));
}

TEST(challenge, an_issuer_that_is_away_is_503_and_later) {
    const auto found = answer(refusal::unavailable);
    EXPECT_EQ(found.status, 503);
    EXPECT_TRUE(found.www_authenticate.empty());
    EXPECT_EQ(found.retry_after, 7s);
    EXPECT_EQ(answer_to({refusal::unavailable, "", {}}, token_scheme::bearer, settings()).retry_after, 1s);
}

TEST(challenge, an_address_that_sent_forged_tokens_is_429_and_later) {
    const auto found = answer(refusal::too_many);
    EXPECT_EQ(found.status, 429);
    EXPECT_TRUE(found.www_authenticate.empty());
    EXPECT_EQ(found.retry_after, 7s);
}

TEST(challenge, says_nothing_of_the_operators_words) {
    for (unsigned i = 0; i <= static_cast<unsigned>(refusal::unavailable); ++i) {
        const auto found = answer(static_cast<refusal>(i));
        EXPECT_EQ(found.text.find("secret"), std::string::npos);
        for (const auto& one : found.www_authenticate)
            EXPECT_EQ(one.find("secret"), std::string::npos);
    }
}

TEST(challenge, leaves_out_what_is_not_configured) {
    EXPECT_EQ(answer(refusal::no_credentials, {}).www_authenticate, challenges{"Bearer"});
    challenge_settings only_offline;
    only_offline.scopes = {"offline_access"};
    EXPECT_EQ(answer(refusal::no_credentials, only_offline).www_authenticate, challenges{"Bearer"});
}

TEST(challenge, quotes_what_would_end_a_string) {
    EXPECT_EQ(quoted_string(R"(a"b\c)"), R"("a\"b\\c")");
    challenge_settings odd;
    odd.resource_metadata = R"(https://h/"x\)";
    EXPECT_EQ(answer(refusal::no_credentials, odd).www_authenticate,
              challenges{R"(Bearer resource_metadata="https://h/\"x\\")"});
    EXPECT_TRUE(quotable("https://h/ a~"));
    EXPECT_FALSE(quotable("a\r\nb"));
    EXPECT_FALSE(quotable("a\tb"));
    EXPECT_FALSE(quotable(std::string_view("a\0", 2)));
    EXPECT_FALSE(quotable("\xC3\xA9"));
    EXPECT_FALSE(quotable("\x7F"));
}

TEST(challenge, scopes_are_words) {
    for (const std::string_view good : {"a", "mcp:read", "https://graph.example/.default", "!", "~", "a,b"})
        EXPECT_TRUE(is_scope(good)) << good;
    for (const std::string_view bad : {"", "a b", "a\"", "a\\", "\x7F", "a\n", "\xC3\xA9"})
        EXPECT_FALSE(is_scope(bad)) << bad;
}

TEST(challenge, dpop_has_a_challenge_of_its_own) {
    auto both = settings();
    both.dpop = true;
    both.dpop_algorithms = {algorithm::es256, algorithm::eddsa};
    both.scopes.clear();
    const std::string metadata =
        R"(resource_metadata="https://gateway.example/.well-known/oauth-protected-resource/mcp")";
    EXPECT_EQ(answer(refusal::no_credentials, both).www_authenticate,
              (challenges{"Bearer " + metadata, R"(DPoP algs="ES256 EdDSA", )" + metadata}));
    EXPECT_EQ(answer(refusal::invalid_token, both).www_authenticate[1],
              R"(DPoP algs="ES256 EdDSA", )" + metadata);
    const auto proof = answer_to({refusal::use_dpop_nonce, "", {}}, token_scheme::dpop, both);
    EXPECT_EQ(proof.status, 401);
    EXPECT_EQ(proof.www_authenticate,
              (challenges{"Bearer " + metadata,
                          R"(DPoP error="use_dpop_nonce", )"
                          R"(error_description="The DPoP proof must carry the nonce of this server", )"
                          R"(algs="ES256 EdDSA", )" +
                              metadata}));
    EXPECT_NE(answer_to({refusal::invalid_dpop_proof, "", {}}, token_scheme::dpop, both)
                  .www_authenticate[1]
                  .find(R"(error="invalid_dpop_proof")"),
              std::string::npos);
}

} // namespace
} // namespace auth
