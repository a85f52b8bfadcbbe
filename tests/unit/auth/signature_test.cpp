// Signatures: every algorithm, and everything near a right signature that is none.
#include "auth/signature.hpp"

#include "auth/jwk.hpp"

#include "signing.hpp"

#include <gtest/gtest.h>

#include <openssl/err.h>

#include <map>
#include <string>

namespace auth {
namespace {

constexpr std::string_view text = "what is signed";

const public_key& key_of(std::string_view alg) {
    static std::map<std::string, jwk, std::less<>> keys;
    const auto at = keys.find(alg);
    if (at != keys.end())
        return at->second.key;
    auto checks = key_checks::of_issuer();
    const std::string json = signing_key::own(alg).public_jwk().dump();
    return keys.emplace(alg, read_jwk(json_object::parse(json).value(), checks).value()).first->second.key;
}

bool verify(std::string_view alg, std::string_view input, std::string_view signature) {
    return verify_signature(algorithm_from(alg).value(), key_of(alg), input, signature);
}

TEST(signature, every_algorithm_verifies_its_own) {
    for (const std::string_view alg : every_algorithm_name) {
        EXPECT_TRUE(verify(alg, text, signing_key::own(alg).sign(alg, text))) << alg;
        EXPECT_TRUE(verify(alg, "", signing_key::own(alg).sign(alg, ""))) << alg;
    }
}

TEST(signature, every_changed_bit_counts) {
    for (const std::string_view alg : {"RS256", "PS256", "ES256", "EdDSA"}) {
        const auto right = signing_key::own(alg).sign(alg, text);
        for (std::size_t i = 0; i < right.size(); ++i) {
            auto wrong = right;
            wrong[i] = static_cast<char>(wrong[i] ^ 1);
            EXPECT_FALSE(verify(alg, text, wrong)) << alg << " byte " << i;
        }
        EXPECT_FALSE(verify(alg, "what is signee", right)) << alg;
        EXPECT_FALSE(verify(alg, "what is signed ", right)) << alg;
    }
}

TEST(signature, has_exactly_its_length) {
    for (const std::string_view alg : every_algorithm_name) {
        const auto right = signing_key::own(alg).sign(alg, text);
        EXPECT_FALSE(verify(alg, text, "")) << alg;
        EXPECT_FALSE(verify(alg, text, right.substr(1))) << alg;
        EXPECT_FALSE(verify(alg, text, right.substr(0, right.size() - 1))) << alg;
        EXPECT_FALSE(verify(alg, text, '\0' + right)) << alg;
        EXPECT_FALSE(verify(alg, text, right + '\0')) << alg;
        EXPECT_FALSE(verify(alg, text, right + right)) << alg;
    }
}

// One signature in 256 begins with a zero.
TEST(signature, a_leading_zero_is_part_of_it) {
    for (const std::string_view alg : {"RS256", "PS256"}) {
        std::string input;
        std::string right;
        for (int i = 0; i < 5'000 && (right.empty() || right[0] != 0); ++i) {
            input = "text " + std::to_string(i);
            right = signing_key::own(alg).sign(alg, input);
        }
        ASSERT_EQ(right[0], 0) << alg;
        EXPECT_TRUE(verify(alg, input, right)) << alg;
        EXPECT_FALSE(verify(alg, input, right.substr(1))) << alg;
    }
}

TEST(signature, no_algorithm_stands_for_another) {
    for (const std::string_view made : every_algorithm_name) {
        const auto signature = signing_key::own(made).sign(made, text);
        for (const std::string_view asked : every_algorithm_name) {
            EXPECT_EQ(verify_signature(algorithm_from(asked).value(), key_of(made), text, signature),
                      made == asked)
                << made << " as " << asked;
        }
    }
}

TEST(signature, ecdsa_is_not_der) {
    for (const std::string_view alg : {"ES256", "ES384", "ES512"})
        EXPECT_FALSE(verify(alg, text, signing_key::own(alg).sign_raw(alg, text))) << alg;
}

TEST(signature, ecdsa_with_degenerate_numbers) {
    // The order of P-256 (FIPS 186-4 D.1.2.3).
    const std::string order("\xFF\xFF\xFF\xFF\x00\x00\x00\x00\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"
                            "\xBC\xE6\xFA\xAD\xA7\x17\x9E\x84\xF3\xB9\xCA\xC2\xFC\x63\x25\x51",
                            32);
    const std::string zero(32, '\0');
    const std::string one = std::string(31, '\0') + '\x01';
    const std::string ones(32, '\xFF');
    for (const auto& r : {zero, one, order, ones})
        for (const auto& s : {zero, one, order, ones})
            EXPECT_FALSE(verify("ES256", text, r + s));
    const auto right = signing_key::own("ES256").sign("ES256", text);
    EXPECT_FALSE(verify("ES256", text, right.substr(0, 32) + zero));
    EXPECT_FALSE(verify("ES256", text, zero + right.substr(32)));
}

TEST(signature, pss_salt_is_as_long_as_the_digest) {
    for (const auto& [alg, digest] : {std::pair{"PS256", 32}, {"PS384", 48}, {"PS512", 64}}) {
        EXPECT_TRUE(verify(alg, text, signing_key::own(alg).sign(alg, text, digest)));
        for (const int salt : {0, 1, 20, digest - 1, digest + 1})
            EXPECT_FALSE(verify(alg, text, signing_key::own(alg).sign(alg, text, salt)))
                << alg << " " << salt;
    }
}

TEST(signature, ed25519_with_a_scalar_that_is_not_reduced) {
    auto signature = signing_key::own("EdDSA").sign("EdDSA", text);
    // Adds the order of the group to s: the same point, another spelling (RFC 8032 section 5.1.7).
    const unsigned char order[32] = {0xED, 0xD3, 0xF5, 0x5C, 0x1A, 0x63, 0x12, 0x58, 0xD6, 0x9C, 0xF7,
                                     0xA2, 0xDE, 0xF9, 0xDE, 0x14, 0,    0,    0,    0,    0,    0,
                                     0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};
    unsigned carry = 0;
    for (std::size_t i = 0; i < 32; ++i) {
        carry += static_cast<unsigned char>(signature[32 + i]) + order[i];
        signature[32 + i] = static_cast<char>(carry & 0xFF);
        carry >>= 8;
    }
    EXPECT_FALSE(verify("EdDSA", text, signature));
}

TEST(signature, leaves_openssls_error_queue_as_it_was) {
    ERR_clear_error();
    for (const std::string_view alg : every_algorithm_name) {
        EXPECT_FALSE(verify(alg, text, std::string(64, '\x11')));
        EXPECT_EQ(ERR_peek_error(), 0U) << alg;
    }
    ERR_raise(ERR_LIB_USER, 7);
    EXPECT_FALSE(verify("RS256", text, "x"));
    EXPECT_EQ(ERR_GET_REASON(ERR_get_error()), 7);
    EXPECT_EQ(ERR_get_error(), 0U);
}

} // namespace
} // namespace auth
