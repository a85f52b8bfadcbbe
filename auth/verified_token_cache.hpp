// Tokens that were verified a moment ago: what makes a repeated request cost a hash instead of a signature
// check.
#pragma once

#include "auth/sharded_lru.hpp"
#include "auth/verified_caller.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace auth {

struct token_cache_limits {
    std::size_t entries = 10'000;
    std::size_t bytes = std::size_t{32} << 20; // of tokens and claims
    seconds longest{60};                       // nothing is believed longer, whatever the token says
};

// Keyed by the SHA-256 of the token, so that how long a lookup takes says nothing about tokens that are
// there. Only tokens whose signature and claims are right are put in: refusals are never remembered, and nobody without a
// good token can push another out. Thread-safe; split into parts with a lock each, so that workers seldom
// meet.
class verified_token_cache {
public:
    explicit verified_token_cache(token_cache_limits limits = {});

    // The caller whose token was verified under this generation of the issuer's keys, or nullptr.
    [[nodiscard]] std::shared_ptr<const verified_caller> find(const sha256_digest& token,
                                                              std::uint64_t generation, steady_time now);

    // Kept until the token expires, `longest` at most. A token that lives on the leeway only is not kept.
    void put(const sha256_digest& token, std::shared_ptr<const verified_caller> caller,
             std::uint64_t generation, steady_time now, wall_time wall);

    [[nodiscard]] std::size_t size() const { return tokens_.size(); }

private:
    seconds longest_;
    sharded_lru<std::shared_ptr<const verified_caller>> tokens_;
};

} // namespace auth
