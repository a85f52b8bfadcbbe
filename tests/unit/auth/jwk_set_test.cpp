// Key sets: bounds, keys that are left out, and which key a signature is checked with.
#include "auth/jwk_set.hpp"

#include "signing.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace auth {
namespace {

using nlohmann::json;
using match = jwk_set::match;

jwk_set set_of(const std::vector<json>& keys) {
    return jwk_set::parse(json{{"keys", keys}}.dump()).value();
}

std::string problem(std::string_view document) {
    const auto found = jwk_set::parse(document);
    return found ? "" : found.error().text;
}

TEST(jwk_set, refuses_documents_that_are_no_key_set) {
    EXPECT_EQ(problem("<html>"),
              "the key set cannot be used: it is no object of strict JSON, or is nested too deeply");
    EXPECT_EQ(problem("[]"),
              "the key set cannot be used: it is no object of strict JSON, or is nested too deeply");
    EXPECT_EQ(problem("{}"), "the key set has no array 'keys'");
    EXPECT_EQ(problem(R"({"keys":{}})"), "the key set has no array 'keys'");
    EXPECT_EQ(problem(R"({"keys":["a"]})"), "the key set holds something that is no object");
    EXPECT_EQ(problem(R"({"keys":[],"keys":[]})"), "the key set cannot be used: it holds a member twice");
    EXPECT_EQ(problem(R"({"keys":[{"kid":"a","kid":"b"}]})"),
              "the key set cannot be used: it holds a member twice");
    EXPECT_EQ(problem(R"({"keys":[]})"), "");
}

TEST(jwk_set, bounds_size_and_number_of_keys) {
    const std::string padding(max_key_set - std::string(R"({"keys":[],"x":""})").size(), ' ');
    EXPECT_EQ(problem(R"({"keys":[],"x":")" + padding + "\"}"), "");
    EXPECT_EQ(problem(R"({"keys":[],"x":")" + padding + " \"}"), "the key set is longer than 512 KiB");

    json keys = json::array();
    for (std::size_t i = 0; i < max_keys; ++i)
        keys.push_back(signing_key::own("EdDSA").jwk({{"kid", std::to_string(i)}}));
    EXPECT_EQ(jwk_set::parse(json{{"keys", keys}}.dump()).value().keys().size(), 100U);
    keys.push_back(signing_key::own("EdDSA").public_jwk());
    EXPECT_EQ(problem(json{{"keys", keys}}.dump()), "the key set has more than 100 keys");
}

TEST(jwk_set, leaves_out_what_is_of_no_use_and_says_so) {
    const auto set = set_of({signing_key::own("ES256").jwk({{"kid", "good"}}),
                             {{"kty", "oct"}, {"k", "AAAA"}, {"kid", "shared"}},
                             {{"kty", "LWE"}},
                             signing_key::own("ES256").jwk({{"kid", "sealed\n\x1b[31m"}, {"use", "enc"}})});
    ASSERT_EQ(set.keys().size(), 1U);
    EXPECT_EQ(set.keys()[0].id, "good");
    ASSERT_EQ(set.dropped().size(), 3U);
    EXPECT_EQ(set.dropped()[0], "key 2 'shared': it holds the private or symmetric member 'k'");
    EXPECT_EQ(set.dropped()[1], "key 3: its type is none of RSA, EC and OKP");
    EXPECT_TRUE(set.dropped()[2].starts_with("key 4 'sealed")) << set.dropped()[2];
    EXPECT_EQ(set.dropped()[2].find_first_of("\n\x1b"), std::string::npos);
}

TEST(jwk_set, a_set_without_usable_keys_chooses_none) {
    const auto set = set_of({});
    EXPECT_EQ(set.choose(algorithm::rs256, std::nullopt).how, match::none);
    EXPECT_EQ(set.choose(algorithm::rs256, "a").how, match::none);
}

TEST(jwk_set, chooses_by_id) {
    const auto set = set_of(
        {signing_key::own("ES256").jwk({{"kid", "a"}}), signing_key::own("ES256").jwk({{"kid", "b"}})});
    const auto found = set.choose(algorithm::es256, "b");
    ASSERT_EQ(found.how, match::one);
    EXPECT_EQ(found.key->id, "b");
    for (const std::string id : {"c", "B", "", "a ", "../a"})
        EXPECT_EQ(set.choose(algorithm::es256, id).how, match::none) << id;
    EXPECT_EQ(set.choose(algorithm::es256, std::string("a\0", 2)).how, match::none);
}

TEST(jwk_set, without_an_id_there_must_be_one_that_fits) {
    const auto set = set_of(
        {signing_key::own("ES256").jwk({{"kid", "a"}}), signing_key::own("RS256").jwk({{"kid", "b"}})});
    EXPECT_EQ(set.choose(algorithm::es256, std::nullopt).key->id, "a");
    EXPECT_EQ(set.choose(algorithm::ps256, std::nullopt).key->id, "b");
    EXPECT_EQ(set.choose(algorithm::eddsa, std::nullopt).how, match::none);
    const auto two = set_of(
        {signing_key::own("ES256").jwk({{"kid", "a"}}), signing_key::own("ES256").jwk({{"kid", "b"}})});
    EXPECT_EQ(two.choose(algorithm::es256, std::nullopt).how, match::several);
}

TEST(jwk_set, a_key_without_an_id_is_not_found_by_one) {
    const auto set = set_of({signing_key::own("ES256").public_jwk()});
    EXPECT_EQ(set.choose(algorithm::es256, "a").how, match::none);
    EXPECT_EQ(set.choose(algorithm::es256, "").how, match::none);
    EXPECT_EQ(set.choose(algorithm::es256, std::nullopt).how, match::one);
}

TEST(jwk_set, the_same_id_twice_is_ambiguous_unless_the_type_decides) {
    const auto same = set_of(
        {signing_key::own("ES256").jwk({{"kid", "a"}}), signing_key::own("ES256").jwk({{"kid", "a"}})});
    EXPECT_EQ(same.choose(algorithm::es256, "a").how, match::several);
    EXPECT_EQ(same.choose(algorithm::es256, "a").key, nullptr);
    const auto types = set_of(
        {signing_key::own("ES256").jwk({{"kid", "a"}}), signing_key::own("ES384").jwk({{"kid", "a"}})});
    EXPECT_EQ(types.choose(algorithm::es256, "a").key->key.kind(), key_kind::p256);
    EXPECT_EQ(types.choose(algorithm::es384, "a").key->key.kind(), key_kind::p384);
    EXPECT_EQ(types.choose(algorithm::es512, "a").how, match::none);
}

TEST(jwk_set, a_key_for_one_algorithm_verifies_no_other) {
    const auto set = set_of({signing_key::own("RS256").jwk({{"kid", "a"}, {"alg", "RS256"}})});
    EXPECT_EQ(set.choose(algorithm::rs256, "a").how, match::one);
    for (const auto alg :
         {algorithm::rs384, algorithm::rs512, algorithm::ps256, algorithm::es256, algorithm::eddsa})
        EXPECT_EQ(set.choose(alg, "a").how, match::none);
    const auto both = set_of({signing_key::own("RS256").jwk({{"kid", "a"}, {"alg", "RS256"}}),
                              signing_key::own("RS256").jwk({{"kid", "a"}, {"alg", "PS256"}})});
    EXPECT_EQ(both.choose(algorithm::ps256, "a").key->alg, algorithm::ps256);
}

TEST(jwk_set, ed25519_has_two_names) {
    for (const std::string_view name : {"EdDSA", "Ed25519"}) {
        const auto set = set_of({signing_key::own("EdDSA").jwk({{"alg", name}})});
        EXPECT_EQ(set.choose(algorithm_from("EdDSA").value(), std::nullopt).how, match::one);
        EXPECT_EQ(set.choose(algorithm_from("Ed25519").value(), std::nullopt).how, match::one);
    }
}

} // namespace
} // namespace auth
