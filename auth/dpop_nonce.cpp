#include "auth/dpop_nonce.hpp"

#include "vmcp/base/base64url.hpp"

#include <openssl/evp.h>

#include <stdexcept>
#include <string_view>

namespace auth {

std::string dpop_nonces::nonce(std::int64_t slot) const {
    const std::string input = "dpop-nonce " + std::to_string(slot);
    std::array<unsigned char, 32> mac{};
    std::size_t size = 0;
    if (EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, key_.data(), key_.size(),
                  reinterpret_cast<const unsigned char*>(input.data()), input.size(), mac.data(), mac.size(),
                  &size) == nullptr)
        throw std::runtime_error("OpenSSL offers no HMAC");
    constexpr std::size_t length = 16; // enough that nobody guesses it within a period
    return vmcp::base64url_encode({reinterpret_cast<const char*>(mac.data()), length});
}

} // namespace auth
