// Finds RSA keys of the generator of CVE-2017-15361 ("ROCA"), which can be factored at a bearable cost.
#pragma once

#include <openssl/bn.h>

namespace auth {

// The primes of such keys are k * M + (65537^a mod M), with M the product of the first primes. So the
// modulus, too, is a power of 65537 modulo each of these primes. Of the keys of other origin, about one in
// 240 million looks the same.
[[nodiscard]] bool has_weak_fingerprint(const BIGNUM* modulus) noexcept;

} // namespace auth
