// Records on their way from the threads that serve to the one that writes.
#pragma once

#include "vmcp/model/audit.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

namespace vmcp {

// Bounded in records and bytes. Thread-safe; one thread takes.
class audit_queue {
public:
    // What all records together may take, however many they are.
    static constexpr std::size_t most_bytes = std::size_t{32} << 20;

    explicit audit_queue(std::size_t most) : most_(most) {}

    // Never waits for room: a record that finds none is lost, and counted.
    void push(audit_record record);
    // Up to `most` of the oldest.
    [[nodiscard]] std::vector<audit_record> take(std::size_t most);

    // Returns when there are records (unless `asleep`), when somebody called wake(), or at `until`.
    void wait(std::chrono::steady_clock::time_point until, bool asleep);
    void wake();
    // Records that wait beyond a smaller limit stay.
    void set_limit(std::size_t most);

    [[nodiscard]] std::size_t size() const;
    [[nodiscard]] std::uint64_t lost() const noexcept { return lost_.load(std::memory_order_relaxed); }

private:
    mutable std::mutex mutex_{};
    std::condition_variable news_{};
    std::deque<audit_record> records_{};
    std::size_t bytes_ = 0;
    std::size_t most_;
    bool waiting_ = false; // the taker, for records
    bool woken_ = false;
    std::atomic<std::uint64_t> lost_{0};
};

} // namespace vmcp
