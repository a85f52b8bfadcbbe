// Places and tickets of the concurrency limit.
#include "health/bulkhead.hpp"

namespace health {

bulkhead::entry bulkhead::enter() {
    // Who comes later must not overtake those who wait, even when a place is free for an instant.
    if (running_ < limit_ && waiting_.empty()) {
        ++running_;
        return {place::running, 0};
    }
    if (waiting_.size() < queue_) {
        waiting_.insert(waiting_.end(), ++last_ticket_);
        return {place::waiting, last_ticket_};
    }
    ++refused_;
    return {place::refused, 0};
}

std::uint64_t bulkhead::leave() {
    if (running_ > 0)
        --running_;
    return promote();
}

bool bulkhead::abandon(std::uint64_t ticket) {
    return waiting_.erase(ticket) == 1;
}

std::vector<std::uint64_t> bulkhead::configure(std::size_t limit, std::size_t queue) {
    limit_ = limit == 0 ? 1 : limit;
    queue_ = queue;
    std::vector<std::uint64_t> woken;
    while (const std::uint64_t ticket = promote())
        woken.push_back(ticket);
    return woken;
}

std::uint64_t bulkhead::promote() {
    if (waiting_.empty() || running_ >= limit_)
        return 0;
    const std::uint64_t ticket = *waiting_.begin();
    waiting_.erase(waiting_.begin());
    ++running_;
    return ticket;
}

} // namespace health
