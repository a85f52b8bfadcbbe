#include "auth/verified_token_cache.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace auth {

verified_token_cache::verified_token_cache(token_cache_limits limits)
    : longest_(limits.longest)
    , tokens_(limits.entries, limits.bytes) {
}

std::shared_ptr<const verified_caller> verified_token_cache::find(const sha256_digest& token,
                                                                  std::uint64_t generation, steady_time now) {
    return tokens_.find(token, generation, now).value_or(nullptr);
}

void verified_token_cache::put(const sha256_digest& token, std::shared_ptr<const verified_caller> caller,
                               std::uint64_t generation, steady_time now, wall_time wall) {
    const auto left = std::min<wall_time::duration>(caller->expiry - wall, longest_);
    const auto weight = weight_of(*caller);
    tokens_.put(token, std::move(caller), generation,
                now + std::chrono::duration_cast<steady_time::duration>(left), now, weight);
}

} // namespace auth
