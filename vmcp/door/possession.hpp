// Whether who sends a token holds the key that it is bound to (DPoP, RFC 9449; client certificates, RFC 8705).
#pragma once

#include "auth/bearer.hpp"
#include "auth/replay_cache.hpp"
#include "auth/token_claims.hpp"
#include "vmcp/model/authenticator.hpp"

#include <string>
#include <string_view>

namespace vmcp {

// For a gateway without DPoP: whether who sends a bearer token has shown the certificate that it is bound to, if it is.
[[nodiscard]] auth::verdict<void> check_certificate(const credentials_view& from,
                                                    const auth::confirmation& bound_to);

// Thread-safe. A proof is good once, in this process.
class possession {
public:
    // `url`: by which clients call, and which their proofs must name.
    explicit possession(std::string url) : url_(std::move(url)) {}

    // `token` has been verified and is bound to `bound_to`. Costs one signature check where it came with the scheme DPoP.
    [[nodiscard]] auth::verdict<void> check(const credentials_view& from, const auth::credentials& sent,
                                            const auth::confirmation& bound_to);

private:
    const std::string url_;
    auth::replay_cache seen_{};
};

} // namespace vmcp
