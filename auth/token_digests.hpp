// Tokens of which one thing is remembered: that their signature was found to be wrong a moment ago, or that it was right once.
#pragma once

#include "auth/sharded_lru.hpp"

#include <cstddef>
#include <cstdint>
#include <variant>

namespace auth {

// By the SHA-256 of the token. Bounded: the one that was not asked for the longest leaves first. Beside the cache of verified
// tokens, so that nobody can push a good one out of that by bad ones. Thread-safe.
class token_digests {
public:
    explicit token_digests(std::size_t entries = 8'192) : tokens_(entries) {}

    // Whether it was put in under this generation of the issuer's keys and its time has not come.
    [[nodiscard]] bool contains(const sha256_digest& token, std::uint64_t generation, steady_time now) {
        return tokens_.find(token, generation, now).has_value();
    }
    void put(const sha256_digest& token, std::uint64_t generation, steady_time until, steady_time now) {
        tokens_.put(token, {}, generation, until, now);
    }
    [[nodiscard]] std::size_t size() const { return tokens_.size(); }

private:
    sharded_lru<std::monostate> tokens_;
};

} // namespace auth
