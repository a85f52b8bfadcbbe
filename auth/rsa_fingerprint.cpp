#include "auth/rsa_fingerprint.hpp"

#include <array>
#include <cstddef>

namespace auth {
namespace {

// The odd primes up to 167: M has at least these factors, whatever the length of the key.
constexpr std::array<unsigned, 38> primes{3,   5,   7,   11,  13,  17,  19,  23,  29,  31,  37,  41,  43,
                                          47,  53,  59,  61,  67,  71,  73,  79,  83,  89,  97,  101, 103,
                                          107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167};

using residues = std::array<bool, 168>;

// What the powers of 65537 leave over when divided by `prime`.
constexpr residues powers_modulo(unsigned prime) {
    residues out{};
    unsigned power = 1;
    while (!out[power]) {
        out[power] = true;
        power = power * (65537 % prime) % prime;
    }
    return out;
}

constexpr std::array<residues, primes.size()> powers = [] {
    std::array<residues, primes.size()> out{};
    for (std::size_t i = 0; i < primes.size(); ++i)
        out[i] = powers_modulo(primes[i]);
    return out;
}();

} // namespace

bool has_weak_fingerprint(const BIGNUM* modulus) noexcept {
    for (std::size_t i = 0; i < primes.size(); ++i) {
        const BN_ULONG rest = BN_mod_word(modulus, primes[i]);
        if (rest >= primes[i] || !powers[i][rest])
            return false;
    }
    return true;
}

} // namespace auth
