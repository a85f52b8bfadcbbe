// A bounded map whose entries end by themselves: the base of the caches in this folder.
#pragma once

#include "auth/time.hpp"

#include <cstddef>
#include <functional>
#include <list>
#include <unordered_map>
#include <utility>

namespace auth {

// Bounded by entries and by weight together; the one that was not asked for the longest leaves first. Not
// thread-safe.
template <class Key, class Value, class Hash = std::hash<Key>>
class expiring_lru {
public:
    explicit expiring_lru(std::size_t max_entries, std::size_t max_weight = ~std::size_t{0})
        : max_entries_(max_entries)
        , max_weight_(max_weight) {}

    // The value, or nullptr when there is none whose time has not come. Good until the next call that is not
    // const.
    [[nodiscard]] Value* find(const Key& key, steady_time now) {
        const auto at = index_.find(key);
        if (at == index_.end())
            return nullptr;
        if (at->second->expires <= now) {
            remove(at->second);
            return nullptr;
        }
        order_.splice(order_.begin(), order_, at->second);
        return &at->second->value;
    }

    // Replaces what is there. What is heavier than the whole map may be, or has expired already, is not kept.
    void put(const Key& key, Value value, steady_time expires, steady_time now, std::size_t weight = 1) {
        erase(key);
        if (expires <= now || weight > max_weight_ || max_entries_ == 0)
            return;
        order_.push_front({key, std::move(value), expires, weight});
        index_.emplace(key, order_.begin());
        weight_ += weight;
        while (order_.size() > max_entries_ || weight_ > max_weight_)
            remove(std::prev(order_.end()));
    }

    void erase(const Key& key) {
        if (const auto at = index_.find(key); at != index_.end())
            remove(at->second);
    }

    [[nodiscard]] std::size_t size() const noexcept { return order_.size(); }
    [[nodiscard]] std::size_t weight() const noexcept { return weight_; }

private:
    struct entry {
        Key key;
        Value value;
        steady_time expires;
        std::size_t weight;
    };
    using place = typename std::list<entry>::iterator;

    void remove(place at) {
        weight_ -= at->weight;
        index_.erase(at->key);
        order_.erase(at);
    }

    std::size_t max_entries_;
    std::size_t max_weight_;
    std::size_t weight_ = 0;
    std::list<entry> order_{}; // the last asked for first
    std::unordered_map<Key, place, Hash> index_{};
};

} // namespace auth
