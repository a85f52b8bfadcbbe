#include "vmcp/door/possession.hpp"

#include "auth/binding.hpp"
#include "auth/dpop.hpp"

#include <openssl/rand.h>

#include <chrono>
#include <optional>
#include <span>
#include <stdexcept>
#include <vector>

namespace vmcp {

using auth::refusal;
using auth::rejection;

namespace {

// The certificate that the client has shown. Only of tokens that are bound to one is it asked for: the connection
// writes it anew for each request.
std::string certificate_of(const credentials_view& from, const auth::confirmation& bound_to) {
    return bound_to.certificate && from.client_certificate ? from.client_certificate() : std::string();
}

} // namespace

auth::verdict<void> check_certificate(const credentials_view& from, const auth::confirmation& bound_to) {
    const auto certificate = certificate_of(from, bound_to);
    return auth::check_binding(bound_to, {.certificate = certificate});
}

auth::verdict<void> possession::check(const credentials_view& from, const auth::credentials& sent,
                                      const auth::confirmation& bound_to) {
    const auto certificate = certificate_of(from, bound_to);
    if (sent.scheme != auth::token_scheme::dpop)
        return auth::check_binding(bound_to, {.scheme = sent.scheme, .certificate = certificate});
    std::vector<std::string_view> proofs;
    from.each_field("DPoP", [&proofs](std::string_view value) { proofs.push_back(value); });
    const auto now = std::chrono::system_clock::now();
    const auto nonces = nonces_ ? std::optional(nonces_->good(now)) : std::nullopt;
    const auto proof = auth::check_dpop({},
                                        {.proofs = proofs,
                                         .method = from.method,
                                         .url = url_,
                                         .token = sent.token,
                                         .nonces = nonces ? *nonces : std::span<const std::string>()},
                                        now);
    if (!proof)
        return proof.error();
    if (auto bound = auth::check_binding(
            bound_to, {.scheme = sent.scheme, .dpop_key = proof->key, .certificate = certificate});
        !bound)
        return bound;
    if (from.early)
        return {}; // the same proof is looked at again
    switch (seen_.note(proof->id, proof->keep_for, steady_clock::now())) {
    case auth::seen::first:
        return {};
    case auth::seen::again:
        return rejection{refusal::invalid_dpop_proof, "the DPoP proof came before"};
    case auth::seen::full:
        break;
    }
    return rejection{refusal::unavailable, "too many DPoP proofs to remember", std::chrono::seconds(1)};
}

std::string possession::nonce() const {
    return nonces_ ? nonces_->current(std::chrono::system_clock::now()) : std::string();
}

std::unique_ptr<const auth::dpop_nonces> make_nonces() {
    auth::dpop_nonces::secret key{};
    if (RAND_bytes(key.data(), static_cast<int>(key.size())) != 1)
        throw std::runtime_error("OpenSSL has no random bytes");
    return std::make_unique<const auth::dpop_nonces>(key);
}

} // namespace vmcp
