#include "auth/signature.hpp"

#include <openssl/rsa.h>

#include <cstdint>
#include <string>

namespace auth {
namespace {

const unsigned char* bytes(std::string_view text) noexcept {
    return reinterpret_cast<const unsigned char*>(text.data());
}

const char* digest_name(algorithm alg) noexcept {
    switch (alg) {
    case algorithm::rs256:
    case algorithm::ps256:
    case algorithm::es256:
        return "SHA256";
    case algorithm::rs384:
    case algorithm::ps384:
    case algorithm::es384:
        return "SHA384";
    case algorithm::rs512:
    case algorithm::ps512:
    case algorithm::es512:
        return "SHA512";
    case algorithm::eddsa:
        break;
    }
    return nullptr; // Ed25519 hashes by itself
}

bool is_pss(algorithm alg) noexcept {
    return alg == algorithm::ps256 || alg == algorithm::ps384 || alg == algorithm::ps512;
}

// OpenSSL wants DER; JWS has r and s in as many octets each as the curve's field takes.
std::string to_der(std::string_view signature, std::size_t half) {
    if (signature.size() != 2 * half)
        return {};
    const ecdsa_sig pair(ECDSA_SIG_new());
    bignum r(BN_bin2bn(bytes(signature), static_cast<int>(half), nullptr));
    bignum s(BN_bin2bn(bytes(signature.substr(half)), static_cast<int>(half), nullptr));
    // The pair takes both numbers; that cannot fail once they are there.
    if (!pair || !r || !s || ECDSA_SIG_set0(pair.get(), r.release(), s.release()) != 1)
        return {};
    unsigned char* der = nullptr;
    const int size = i2d_ECDSA_SIG(pair.get(), &der);
    if (size <= 0)
        return {};
    std::string out(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    return out;
}

bool set_pss(EVP_PKEY_CTX* context) {
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

bool verify(algorithm alg, EVP_PKEY* key, std::string_view input, std::string_view signature) {
    const evp_md_ctx context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* parameters = nullptr; // owned by `context`
    if (!context || EVP_DigestVerifyInit_ex(context.get(), &parameters, digest_name(alg), nullptr, nullptr,
                                            key, nullptr) != 1)
        return false;
    if (is_pss(alg) && !set_pss(parameters))
        return false;
    return EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(input), input.size()) ==
           1;
}

} // namespace

bool verify_signature(algorithm alg, const public_key& key, std::string_view input,
                      std::string_view signature) {
    if (!fits(alg, key.kind()))
        return false;
    const openssl_errors keep_clean;
    switch (key.kind()) {
    case key_kind::rsa:
        // RFC 8017, 8.1.2 and 8.2.2, step 1. OpenSSL takes a leading zero as read: one token would have two spellings.
        return signature.size() == static_cast<std::size_t>(EVP_PKEY_get_size(key.get())) &&
               verify(alg, key.get(), input, signature);
    case key_kind::ed25519:
        return verify(alg, key.get(), input, signature);
    case key_kind::p256:
    case key_kind::p384:
    case key_kind::p521:
        break;
    }
    const std::string der = to_der(signature, coordinate_size(key.kind()));
    return !der.empty() && verify(alg, key.get(), input, der);
}

} // namespace auth
