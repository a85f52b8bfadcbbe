// Token buckets in this process.
#pragma once

#include "vmcp/model/rate_limiter.hpp"
#include "vmcp/service/token_bucket.hpp"

#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace vmcp {

// Buckets by key, bounded in number and size. One that is full again says nothing that a new one would not say: those
// that are longest unused are forgotten as soon as they are full, and beyond a bound also before.
class bucket_shelf {
public:
    struct bounds {
        std::size_t buckets = 100'000;
        std::size_t key_bytes = std::size_t{32} << 20U;
    };
    explicit bucket_shelf(bounds bounds) : bounds_(bounds) {}

    // The bucket of this key and size, valid until the fourth call after this one.
    token_bucket& find(std::string key, const token_draw& draw, token_bucket::time_point now);
    [[nodiscard]] std::size_t size() const noexcept { return by_key_.size(); }
    // How many were forgotten before they were full.
    [[nodiscard]] std::uint64_t evicted() const noexcept { return evicted_; }

private:
    struct entry {
        std::string key;
        token_bucket bucket;
    };
    void make_room(token_bucket::time_point now);
    void drop_oldest();

    bounds bounds_;
    std::list<entry> entries_{}; // the longest unused first
    std::unordered_map<std::string_view, std::list<entry>::iterator> by_key_{};
    std::size_t key_bytes_ = 0;
    std::uint64_t evicted_ = 0;
};

// What holds for one gateway: replicas have buckets of their own.
class memory_rate_limiter final : public rate_limiter {
public:
    using clock = std::function<token_bucket::time_point()>;
    explicit memory_rate_limiter(bucket_shelf::bounds of_users = {}, clock now = &steady_clock::now)
        : of_users_(of_users)
        , now_(std::move(now)) {}

    awaitable<result<rate_decision>> take(std::span<const token_draw> from) override {
        co_return take_now(from);
    }
    // The same at once.
    [[nodiscard]] rate_decision take_now(std::span<const token_draw> from);

    [[nodiscard]] std::size_t user_buckets() const;
    [[nodiscard]] std::uint64_t evicted() const;

private:
    mutable std::mutex mutex_{};
    bucket_shelf of_all_{{}}; // by the configuration: no caller makes more of them, or pushes one out
    bucket_shelf of_users_;
    clock now_;
};

} // namespace vmcp
