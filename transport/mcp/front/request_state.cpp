#include "transport/mcp/front/request_state.hpp"

#include "vmcp/base/base64url.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <cstring>
#include <memory>
#include <stdexcept>

namespace transport {
namespace {

constexpr std::size_t nonce_size = 12;
constexpr std::size_t tag_size = 16;
constexpr std::string_view version = "1.";

using cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

unsigned char* bytes_of(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}
const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

// What only a broken library or no memory can make fail.
void must(bool done) {
    if (!done)
        throw std::runtime_error("OpenSSL failed to seal");
}

std::string plain(const sealed_place& place) {
    std::string out(sizeof place.number + sizeof place.expires, '\0');
    std::memcpy(out.data(), &place.number, sizeof place.number);
    std::memcpy(out.data() + sizeof place.number, &place.expires, sizeof place.expires);
    return out + place.binding;
}

} // namespace

state_seal::state_seal() {
    must(RAND_bytes(key_.data(), static_cast<int>(key_.size())) == 1);
}

std::string state_seal::seal(const sealed_place& place) const {
    const auto text = plain(place);
    std::string out(nonce_size + text.size() + tag_size, '\0');
    auto* const at = bytes_of(out);
    must(RAND_bytes(at, nonce_size) == 1);
    const cipher context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
    int n = 0;
    must(context && EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key_.data(), at) == 1 &&
         EVP_EncryptUpdate(context.get(), at + nonce_size, &n, bytes_of(std::string_view(text)),
                           static_cast<int>(text.size())) == 1 &&
         EVP_EncryptFinal_ex(context.get(), at + nonce_size + n, &n) == 1 &&
         EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, tag_size, at + nonce_size + text.size()) ==
             1);
    return std::string(version) + vmcp::base64url_encode(out);
}

std::optional<sealed_place> state_seal::open(std::string_view text) const {
    constexpr std::size_t longest = 512;
    if (text.size() > longest || !text.starts_with(version))
        return std::nullopt;
    auto sealed = vmcp::base64url_decode(text.substr(version.size()));
    sealed_place out;
    constexpr std::size_t head = sizeof out.number + sizeof out.expires;
    if (!sealed || sealed->size() < nonce_size + head + tag_size)
        return std::nullopt;
    const std::size_t size = sealed->size() - nonce_size - tag_size;
    auto* const at = bytes_of(*sealed);
    std::string clear(size, '\0');
    const cipher context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
    int n = 0;
    must(context != nullptr);
    if (EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key_.data(), at) != 1 ||
        EVP_DecryptUpdate(context.get(), bytes_of(clear), &n, at + nonce_size, static_cast<int>(size)) != 1 ||
        EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, tag_size, at + nonce_size + size) != 1 ||
        EVP_DecryptFinal_ex(context.get(), bytes_of(clear) + n, &n) != 1)
        return std::nullopt;
    std::memcpy(&out.number, clear.data(), sizeof out.number);
    std::memcpy(&out.expires, clear.data() + sizeof out.number, sizeof out.expires);
    out.binding = clear.substr(head);
    return out;
}

std::string digest_of(std::initializer_list<std::string_view> parts) {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    must(context && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1);
    for (const auto part : parts) {
        const std::uint64_t size = part.size();
        must(EVP_DigestUpdate(context.get(), &size, sizeof size) == 1 &&
             EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1);
    }
    std::string out(32, '\0');
    must(EVP_DigestFinal_ex(context.get(), bytes_of(out), nullptr) == 1);
    return out;
}

} // namespace transport
