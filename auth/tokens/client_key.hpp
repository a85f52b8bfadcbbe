// The private key by which the gateway proves who it is at a token endpoint (RFC 7523 section 2.2, "private_key_jwt").
#pragma once

#include "auth/algorithm.hpp"
#include "auth/flaw.hpp"
#include "auth/openssl.hpp"

#include <string>
#include <string_view>

namespace auth {

// Immutable; any number of threads may sign at once.
class client_key {
public:
    // A PEM private key without a passphrase: RSA of 2048 bits or more (signs RS256), EC on P-256 (ES256) or P-384
    // (ES384), or Ed25519 (EdDSA). `key_id` may be empty. A flaw says nothing of the key.
    [[nodiscard]] static parsed<client_key> read(std::string_view pem, std::string key_id);

    [[nodiscard]] algorithm alg() const noexcept { return alg_; }

    // A compact JWS (RFC 7515 section 7.1) with typ JWT, this key's alg, and its kid where it has one. Throws
    // std::runtime_error when OpenSSL cannot, which is no fault of any peer.
    [[nodiscard]] std::string sign(std::string_view payload) const;

private:
    client_key(evp_pkey key, algorithm alg, std::string key_id);

    evp_pkey key_;
    algorithm alg_;
    std::string key_id_;
};

} // namespace auth
