#include "auth/digest.hpp"

#include "auth/openssl.hpp"

#include <openssl/crypto.h>

#include <stdexcept>

namespace auth {

sha256_digest sha256(std::string_view bytes) {
    // Fetched once: looking the algorithm up takes longer than hashing a short token.
    static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    sha256_digest out{};
    const openssl_errors keep_clean;
    if (algorithm == nullptr ||
        EVP_Digest(bytes.data(), bytes.size(), out.data(), nullptr, algorithm, nullptr) != 1)
        throw std::runtime_error("OpenSSL offers no SHA-256");
    return out;
}

bool same_secret(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

} // namespace auth
