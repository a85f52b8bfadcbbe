// One JSON Web Key (RFC 7517) that can verify signatures, and its thumbprint (RFC 7638).
#pragma once

#include "auth/digest.hpp"
#include "auth/json_object.hpp"
#include "auth/public_key.hpp"

#include <optional>
#include <string>

namespace auth {

inline constexpr std::size_t max_key_id = 256; // bytes of a `kid`; longer ones are refused

struct jwk {
    std::optional<std::string> id{}; // kid
    std::optional<algorithm> alg{};  // the one algorithm this key is for
    public_key key;
    sha256_digest thumbprint{}; // of the required members in their canonical spelling
};

// Reads a public key of type RSA, EC (P-256, P-384, P-521) or OKP (Ed25519). A flaw when the key is none of
// these, fails a check of public_key, is meant for something else (`use`, `key_ops`, `alg`), or holds private
// members: a private key that was published can no longer tell who signed. Certificates in it (x5c, x5u) are
// ignored.
[[nodiscard]] parsed<jwk> read_jwk(const json_object& object, key_checks& checks);

} // namespace auth
