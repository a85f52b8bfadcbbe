// A fast 64-bit hash whose value never changes between runs, builds or machines: for fingerprints and name
// tails. It does not resist an attacker; nothing that needs that may be built on it.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace vmcp {

// A bijection that spreads every input bit. The factors are odd numbers from the digits of pi and the golden
// ratio.
[[nodiscard]] constexpr std::uint64_t mix_bits(std::uint64_t x) noexcept {
    x ^= x >> 32;
    x *= 0x9E3779B97F4A7C15U;
    x ^= x >> 29;
    x *= 0x243F6A8885A308D3U;
    x ^= x >> 32;
    return x;
}

[[nodiscard]] inline std::uint64_t stable_hash(std::string_view bytes, std::uint64_t seed = 0) noexcept {
    std::uint64_t hash = mix_bits(seed ^ bytes.size());
    while (!bytes.empty()) {
        const std::size_t count = bytes.size() < 8 ? bytes.size() : 8;
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data(), count);
        if constexpr (std::endian::native == std::endian::big)
            word = __builtin_bswap64(word);
        hash = mix_bits(hash ^ word);
        bytes.remove_prefix(count);
    }
    return hash;
}

} // namespace vmcp
