// Spans on their way from the threads that serve to the one that sends.
#pragma once

#include "vmcp/model/tracer.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

namespace vmcp {

// Bounded in spans and bytes. Thread-safe.
class span_queue {
public:
    // What all spans together may take, however many they are.
    static constexpr std::size_t most_bytes = std::size_t{8} << 20;

    // Never waits for room: a span that finds none is lost, and counted. Gives the number of those that wait.
    std::size_t push(span one);
    // Up to `most` of the oldest.
    [[nodiscard]] std::vector<span> take(std::size_t most);
    // Spans that wait beyond a smaller limit stay.
    void set_limit(std::size_t most);

    void count_lost(std::uint64_t more) noexcept { lost_.fetch_add(more, std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t lost() const noexcept { return lost_.load(std::memory_order_relaxed); }
    [[nodiscard]] std::size_t size() const;

private:
    mutable std::mutex mutex_{};
    std::deque<span> spans_{};
    std::size_t bytes_ = 0;
    std::size_t most_ = 2'048;
    std::atomic<std::uint64_t> lost_{0};
};

} // namespace vmcp
