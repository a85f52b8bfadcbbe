// Keys made for the tests, their JWKs, and tokens signed with them, well and badly.
#pragma once

#include "auth/algorithm.hpp"
#include "auth/openssl.hpp"
#include "vmcp/base/base64url.hpp"

#include <nlohmann/json.hpp>
#include <openssl/core_names.h>
#include <openssl/rsa.h>

#include <array>
#include <stdexcept>
#include <string>
#include <string_view>

namespace auth {

constexpr std::array every_algorithm_name{"RS256", "RS384", "RS512", "PS256", "PS384",
                                          "PS512", "ES256", "ES384", "ES512", "EdDSA"};

inline constexpr algorithm_set every_algorithm{
    algorithm::rs256, algorithm::rs384, algorithm::rs512, algorithm::ps256, algorithm::ps384,
    algorithm::ps512, algorithm::es256, algorithm::es384, algorithm::es512, algorithm::eddsa};

// A key pair. Making one of RSA takes a while: own() keeps one per algorithm family for the whole program.
class signing_key {
public:
    explicit signing_key(std::string_view alg, std::size_t rsa_bits = 2048)
        : alg_(alg)
        , key_(make(alg, rsa_bits)) {}

    static const signing_key& own(std::string_view alg) {
        static const signing_key rsa("RS256");
        static const signing_key p256("ES256");
        static const signing_key p384("ES384");
        static const signing_key p521("ES512");
        static const signing_key ed25519("EdDSA");
        if (alg == "ES256")
            return p256;
        if (alg == "ES384")
            return p384;
        if (alg == "ES512")
            return p521;
        return alg == "EdDSA" || alg == "Ed25519" ? ed25519 : rsa;
    }

    [[nodiscard]] EVP_PKEY* get() const { return key_.get(); }

    [[nodiscard]] nlohmann::json public_jwk() const {
        if (alg_.starts_with("RS"))
            return {{"kty", "RSA"},
                    {"n", number(OSSL_PKEY_PARAM_RSA_N, 0)},
                    {"e", number(OSSL_PKEY_PARAM_RSA_E, 0)}};
        if (alg_.starts_with("ES")) {
            const int size = alg_ == "ES256" ? 32 : alg_ == "ES384" ? 48 : 66;
            return {{"kty", "EC"},
                    {"crv", alg_ == "ES256"   ? "P-256"
                            : alg_ == "ES384" ? "P-384"
                                              : "P-521"},
                    {"x", number(OSSL_PKEY_PARAM_EC_PUB_X, size)},
                    {"y", number(OSSL_PKEY_PARAM_EC_PUB_Y, size)}};
        }
        std::string raw(32, '\0');
        std::size_t size = raw.size();
        expect(EVP_PKEY_get_raw_public_key(get(), reinterpret_cast<unsigned char*>(raw.data()), &size) == 1);
        return {{"kty", "OKP"}, {"crv", "Ed25519"}, {"x", vmcp::base64url_encode(raw)}};
    }

    // The public JWK with more members.
    [[nodiscard]] nlohmann::json jwk(const nlohmann::json& more) const {
        auto out = public_jwk();
        out.update(more);
        return out;
    }

    // A signature as JWS has it. `salt`: RSA_PSS_SALTLEN_DIGEST or another length.
    [[nodiscard]] std::string sign(std::string_view alg, std::string_view input,
                                   int salt = RSA_PSS_SALTLEN_DIGEST) const {
        auto out = sign_raw(alg, input, salt);
        return alg.starts_with("ES") ? from_der(out, alg) : out;
    }

    // ECDSA in DER, as no JWS has it; everything else as sign().
    [[nodiscard]] std::string sign_raw(std::string_view alg, std::string_view input,
                                       int salt = RSA_PSS_SALTLEN_DIGEST) const {
        const evp_md_ctx context(EVP_MD_CTX_new());
        EVP_PKEY_CTX* parameters = nullptr;
        const std::string digest = "SHA" + std::string(alg.substr(2));
        expect(EVP_DigestSignInit_ex(context.get(), &parameters,
                                     alg.starts_with("Ed") ? nullptr : digest.c_str(), nullptr, nullptr,
                                     get(), nullptr) == 1);
        if (alg.starts_with("PS")) {
            expect(EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1);
            expect(EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, salt) == 1);
        }
        std::string out(1100, '\0');
        std::size_t size = out.size();
        expect(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size,
                              reinterpret_cast<const unsigned char*>(input.data()), input.size()) == 1);
        out.resize(size);
        return out;
    }

    // A compact JWS with this very header and payload.
    [[nodiscard]] std::string token(std::string_view alg, std::string_view header,
                                    std::string_view payload) const {
        const auto input = vmcp::base64url_encode(header) + "." + vmcp::base64url_encode(payload);
        return input + "." + vmcp::base64url_encode(sign(alg, input));
    }

private:
    static void expect(bool holds) {
        if (!holds)
            throw std::runtime_error("OpenSSL failed in a test");
    }

    static evp_pkey make(std::string_view alg, std::size_t rsa_bits) {
        EVP_PKEY* key = nullptr;
        if (alg.starts_with("RS"))
            key = EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", rsa_bits);
        else if (alg.starts_with("Ed"))
            key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
        else
            key = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC",
                                    alg == "ES256"   ? "P-256"
                                    : alg == "ES384" ? "P-384"
                                                     : "P-521");
        expect(key != nullptr);
        return evp_pkey(key);
    }

    [[nodiscard]] std::string number(const char* name, int size) const {
        BIGNUM* raw = nullptr;
        expect(EVP_PKEY_get_bn_param(get(), name, &raw) == 1);
        const bignum value(raw);
        return vmcp::base64url_encode(octets(value.get(), size == 0 ? BN_num_bytes(value.get()) : size));
    }

    static std::string octets(const BIGNUM* value, int size) {
        std::string out(static_cast<std::size_t>(size), '\0');
        expect(BN_bn2binpad(value, reinterpret_cast<unsigned char*>(out.data()), size) == size);
        return out;
    }

    static std::string from_der(const std::string& der, std::string_view alg) {
        const int half = alg == "ES256" ? 32 : alg == "ES384" ? 48 : 66;
        const auto* at = reinterpret_cast<const unsigned char*>(der.data());
        const ecdsa_sig pair(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
        return octets(ECDSA_SIG_get0_r(pair.get()), half) + octets(ECDSA_SIG_get0_s(pair.get()), half);
    }

    std::string alg_;
    evp_pkey key_;
};

} // namespace auth
