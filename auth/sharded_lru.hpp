// An expiring_lru by the SHA-256 of tokens for all threads: what the caches of tokens are made of.
#pragma once

#include "auth/digest.hpp"
#include "auth/expiring_lru.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace auth {

// What is put in under one generation of the issuer's keys is found under that alone. How long a lookup takes says nothing
// about tokens that are there. Thread-safe; split into parts with a lock each, so that workers seldom meet.
template <class Value>
class sharded_lru {
public:
    explicit sharded_lru(std::size_t entries, std::size_t weight = ~std::size_t{0}) {
        for (auto& one : parts_)
            one = std::make_unique<part>((entries + parts - 1) / parts, weight / parts);
    }

    [[nodiscard]] std::optional<Value> find(const sha256_digest& token, std::uint64_t generation,
                                            steady_time now) {
        auto& in = part_of(token);
        const std::lock_guard hold(in.lock);
        const auto* const found = in.tokens.find(token, now);
        if (found == nullptr)
            return std::nullopt;
        if (found->generation == generation)
            return found->value;
        in.tokens.erase(token);
        return std::nullopt;
    }

    void put(const sha256_digest& token, Value value, std::uint64_t generation, steady_time until,
             steady_time now, std::size_t weight = 1) {
        auto& in = part_of(token);
        const std::lock_guard hold(in.lock);
        in.tokens.put(token, {std::move(value), generation}, until, now, weight);
    }

    [[nodiscard]] std::size_t size() const {
        std::size_t out = 0;
        for (const auto& one : parts_) {
            const std::lock_guard hold(one->lock);
            out += one->tokens.size();
        }
        return out;
    }

private:
    struct entry {
        Value value;
        std::uint64_t generation = 0;
    };
    struct alignas(64) part {
        part(std::size_t entries, std::size_t weight) : tokens(entries, weight) {}
        mutable std::mutex lock{};
        expiring_lru<sha256_digest, entry, digest_hash> tokens;
    };
    static constexpr std::size_t parts = 16;

    // By the last byte: the hash of the map takes the first ones.
    part& part_of(const sha256_digest& token) { return *parts_[token.back() % parts]; }

    std::array<std::unique_ptr<part>, parts> parts_{};
};

} // namespace auth
