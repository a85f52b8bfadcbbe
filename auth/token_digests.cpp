#include "auth/token_digests.hpp"

namespace auth {

token_digests::token_digests(std::size_t entries) {
    for (auto& one : parts_)
        one = std::make_unique<part>((entries + parts - 1) / parts);
}

bool token_digests::contains(const sha256_digest& token, std::uint64_t generation, steady_time now) {
    auto& in = part_of(token);
    const std::lock_guard hold(in.lock);
    const auto* const found = in.tokens.find(token, now);
    return found != nullptr && *found == generation;
}

void token_digests::put(const sha256_digest& token, std::uint64_t generation, steady_time until,
                        steady_time now) {
    auto& in = part_of(token);
    const std::lock_guard hold(in.lock);
    in.tokens.put(token, generation, until, now);
}

std::size_t token_digests::size() const {
    std::size_t out = 0;
    for (const auto& one : parts_) {
        const std::lock_guard hold(one->lock);
        out += one->tokens.size();
    }
    return out;
}

} // namespace auth
