// Single keys: what is read, what is refused, and thumbprints.
#include "auth/jwk.hpp"

#include "vmcp/base/base64url.hpp"

#include "signing.hpp"
#include "vectors.hpp"

#include <gtest/gtest.h>

#include <string>

namespace auth {
namespace {

using nlohmann::json;

parsed<jwk> read(const json& key, key_checks checks = key_checks::of_issuer()) {
    const std::string text = key.dump();
    return read_jwk(json_object::parse(text).value(), checks);
}

std::string problem(const json& key) {
    const auto found = read(key);
    return found ? "" : found.error().text;
}

// RFC 7638 section 3.1, which is also the RSA key of RFC 7517 appendix A.1.
const json rfc7638{
    {"kty", "RSA"},
    {"n", "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECP"
          "ebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY"
          "368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0f"
          "M4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"},
    {"e", "AQAB"},
    {"alg", "RS256"},
    {"kid", "2011-04-29"}};

TEST(jwk, thumbprint_of_rfc_7638) {
    const auto key = read(rfc7638).value();
    EXPECT_EQ(vmcp::base64url_encode(bytes_of(key.thumbprint)),
              "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    EXPECT_EQ(key.id, "2011-04-29");
    EXPECT_EQ(key.alg, algorithm::rs256);
    EXPECT_EQ(key.key.kind(), key_kind::rsa);
}

TEST(jwk, thumbprint_of_rfc_8037) { // appendix A.3
    const auto key =
        read({{"kty", "OKP"}, {"crv", "Ed25519"}, {"x", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}});
    EXPECT_EQ(vmcp::base64url_encode(bytes_of(key.value().thumbprint)),
              "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

TEST(jwk, ec_key_of_rfc_7517) { // appendix A.1
    const auto key = read({{"kty", "EC"},
                           {"crv", "P-256"},
                           {"x", "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4"},
                           {"y", "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"},
                           {"kid", "1"}});
    EXPECT_EQ(key.value().key.kind(), key_kind::p256);
}

TEST(jwk, ec_key_of_rfc_9449_has_the_thumbprint_of_its_tokens) { // sections 4.1 and 6.1
    const auto key = read({{"kty", "EC"},
                           {"crv", "P-256"},
                           {"x", "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs"},
                           {"y", "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA"}});
    EXPECT_EQ(vmcp::base64url_encode(bytes_of(key.value().thumbprint)),
              "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
}

TEST(jwk, reads_a_key_of_every_type) {
    for (const std::string_view alg : every_algorithm_name) {
        const auto key =
            read(signing_key::own(alg).jwk({{"alg", alg}, {"use", "sig"}, {"key_ops", {"verify"}}}));
        ASSERT_TRUE(key) << alg << ": " << key.error().text;
        EXPECT_EQ(key->alg, algorithm_from(alg));
        EXPECT_EQ(key->id, std::nullopt);
    }
    EXPECT_TRUE(read(signing_key::own("EdDSA").jwk({{"alg", "Ed25519"}})));
}

TEST(jwk, ignores_certificates) {
    EXPECT_TRUE(read(signing_key::own("ES256").jwk(
        {{"x5c", {"!!!"}}, {"x5t", "?"}, {"x5t#S256", "?"}, {"x5u", "http://127.0.0.1:1/"}})));
}

TEST(jwk, refuses_private_and_symmetric_keys) {
    for (const std::string name : {"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
        EXPECT_EQ(problem(signing_key::own("RS256").jwk({{name, "AQ"}})),
                  "it holds the private or symmetric member '" + name + "'");
    EXPECT_EQ(problem({{"kty", "oct"}}), "its type is none of RSA, EC and OKP");
    EXPECT_NE(problem({{"kty", "oct"}, {"k", "AAAA"}}), "");
}

TEST(jwk, refuses_keys_that_are_for_something_else) {
    const auto& own = signing_key::own("ES256");
    const std::string other_use = "its 'use' or 'key_ops' is for something else than verifying signatures";
    EXPECT_EQ(problem(own.jwk({{"use", "enc"}})), other_use);
    EXPECT_EQ(problem(own.jwk({{"use", "SIG"}})), other_use);
    EXPECT_EQ(problem(own.jwk({{"key_ops", {"sign"}}})), other_use);
    EXPECT_EQ(problem(own.jwk({{"key_ops", json::array()}})), other_use);
    EXPECT_EQ(problem(own.jwk({{"use", "enc"}, {"key_ops", {"verify"}}})), other_use);
    EXPECT_EQ(problem(own.jwk({{"key_ops", {"sign", "verify"}}})), "");
    const std::string other_alg = "its 'alg' is unknown or does not go with its type";
    for (const std::string_view alg : {"ES384", "ES256K", "RS256", "HS256", "none", "EdDSA", "es256", ""})
        EXPECT_EQ(problem(own.jwk({{"alg", alg}})), other_alg) << alg;
}

TEST(jwk, refuses_wrong_types_and_spellings) {
    const auto& own = signing_key::own("ES256");
    EXPECT_EQ(problem(own.jwk({{"kid", 1}})), "'kid' is not a string");
    EXPECT_EQ(problem(own.jwk({{"kid", std::string(257, 'a')}})), "its 'kid' is longer than 256 bytes");
    EXPECT_EQ(problem(own.jwk({{"kid", std::string(256, 'a')}})), "");
    EXPECT_EQ(problem(own.jwk({{"use", 1}})), "'use' is not a string");
    EXPECT_EQ(problem(own.jwk({{"key_ops", "verify"}})), "'key_ops' is not an array of strings");
    EXPECT_EQ(problem(own.jwk({{"alg", nullptr}})), "'alg' is not a string");
    EXPECT_EQ(problem(own.jwk({{"kty", "ec"}})), "its type is none of RSA, EC and OKP");
    EXPECT_EQ(problem(own.jwk({{"x", "AA=="}})), "'x' is not base64url");
    EXPECT_EQ(problem(json::object()), "'kty' is missing");
    EXPECT_EQ(problem({{"kty", "EC"}, {"crv", "P-256"}, {"x", "AAAA"}}), "'y' is missing");
}

TEST(jwk, refuses_curves_that_are_not_let_in) {
    const auto& own = signing_key::own("ES256");
    for (const std::string_view curve : {"secp256k1", "P-192", "p-256", "Ed25519", ""})
        EXPECT_EQ(problem(own.jwk({{"crv", curve}})), "its curve is none of P-256, P-384 and P-521") << curve;
    for (const std::string_view curve : {"X25519", "Ed448", "P-256"})
        EXPECT_EQ(problem(signing_key::own("EdDSA").jwk({{"crv", curve}})), "its curve is not Ed25519")
            << curve;
}

TEST(jwk, coordinates_have_the_length_of_the_curve) {
    for (const std::string_view alg : {"ES256", "ES384", "ES512"}) {
        const auto& own = signing_key::own(alg);
        const auto x = vmcp::base64url_decode(own.public_jwk()["x"].get<std::string>()).value();
        const std::string wrong = "a coordinate of the EC key has not the length that its curve asks for";
        EXPECT_EQ(problem(own.jwk({{"x", vmcp::base64url_encode(std::string(1, '\0') + x)}})), wrong);
        EXPECT_EQ(problem(own.jwk({{"x", vmcp::base64url_encode(x.substr(1))}})), wrong);
        EXPECT_EQ(problem(own.jwk({{"y", ""}})), wrong);
    }
    const auto x =
        vmcp::base64url_decode(signing_key::own("EdDSA").public_jwk()["x"].get<std::string>()).value();
    EXPECT_EQ(problem(signing_key::own("EdDSA").jwk({{"x", vmcp::base64url_encode(x + '\0')}})),
              "the Ed25519 key is not 32 octets long");
    EXPECT_EQ(problem(signing_key::own("EdDSA").jwk({{"x", vmcp::base64url_encode(x.substr(1))}})),
              "the Ed25519 key is not 32 octets long");
}

TEST(jwk, points_lie_on_the_curve) {
    const std::string wrong = "the point of the EC key is not on its curve";
    const auto& own = signing_key::own("ES256");
    const auto right = own.public_jwk();
    EXPECT_EQ(problem(own.jwk({{"x", right["y"]}, {"y", right["x"]}})), wrong);
    EXPECT_EQ(problem(own.jwk({{"x", vmcp::base64url_encode(std::string(32, '\0'))},
                               {"y", vmcp::base64url_encode(std::string(32, '\0'))}})),
              wrong);
    EXPECT_EQ(problem(own.jwk({{"x", vmcp::base64url_encode(std::string(32, '\xFF'))}})),
              wrong); // not below p
}

TEST(jwk, bounds_rsa_moduli) {
    const auto& own = signing_key::own("RS256");
    EXPECT_EQ(problem(signing_key("RS256", 1024).public_jwk()), "the RSA modulus is shorter than 2048 bits");
    auto n = vmcp::base64url_decode(own.public_jwk()["n"].get<std::string>()).value();
    EXPECT_EQ(problem(own.jwk({{"n", vmcp::base64url_encode(n.substr(1))}})),
              "the RSA modulus is shorter than 2048 bits");
    EXPECT_EQ(problem(own.jwk({{"n", vmcp::base64url_encode(std::string(1025, '\xFF'))}})),
              "the RSA modulus is longer than 8192 bits");
    EXPECT_EQ(problem(own.jwk({{"n", vmcp::base64url_encode(std::string(100'000, '\xFF'))}})),
              "the RSA modulus or exponent is too long");
    n.back() = static_cast<char>(n.back() & ~1);
    EXPECT_EQ(problem(own.jwk({{"n", vmcp::base64url_encode(n)}})), "the RSA modulus is even");
    EXPECT_EQ(
        problem(own.jwk({{"n", vmcp::base64url_encode(std::string(256, '\xFF'))}})), // divisible by three
        "the RSA key does not pass OpenSSL's check of public keys");
}

TEST(jwk, bounds_rsa_exponents) {
    const auto& own = signing_key::own("RS256");
    EXPECT_EQ(problem(own.jwk({{"e", "AQ"}})), "the RSA exponent is even or 1");
    EXPECT_EQ(problem(own.jwk({{"e", "AQAA"}})), "the RSA exponent is even or 1");
    EXPECT_EQ(problem(own.jwk({{"e", "AA"}})), "the RSA exponent is even or 1");
    EXPECT_EQ(problem(own.jwk({{"e", ""}})), "the RSA exponent is even or 1");
    EXPECT_EQ(problem(own.jwk({{"e", "Aw"}})), "");
    EXPECT_EQ(problem(own.jwk({{"e", vmcp::base64url_encode(std::string(8, '\xFF'))}})), "");
    EXPECT_EQ(problem(own.jwk({{"e", vmcp::base64url_encode('\x01' + std::string(8, '\xFF'))}})),
              "the RSA exponent is longer than 64 bits");
    EXPECT_EQ(problem(own.jwk({{"e", vmcp::base64url_encode(std::string(10, '\xFF'))}})),
              "the RSA modulus or exponent is too long");
}

TEST(jwk, a_sign_octet_changes_nothing) {
    const auto& own = signing_key::own("RS256");
    const auto n = vmcp::base64url_decode(own.public_jwk()["n"].get<std::string>()).value();
    const auto key = read(own.jwk({{"n", vmcp::base64url_encode('\0' + n)}, {"e", "AAEAAQ"}}));
    EXPECT_EQ(key.value().thumbprint, read(own.public_jwk()).value().thumbprint);
}

TEST(jwk, checking_rsa_keys_has_a_budget) {
    const std::string text = signing_key::own("RS256").public_jwk().dump();
    const auto object = json_object::parse(text).value();
    auto checks = key_checks::of_issuer();
    for (int i = 0; i < 128; ++i)
        ASSERT_TRUE(checks.spend(2048));
    EXPECT_EQ(read_jwk(object, checks).error().text,
              "checking this RSA key and those before it takes too long");
    auto large = key_checks::of_issuer();
    EXPECT_TRUE(large.spend(8192));
    EXPECT_TRUE(large.spend(8192));
    EXPECT_FALSE(large.spend(2048));
}

// In a proof of possession the modulus may be anything of the right size: it can harm its sender only.
TEST(jwk, keys_of_senders_are_not_searched_for_primes) {
    auto checks = key_checks::of_sender();
    const json odd =
        signing_key::own("RS256").jwk({{"n", vmcp::base64url_encode(std::string(1024, '\xFF'))}});
    EXPECT_TRUE(read(odd, checks));
    EXPECT_EQ(problem(odd), "the RSA key does not pass OpenSSL's check of public keys");
    EXPECT_FALSE(read(signing_key::own("RS256").jwk({{"e", "AQ"}}), checks));
}

// CVE-2017-15361, built by its recipe: primes are k * M + (65537^a mod M).
TEST(jwk, refuses_moduli_with_the_fingerprint_of_a_weak_generator) {
    const bignum product(BN_new());
    BN_one(product.get());
    for (const int prime :
         {2,  3,  5,  7,  11, 13,  17,  19,  23,  29,  31,  37,  41,  43,  47,  53,  59,  61,  67, 71,
          73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167})
        BN_mul_word(product.get(), static_cast<BN_ULONG>(prime));
    // 65537^a + k * M, with k such that the number has 2048 bits: only its fingerprint counts here.
    const bignum n(BN_new());
    BN_one(n.get());
    for (int i = 0; i < 12; ++i)
        BN_mul_word(n.get(), 65537);
    const bignum shifted(BN_new());
    BN_lshift(shifted.get(), product.get(), 2047 - BN_num_bits(product.get()) + 1);
    BN_add(n.get(), n.get(), shifted.get());
    std::string octets(static_cast<std::size_t>(BN_num_bytes(n.get())), '\0');
    BN_bn2bin(n.get(), reinterpret_cast<unsigned char*>(octets.data()));
    EXPECT_EQ(problem(signing_key::own("RS256").jwk({{"n", vmcp::base64url_encode(octets)}})),
              "the RSA key comes from a generator whose keys can be factored (CVE-2017-15361)");
}

TEST(jwk, cookbook_keys) {
    if (!std::filesystem::exists(vectors("jose-cookbook")))
        GTEST_SKIP() << "no test vectors in " << vectors("jose-cookbook");
    EXPECT_EQ(problem(read_vectors("jose-cookbook/jwk/3_1.ec_public_key.json")), "");
    EXPECT_NE(problem(read_vectors("jose-cookbook/jwk/3_2.ec_private_key.json")), "");
    EXPECT_EQ(problem(read_vectors("jose-cookbook/jwk/3_3.rsa_public_key.json")), "");
    EXPECT_NE(problem(read_vectors("jose-cookbook/jwk/3_4.rsa_private_key.json")), "");
    EXPECT_NE(problem(read_vectors("jose-cookbook/jwk/3_5.symmetric_key_mac_computation.json")), "");
    EXPECT_NE(problem(read_vectors("jose-cookbook/jwk/3_6.symmetric_key_encryption.json")), "");
}

} // namespace
} // namespace auth
