// SHA-256, and comparing what an attacker may guess at.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace auth {

using sha256_digest = std::array<unsigned char, 32>;

// Throws std::runtime_error when OpenSSL cannot, which is no fault of any peer.
[[nodiscard]] sha256_digest sha256(std::string_view bytes);

// The bytes of a digest as text, for whatever encodes or compares bytes.
[[nodiscard]] inline std::string_view bytes_of(const sha256_digest& digest) noexcept {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

// How long it takes depends on the lengths only.
[[nodiscard]] bool same_secret(std::string_view a, std::string_view b) noexcept;

// A digest is a good hash as it is: nobody can make many that fall into one bucket at a bearable cost.
struct digest_hash {
    [[nodiscard]] std::size_t operator()(const sha256_digest& digest) const noexcept {
        std::uint64_t word = 0;
        std::memcpy(&word, digest.data(), sizeof word);
        return static_cast<std::size_t>(word);
    }
};

} // namespace auth
