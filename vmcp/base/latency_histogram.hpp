// Latencies counted in buckets, made for hot paths: recording is two relaxed additions in a part of its own
// per thread, and whoever reads adds the parts up.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace vmcp {

// Upper bounds of the buckets in nanoseconds: those that OpenTelemetry's conventions for MCP recommend (10 ms
// to 300 s), with finer ones below, where a gateway's own work lies.
inline constexpr std::array<std::int64_t, 19> latency_bounds{
    100'000,        500'000,        1'000'000,       2'500'000,       5'000'000,
    10'000'000,     20'000'000,     50'000'000,      100'000'000,     200'000'000,
    500'000'000,    1'000'000'000,  2'000'000'000,   5'000'000'000,   10'000'000'000,
    30'000'000'000, 60'000'000'000, 120'000'000'000, 300'000'000'000,
};

// What was recorded up to now. The last bucket holds what is above every bound.
struct latency_totals {
    std::array<std::uint64_t, latency_bounds.size() + 1> buckets{};
    std::uint64_t count = 0;
    double seconds = 0;
};

// Thread-safe.
class latency_histogram {
public:
    // `part`: the caller's thread number, any value. Threads with different numbers seldom touch the same
    // cache line.
    void record(unsigned part, std::chrono::nanoseconds took) noexcept {
        auto& own = parts_[part % parts_.size()];
        const auto n = took.count() < 0 ? 0 : took.count();
        std::size_t i = 0;
        while (i < latency_bounds.size() && n > latency_bounds[i])
            ++i;
        own.buckets[i].fetch_add(1, std::memory_order_relaxed);
        own.nanoseconds.fetch_add(static_cast<std::uint64_t>(n), std::memory_order_relaxed);
    }

    // While others record, a value that is being recorded may be in the count and not yet in the sum.
    [[nodiscard]] latency_totals read() const noexcept {
        latency_totals out;
        for (const auto& one : parts_) {
            for (std::size_t i = 0; i < out.buckets.size(); ++i)
                out.buckets[i] += one.buckets[i].load(std::memory_order_relaxed);
            out.seconds += static_cast<double>(one.nanoseconds.load(std::memory_order_relaxed)) / 1e9;
        }
        for (const auto n : out.buckets)
            out.count += n;
        return out;
    }

private:
    struct alignas(64) part_counts {
        std::array<std::atomic<std::uint64_t>, latency_bounds.size() + 1> buckets{};
        std::atomic<std::uint64_t> nanoseconds{0};
    };

    std::array<part_counts, 8> parts_{};
};

} // namespace vmcp
