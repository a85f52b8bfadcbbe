// Work that several ask for at a time is done once: who does it, and who waits for what comes of it.
#pragma once

#include "auth/digest.hpp"

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

namespace auth {

// Bounded in flights and in waiters of all flights together. Not thread-safe.
class single_flight {
public:
    struct bounds {
        std::size_t flights = 256;
        std::size_t waiters = 1024; // beside those whose flight it is
    };
    explicit single_flight(bounds most) : most_(most) {}

    struct place {
        enum class kind : std::uint8_t {
            first,   // nobody does it: do it, then call landed(), once, whatever came
            waits,   // somebody does: landed() gives this ticket
            crowded, // too many at a time
        };
        kind how = kind::crowded;
        std::uint64_t ticket = 0;
    };

    // `spare`: so many flights stay free for others than whoever would begin this one.
    [[nodiscard]] place join(const sha256_digest& key, std::size_t spare = 0) {
        if (const auto found = waiters_.find(key); found != waiters_.end()) {
            if (waiting_ >= most_.waiters)
                return {};
            ++waiting_;
            found->second.push_back(++last_ticket_);
            return {place::kind::waits, last_ticket_};
        }
        if (waiters_.size() + spare >= most_.flights)
            return {};
        waiters_.try_emplace(key);
        return {place::kind::first, 0};
    }

    [[nodiscard]] bool flies(const sha256_digest& key) const { return waiters_.contains(key); }

    // The tickets of those who waited; the flight is over.
    [[nodiscard]] std::vector<std::uint64_t> landed(const sha256_digest& key) {
        const auto found = waiters_.find(key);
        if (found == waiters_.end())
            return {};
        auto tickets = std::move(found->second);
        waiters_.erase(found);
        waiting_ -= tickets.size();
        return tickets;
    }

    // Who has this ticket no longer waits.
    void forget(const sha256_digest& key, std::uint64_t ticket) {
        if (const auto found = waiters_.find(key); found != waiters_.end())
            waiting_ -= std::erase(found->second, ticket);
    }

    [[nodiscard]] std::size_t waiting() const noexcept { return waiting_; }

private:
    bounds most_;
    std::unordered_map<sha256_digest, std::vector<std::uint64_t>, digest_hash> waiters_{}; // of each flight
    std::size_t waiting_ = 0;
    std::uint64_t last_ticket_ = 0;
};

} // namespace auth
