// The concurrency limit of one backend: how many calls may run, how many may wait, and who is next.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

namespace health {

// Counters only; it wakes nobody itself. Not thread-safe, see breaker.
//
// How to drive it: enter(); `running`: make the call, then leave(). `waiting`: sleep until the ticket is
// handed out by leave(), abandon() or configure(), then make the call and leave(); when the caller's deadline
// passes first, abandon() the ticket. `refused`: answer a retryable error that says the backend has too many
// calls in flight.
class bulkhead {
public:
    enum class place : std::uint8_t { running, waiting, refused };

    struct entry {
        place where = place::refused;
        std::uint64_t ticket = 0; // only while waiting
        friend bool operator==(const entry&, const entry&) = default;
    };

    bulkhead(std::size_t limit, std::size_t queue) noexcept : limit_(limit == 0 ? 1 : limit), queue_(queue) {}

    [[nodiscard]] entry enter();

    // A running call ended. Returns the ticket to wake, which is running from now on; 0: none.
    [[nodiscard]] std::uint64_t leave();

    // A waiting caller gives up. False: the ticket was already handed out, so the caller is running and must
    // call leave().
    [[nodiscard]] bool abandon(std::uint64_t ticket);

    // New limits; returns the tickets that may run now, oldest first. Calls beyond a lower limit run to their
    // end; waiting calls beyond a shorter queue keep their place.
    [[nodiscard]] std::vector<std::uint64_t> configure(std::size_t limit, std::size_t queue);

    [[nodiscard]] std::size_t running() const noexcept { return running_; }
    [[nodiscard]] std::size_t waiting() const noexcept { return waiting_.size(); }
    [[nodiscard]] std::uint64_t refused() const noexcept { return refused_; } // so far

private:
    [[nodiscard]] std::uint64_t promote();

    std::size_t limit_;
    std::size_t queue_;
    std::size_t running_ = 0;
    std::set<std::uint64_t> waiting_{}; // tickets grow, so the first is the oldest
    std::uint64_t last_ticket_ = 0;
    std::uint64_t refused_ = 0;
};

} // namespace health
