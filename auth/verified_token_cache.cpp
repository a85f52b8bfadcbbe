#include "auth/verified_token_cache.hpp"

#include <algorithm>

namespace auth {

verified_token_cache::verified_token_cache(token_cache_limits limits) : longest_(limits.longest) {
    for (auto& one : parts_)
        one = std::make_unique<part>((limits.entries + parts - 1) / parts, limits.bytes / parts);
}

// By the last byte: the hash of the map below takes the first ones.
verified_token_cache::part& verified_token_cache::part_of(const sha256_digest& token) {
    return *parts_[token.back() % parts];
}

std::shared_ptr<const verified_caller> verified_token_cache::find(const sha256_digest& token,
                                                                  std::uint64_t generation, steady_time now) {
    auto& in = part_of(token);
    const std::lock_guard hold(in.lock);
    const auto* const found = in.tokens.find(token, now);
    if (found == nullptr)
        return nullptr;
    if (found->generation == generation)
        return found->caller;
    in.tokens.erase(token);
    return nullptr;
}

void verified_token_cache::put(const sha256_digest& token, std::shared_ptr<const verified_caller> caller,
                               std::uint64_t generation, steady_time now, wall_time wall) {
    const auto left = std::min<wall_time::duration>(caller->expiry - wall, longest_);
    const auto weight = weight_of(*caller);
    auto& in = part_of(token);
    const std::lock_guard hold(in.lock);
    in.tokens.put(token, {std::move(caller), generation},
                  now + std::chrono::duration_cast<steady_time::duration>(left), now, weight);
}

void verified_token_cache::clear() {
    for (auto& one : parts_) {
        const std::lock_guard hold(one->lock);
        one->tokens.clear();
    }
}

std::size_t verified_token_cache::size() const {
    std::size_t out = 0;
    for (const auto& one : parts_) {
        const std::lock_guard hold(one->lock);
        out += one->tokens.size();
    }
    return out;
}

} // namespace auth
