#include "transport/admin/bearer.hpp"

#include "vmcp/base/ascii.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>

namespace transport {
namespace {

using digest = std::array<unsigned char, EVP_MAX_MD_SIZE>;

bool sha256(std::string_view text, digest& out) noexcept {
    return EVP_Digest(text.data(), text.size(), out.data(), nullptr, EVP_sha256(), nullptr) == 1;
}

} // namespace

bool carries_token(std::string_view authorization, std::string_view token) noexcept {
    constexpr std::string_view scheme = "Bearer ";
    if (token.empty() || authorization.size() <= scheme.size() ||
        !vmcp::iequals(authorization.substr(0, scheme.size()), scheme))
        return false;
    authorization.remove_prefix(scheme.size());
    while (!authorization.empty() && authorization.front() == ' ')
        authorization.remove_prefix(1);
    // Digests are equally long, whatever the length of what was sent.
    digest given{};
    digest wanted{};
    return sha256(authorization, given) && sha256(token, wanted) &&
           CRYPTO_memcmp(given.data(), wanted.data(), given.size()) == 0;
}

} // namespace transport
