#include "vmcp/service/memory_rate_limiter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>

namespace vmcp {
namespace {

constexpr std::size_t most_draws = 4; // for all and for each user, of all tools and of one

// No two draws have one key unless they mean one bucket: the length says where the tool's name ends.
std::string key_of(const token_draw& draw) {
    return fmt::format("{}:{}{}", draw.tool.size(), draw.tool,
                       draw.user == nullptr ? std::string() : '\n' + key_of(*draw.user));
}

} // namespace

token_bucket& bucket_shelf::find(std::string key, const token_draw& draw, token_bucket::time_point now) {
    if (const auto known = by_key_.find(key); known != by_key_.end()) {
        const auto it = known->second;
        entries_.splice(entries_.end(), entries_, it);
        if (!it->bucket.has_size(draw.max_tokens, draw.refill_period))
            it->bucket = token_bucket(draw.max_tokens, draw.refill_period, now);
        return it->bucket;
    }
    key_bytes_ += key.size();
    entries_.push_back({std::move(key), token_bucket(draw.max_tokens, draw.refill_period, now)});
    by_key_.emplace(entries_.back().key, std::prev(entries_.end()));
    make_room(now);
    return entries_.back().bucket;
}

// For each new bucket two are looked at, so that what a crowd left behind is gone soon after the crowd.
void bucket_shelf::make_room(token_bucket::time_point now) {
    for (int looked = 0; looked < 2 && entries_.size() > most_draws && entries_.front().bucket.full(now);
         ++looked)
        drop_oldest();
    while (entries_.size() > most_draws &&
           (entries_.size() > bounds_.buckets || key_bytes_ > bounds_.key_bytes)) {
        if (!entries_.front().bucket.full(now))
            ++evicted_;
        drop_oldest();
    }
}

void bucket_shelf::drop_oldest() {
    key_bytes_ -= entries_.front().key.size();
    by_key_.erase(entries_.front().key);
    entries_.pop_front();
}

rate_decision memory_rate_limiter::take_now(std::span<const token_draw> from) {
    assert(from.size() <= most_draws);
    const auto count = std::min(from.size(), most_draws);
    std::array<token_bucket*, most_draws> buckets{};
    rate_decision out;
    std::chrono::nanoseconds longest{0};
    const std::lock_guard lock(mutex_);
    const auto now = now_();
    for (std::size_t i = 0; i < count; ++i) {
        auto& shelf = from[i].user == nullptr ? of_all_ : of_users_;
        buckets[i] = &shelf.find(key_of(from[i]), from[i], now);
        const auto wait = buckets[i]->wait(now);
        if (wait > std::chrono::nanoseconds(0) && out.allowed) {
            out.allowed = false;
            out.refused_by = i;
        }
        longest = std::max(longest, wait);
    }
    if (out.allowed)
        for (std::size_t i = 0; i < count; ++i)
            buckets[i]->take();
    out.retry_after = std::chrono::ceil<std::chrono::microseconds>(longest);
    return out;
}

std::size_t memory_rate_limiter::user_buckets() const {
    const std::lock_guard lock(mutex_);
    return of_users_.size();
}

std::uint64_t memory_rate_limiter::evicted() const {
    const std::lock_guard lock(mutex_);
    return of_users_.evicted();
}

} // namespace vmcp
