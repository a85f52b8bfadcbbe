#include "auth/public_key.hpp"

#include "auth/rsa_fingerprint.hpp"

#include <openssl/core_names.h>

#include <algorithm>
#include <string>

namespace auth {
namespace {

bignum to_bignum(std::string_view octets) {
    return bignum(BN_bin2bn(reinterpret_cast<const unsigned char*>(octets.data()),
                            static_cast<int>(octets.size()), nullptr));
}

evp_pkey from_params(const char* type, OSSL_PARAM_BLD* build) {
    const param_list params(OSSL_PARAM_BLD_to_param(build));
    const evp_pkey_ctx context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
    EVP_PKEY* key = nullptr;
    if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1)
        return nullptr;
    return evp_pkey(key);
}

bool passes_check(EVP_PKEY* key) {
    const evp_pkey_ctx context(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
    return context && EVP_PKEY_public_check(context.get()) == 1;
}

// What is wrong with the numbers themselves; empty when nothing is.
std::string_view rsa_problem(const BIGNUM* n, const BIGNUM* e) {
    if (BN_num_bits(n) < min_rsa_bits)
        return "the RSA modulus is shorter than 2048 bits";
    if (BN_num_bits(n) > max_rsa_bits)
        return "the RSA modulus is longer than 8192 bits";
    if (BN_is_odd(n) == 0)
        return "the RSA modulus is even";
    if (BN_num_bits(e) > 64)
        return "the RSA exponent is longer than 64 bits";
    if (BN_is_odd(e) == 0 || BN_is_one(e) == 1)
        return "the RSA exponent is even or 1";
    if (has_weak_fingerprint(n))
        return "the RSA key comes from a generator whose keys can be factored (CVE-2017-15361)";
    return {};
}

const char* group_name(key_kind curve) noexcept {
    switch (curve) {
    case key_kind::p256:
        return "P-256";
    case key_kind::p384:
        return "P-384";
    case key_kind::p521:
        return "P-521";
    case key_kind::rsa:
    case key_kind::ed25519:
        break;
    }
    return nullptr;
}

} // namespace

std::size_t coordinate_size(key_kind curve) noexcept {
    switch (curve) {
    case key_kind::p256:
    case key_kind::ed25519:
        return 32;
    case key_kind::p384:
        return 48;
    case key_kind::p521:
        return 66;
    case key_kind::rsa:
        break;
    }
    return 0;
}

bool key_checks::spend(int bits) noexcept {
    // Multiplying costs the square of the length, and there are as many multiplications as bits. In steps of
    // 256 bits, eight of which are one unit.
    const auto steps = static_cast<unsigned>(bits / 256);
    const unsigned units = std::max(steps * steps * steps / 512, 1U);
    if (units > left_)
        return false;
    left_ -= units;
    return true;
}

parsed<public_key> public_key::rsa(std::string_view n, std::string_view e, key_checks& checks) {
    constexpr std::size_t sign_octet = 1;
    if (n.size() > max_rsa_bits / 8 + sign_octet || e.size() > 8 + sign_octet)
        return flawed("the RSA modulus or exponent is too long");
    const openssl_errors keep_clean;
    const auto modulus = to_bignum(n);
    const auto exponent = to_bignum(e);
    const param_build build(OSSL_PARAM_BLD_new());
    if (!modulus || !exponent || !build)
        return flawed("OpenSSL is out of memory");
    if (const auto problem = rsa_problem(modulus.get(), exponent.get()); !problem.empty())
        return flawed(std::string(problem));
    if (checks.thorough() && !checks.spend(BN_num_bits(modulus.get())))
        return flawed("checking this RSA key and those before it takes too long");
    if (OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
        OSSL_PARAM_BLD_push_BN(build.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1)
        return flawed("OpenSSL is out of memory");
    auto key = from_params("RSA", build.get());
    if (!key || (checks.thorough() && !passes_check(key.get())))
        return flawed("the RSA key does not pass OpenSSL's check of public keys");
    return public_key(key_kind::rsa, std::move(key));
}

parsed<public_key> public_key::ec(key_kind curve, std::string_view x, std::string_view y) {
    const char* const group = group_name(curve);
    if (group == nullptr)
        return flawed("the curve is none of P-256, P-384 and P-521");
    if (x.size() != coordinate_size(curve) || y.size() != coordinate_size(curve))
        return flawed("a coordinate of the EC key has not the length that its curve asks for");
    const openssl_errors keep_clean;
    const std::string point = "\x04" + std::string(x) + std::string(y);
    const param_build build(OSSL_PARAM_BLD_new());
    if (!build || OSSL_PARAM_BLD_push_utf8_string(build.get(), OSSL_PKEY_PARAM_GROUP_NAME, group, 0) != 1 ||
        OSSL_PARAM_BLD_push_octet_string(build.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) !=
            1)
        return flawed("OpenSSL is out of memory");
    auto key = from_params("EC", build.get());
    if (!key || !passes_check(key.get()))
        return flawed("the point of the EC key is not on its curve");
    return public_key(curve, std::move(key));
}

parsed<public_key> public_key::ed25519(std::string_view x) {
    if (x.size() != coordinate_size(key_kind::ed25519))
        return flawed("the Ed25519 key is not 32 octets long");
    const openssl_errors keep_clean;
    evp_pkey key(EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr,
                                                reinterpret_cast<const unsigned char*>(x.data()), x.size()));
    if (!key || !passes_check(key.get()))
        return flawed("the Ed25519 key does not pass OpenSSL's check of public keys");
    return public_key(key_kind::ed25519, std::move(key));
}

} // namespace auth
