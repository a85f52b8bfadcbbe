#include "auth/replay_cache.hpp"

#include <algorithm>

namespace auth {

seen replay_cache::note(const sha256_digest& id, milliseconds keep_for, steady_time now) {
    const std::lock_guard hold(lock_);
    while (!endings_.empty() && endings_.front().at <= now) {
        ids_.erase(endings_.front().id);
        std::pop_heap(endings_.begin(), endings_.end(), later);
        endings_.pop_back();
    }
    if (ids_.contains(id))
        return seen::again;
    if (ids_.size() >= max_entries_)
        return seen::full;
    ids_.insert(id);
    endings_.push_back({now + keep_for, id});
    std::push_heap(endings_.begin(), endings_.end(), later);
    return seen::first;
}

std::size_t replay_cache::size() const {
    const std::lock_guard hold(lock_);
    return ids_.size();
}

} // namespace auth
