// Checks one signature of RFC 7518 section 3 or RFC 8037 with a public key.
#pragma once

#include "auth/public_key.hpp"

#include <string_view>

namespace auth {

// Whether `signature` is a signature of `input` under `key`. False also when the key is of another type than
// the algorithm, or the signature has another length than the algorithm gives it: r and s of ECDSA side by
// side (never DER), PSS with a salt as long as the digest. Leaves nothing on OpenSSL's error queue. Costs 30
// us (RSA) to 1 ms (P-384) of CPU.
[[nodiscard]] bool verify_signature(algorithm alg, const public_key& key, std::string_view input,
                                    std::string_view signature);

} // namespace auth
