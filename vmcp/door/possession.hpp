// Whether who sends a token holds the key that it is bound to (DPoP, RFC 9449; client certificates, RFC 8705).
#pragma once

#include "auth/bearer.hpp"
#include "auth/dpop_nonce.hpp"
#include "auth/replay_cache.hpp"
#include "auth/token_claims.hpp"
#include "vmcp/model/authenticator.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace vmcp {

// For a gateway without DPoP: whether who sends a bearer token has shown the certificate that it is bound to, if it is.
[[nodiscard]] auth::verdict<void> check_certificate(const credentials_view& from,
                                                    const auth::confirmation& bound_to);

// Thread-safe. A proof is good once, in this process.
class possession {
public:
    // `url`: by which clients call, and which their proofs must name. `nonces`: proofs must hold one of these; null: none is
    // asked for.
    explicit possession(std::string url, std::unique_ptr<const auth::dpop_nonces> nonces = {})
        : url_(std::move(url))
        , nonces_(std::move(nonces)) {}

    // `token` has been verified and is bound to `bound_to`. Costs one signature check where it came with the scheme DPoP.
    [[nodiscard]] auth::verdict<void> check(const credentials_view& from, const auth::credentials& sent,
                                            const auth::confirmation& bound_to);

    // For a client that has none (field DPoP-Nonce); empty: none is asked for.
    [[nodiscard]] std::string nonce() const;

private:
    const std::string url_;
    const std::unique_ptr<const auth::dpop_nonces> nonces_;
    auth::replay_cache seen_{};
};

// With a secret of this process.
[[nodiscard]] std::unique_ptr<const auth::dpop_nonces> make_nonces();

} // namespace vmcp
