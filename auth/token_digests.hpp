// Tokens of which one thing is remembered: that their signature was found to be wrong a moment ago, or that it was right once.
#pragma once

#include "auth/digest.hpp"
#include "auth/expiring_lru.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

namespace auth {

// By the SHA-256 of the token. Bounded: the one that was not asked for the longest leaves first. Beside the cache of verified
// tokens, so that nobody can push a good one out of that by bad ones. Thread-safe; split into parts with a lock each.
class token_digests {
public:
    explicit token_digests(std::size_t entries = 8'192);

    // Whether it was put in under this generation of the issuer's keys and its time has not come.
    [[nodiscard]] bool contains(const sha256_digest& token, std::uint64_t generation, steady_time now);
    void put(const sha256_digest& token, std::uint64_t generation, steady_time until, steady_time now);

    [[nodiscard]] std::size_t size() const;

private:
    struct alignas(64) part {
        explicit part(std::size_t entries) : tokens(entries) {}
        mutable std::mutex lock{};
        expiring_lru<sha256_digest, std::uint64_t, digest_hash> tokens; // generations
    };
    static constexpr std::size_t parts = 16;

    part& part_of(const sha256_digest& token) { return *parts_[token.back() % parts]; }

    std::array<std::unique_ptr<part>, parts> parts_{};
};

} // namespace auth
