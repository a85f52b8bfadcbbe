// Forms for token endpoints, as the RFCs show them.
#include "auth/tokens/token_request.hpp"

#include "auth/jwk.hpp"
#include "auth/jws.hpp"
#include "tests/unit/auth/signing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>

namespace auth {
namespace {

using testing::HasSubstr;
using testing::Not;

const token_moment moment{wall_time{seconds{1'800'000'000}}, "unique-1"};

// RFC 8693 section 2.3, figure 1; we also say what we want.
TEST(token_request, exchange_is_that_of_the_rfc) {
    const token_endpoint at{.url = "https://as.example.com/as/token.oauth2",
                            .client_id = "rs08",
                            .client_secret = "long-secure-random-secret"};
    const auto made = exchange_request(at,
                                       {.subject_token = "accVkjcJyb4BWCxGsndESCJQbdFMogUC5PbRDqceLTC",
                                        .resource = "https://backend.example.com/api"},
                                       moment);
    EXPECT_EQ(made.url, at.url);
    EXPECT_EQ(made.authorization, "Basic cnMwODpsb25nLXNlY3VyZS1yYW5kb20tc2VjcmV0");
    EXPECT_EQ(made.body, "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange"
                         "&resource=https%3A%2F%2Fbackend.example.com%2Fapi"
                         "&requested_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token"
                         "&subject_token=accVkjcJyb4BWCxGsndESCJQbdFMogUC5PbRDqceLTC"
                         "&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token");
}

TEST(token_request, audience_and_scopes_go_along) {
    const auto made = exchange_request({.url = "https://as/t", .client_id = "public"},
                                       {.subject_token = "t",
                                        .subject_token_type = "urn:ietf:params:oauth:token-type:id_token",
                                        .audience = "b&c",
                                        .scopes = {"a", "b:c"}},
                                       moment);
    EXPECT_EQ(made.authorization, "");
    EXPECT_THAT(made.body, HasSubstr("&audience=b%26c&scope=a+b%3Ac&"));
    EXPECT_THAT(made.body, HasSubstr("token-type%3Aid_token&client_id=public"));
    EXPECT_THAT(exchange_request({.url = "https://as/t"}, {.subject_token = "t"}, moment).body,
                Not(HasSubstr("client_id")));
}

// RFC 6749 section 4.1.3 shows the same client: Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW.
TEST(token_request, client_credentials_are_those_of_the_rfc) {
    const auto made = client_credentials_request(
        {.url = "https://server.example.com/token", .client_id = "s6BhdRkqt3", .client_secret = "gX1fBat3bV"},
        {}, moment);
    EXPECT_EQ(made.authorization, "Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW");
    EXPECT_EQ(made.body, "grant_type=client_credentials");
}

TEST(token_request, an_assertion_is_the_grant) {
    const auto made = jwt_bearer_request({.url = "https://as/t", .client_id = "c", .client_secret = "s"},
                                         "h.p.s", {"r"}, moment);
    EXPECT_EQ(made.body,
              "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=h.p.s&scope=r");
}

std::string pem_of(const signing_key& key) {
    BIO* const to = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(to, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    char* bytes = nullptr;
    const auto size = BIO_get_mem_data(to, &bytes);
    std::string out(bytes, static_cast<std::size_t>(size));
    BIO_free(to);
    return out;
}

// RFC 7523 sections 2.2 and 3.
TEST(client_key, proves_with_a_signature_that_its_public_key_verifies) {
    for (const std::string alg : {"RS256", "ES256", "ES384", "EdDSA"}) {
        const auto& pair = signing_key::own(alg);
        auto key = client_key::read(pem_of(pair), "key-1");
        ASSERT_TRUE(key) << alg << key.error().text;
        const token_endpoint at{.url = "https://as/t",
                                .client_id = "gateway",
                                .key = std::make_shared<const client_key>(std::move(*key))};
        const auto made = client_credentials_request(at, {}, moment);
        EXPECT_EQ(made.authorization, "");
        EXPECT_THAT(made.body,
                    HasSubstr("client_id=gateway&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3A"
                              "client-assertion-type%3Ajwt-bearer&client_assertion="));
        const auto token = read_jws(made.body.substr(made.body.rfind('=') + 1), every_algorithm);
        ASSERT_TRUE(token) << alg << token.error().text;
        EXPECT_EQ(token->header.key_id, "key-1");
        EXPECT_EQ(token->header.alg, algorithm_from(alg));
        const auto text = pair.jwk({{"alg", alg}}).dump();
        auto checks = key_checks::of_issuer();
        const auto known = read_jwk(json_object::parse(text).value(), checks);
        ASSERT_TRUE(known);
        EXPECT_TRUE(verify_jws(*token, *known)) << alg;
        EXPECT_EQ(nlohmann::json::parse(token->payload), (nlohmann::json{{"iss", "gateway"},
                                                                         {"sub", "gateway"},
                                                                         {"aud", "https://as/t"},
                                                                         {"jti", "unique-1"},
                                                                         {"iat", 1'800'000'000},
                                                                         {"exp", 1'800'000'060}}));
    }
}

TEST(client_key, refuses_what_is_none) {
    EXPECT_FALSE(client_key::read("", ""));
    EXPECT_FALSE(client_key::read("-----BEGIN PRIVATE KEY-----\nMA==\n-----END PRIVATE KEY-----\n", ""));
    EXPECT_FALSE(client_key::read(pem_of(signing_key("RS256", 1024)), "")) << "too short";
    EXPECT_FALSE(client_key::read(pem_of(signing_key::own("ES512")), "")) << "a curve that is not offered";
}

} // namespace
} // namespace auth
