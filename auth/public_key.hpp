// Public keys of RSA, NIST curves and Ed25519, made from the octets that a JWK carries.
#pragma once

#include "auth/algorithm.hpp"
#include "auth/flaw.hpp"
#include "auth/openssl.hpp"

#include <memory>
#include <string_view>

namespace auth {

inline constexpr int min_rsa_bits = 2048; // RFC 7518 section 3.3
inline constexpr int max_rsa_bits = 8192; // a check of a longer one would take too long

// How thoroughly RSA keys are checked, and how much CPU that may take: the check of one modulus takes 3 ms at
// 2048 bits, 26 ms at 4096 and 0.2 s at 8192.
class key_checks {
public:
    // For the keys of one issuer, on which everybody relies: every check, up to about half a second in total.
    // That is enough for 128 keys of 2048 bits, 16 of 4096, or 2 of 8192.
    [[nodiscard]] static key_checks of_issuer() noexcept { return key_checks(128); }

    // For the key in a proof of possession. Its sender could harm only itself with an RSA modulus that is
    // none, and could make one whose check costs seconds.
    [[nodiscard]] static key_checks of_sender() noexcept { return key_checks(0); }

    [[nodiscard]] bool thorough() const noexcept { return thorough_; }

    // Takes what the check of a modulus of so many bits costs. False when that is more than is left.
    [[nodiscard]] bool spend(int bits) noexcept;

private:
    explicit key_checks(unsigned units) noexcept : left_(units), thorough_(units > 0) {}

    unsigned left_; // in checks of 2048 bits
    bool thorough_;
};

// A key that passed its checks. Copies share one OpenSSL object; using it from several threads is safe.
class public_key {
public:
    // The octets of n and e, big-endian; a sign octet of zero is let through, because some issuers send it
    // (RFC 7518 section 6.3.1.1 warns of it). Refused: moduli shorter or longer than above or even, exponents
    // that are even, 1, or longer than 64 bits, moduli with the fingerprint of a generator whose keys can be
    // factored (CVE-2017-15361), and a key whose check is more than `checks` has left.
    [[nodiscard]] static parsed<public_key> rsa(std::string_view n, std::string_view e, key_checks& checks);

    // Coordinates must have exactly the curve's length (RFC 7518 section 6.2.1.2), and the point must lie on
    // it.
    [[nodiscard]] static parsed<public_key> ec(key_kind curve, std::string_view x, std::string_view y);

    // RFC 8037 section 2: 32 octets.
    [[nodiscard]] static parsed<public_key> ed25519(std::string_view x);

    [[nodiscard]] key_kind kind() const noexcept { return kind_; }
    [[nodiscard]] EVP_PKEY* get() const noexcept { return key_.get(); }

private:
    public_key(key_kind kind, evp_pkey key) : kind_(kind), key_(std::move(key)) {}

    key_kind kind_;
    std::shared_ptr<EVP_PKEY> key_;
};

// Octets of one coordinate of a curve; half of a signature made with its keys.
[[nodiscard]] std::size_t coordinate_size(key_kind curve) noexcept;

} // namespace auth
