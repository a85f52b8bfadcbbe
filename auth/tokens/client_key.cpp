#include "auth/tokens/client_key.hpp"

#include "vmcp/base/base64url.hpp"
#include "vmcp/base/json_text.hpp"

#include <openssl/bio.h>
#include <openssl/pem.h>

#include <optional>
#include <stdexcept>
#include <utility>

namespace auth {
namespace {

using bio = std::unique_ptr<BIO, openssl_free<BIO_free>>;

// Nobody is asked for a passphrase: a server has nobody to ask.
int no_passphrase(char*, int, int, void*) {
    return 0;
}

std::optional<algorithm> algorithm_of(EVP_PKEY* key) {
    constexpr int least_rsa = 2048;
    char curve[64] = {};
    std::size_t size = 0;
    switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
        return EVP_PKEY_get_bits(key) >= least_rsa ? std::optional(algorithm::rs256) : std::nullopt;
    case EVP_PKEY_ED25519:
        return algorithm::eddsa;
    case EVP_PKEY_EC:
        if (EVP_PKEY_get_group_name(key, curve, sizeof curve, &size) != 1)
            return std::nullopt;
        if (std::string_view(curve) == "prime256v1")
            return algorithm::es256;
        return std::string_view(curve) == "secp384r1" ? std::optional(algorithm::es384) : std::nullopt;
    default:
        return std::nullopt;
    }
}

const char* digest_of(algorithm alg) noexcept {
    return alg == algorithm::eddsa ? nullptr : alg == algorithm::es384 ? "SHA384" : "SHA256";
}

[[noreturn]] void cannot() {
    throw std::runtime_error("OpenSSL could not sign with the client's key");
}

// r and s side by side (RFC 7518 section 3.4), which OpenSSL gives in DER.
std::string side_by_side(const std::string& der, int half) {
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    const ecdsa_sig pair(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
    if (!pair)
        cannot();
    std::string out(static_cast<std::size_t>(2 * half), '\0');
    auto* const to = reinterpret_cast<unsigned char*>(out.data());
    if (BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), to, half) != half ||
        BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), to + half, half) != half)
        cannot();
    return out;
}

std::string signature_of(EVP_PKEY* key, algorithm alg, std::string_view input) {
    const openssl_errors clean;
    const evp_md_ctx context(EVP_MD_CTX_new());
    const auto* const bytes = reinterpret_cast<const unsigned char*>(input.data());
    std::size_t size = 0;
    if (!context ||
        EVP_DigestSignInit_ex(context.get(), nullptr, digest_of(alg), nullptr, nullptr, key, nullptr) != 1 ||
        EVP_DigestSign(context.get(), nullptr, &size, bytes, input.size()) != 1)
        cannot();
    std::string out(size, '\0');
    if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, bytes,
                       input.size()) != 1)
        cannot();
    out.resize(size);
    if (alg == algorithm::es256 || alg == algorithm::es384)
        return side_by_side(out, alg == algorithm::es256 ? 32 : 48);
    return out;
}

} // namespace

client_key::client_key(evp_pkey key, algorithm alg, std::string key_id)
    : key_(std::move(key))
    , alg_(alg)
    , key_id_(std::move(key_id)) {
}

parsed<client_key> client_key::read(std::string_view pem, std::string key_id) {
    const openssl_errors clean;
    const bio from(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    evp_pkey key(from ? PEM_read_bio_PrivateKey(from.get(), nullptr, no_passphrase, nullptr) : nullptr);
    if (!key)
        return flawed("it holds no PEM private key without a passphrase");
    const auto alg = algorithm_of(key.get());
    if (!alg)
        return flawed("its key is of no supported kind: RSA of 2048 bits or more, P-256, P-384 or Ed25519");
    return client_key(std::move(key), *alg, std::move(key_id));
}

std::string client_key::sign(std::string_view payload) const {
    std::string header = R"({"alg":")" + std::string(name_of(alg_)) + R"(","typ":"JWT")";
    if (!key_id_.empty())
        header += R"(,"kid":)" + vmcp::quoted(key_id_);
    const auto input = vmcp::base64url_encode(header + "}") + "." + vmcp::base64url_encode(payload);
    return input + "." + vmcp::base64url_encode(signature_of(key_.get(), alg_, input));
}

} // namespace auth
