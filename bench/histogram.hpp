// Latency histogram with log-linear buckets: constant memory, every value kept to within 1/128 of itself.
#pragma once

#include <array>
#include <cstdint>

namespace bench {

// Values are plain numbers (the load generator records nanoseconds). Below 128 a bucket holds one value;
// above, each power of two is cut into 128 buckets. Values of 2^44 and more (about five hours in ns) count
// into the last bucket.
class histogram {
public:
    void record(std::uint64_t value);
    void add(const histogram& other);
    void reset();

    [[nodiscard]] std::uint64_t count() const { return count_; }
    [[nodiscard]] std::uint64_t max() const { return max_; } // exact; 0 when empty
    [[nodiscard]] double mean() const;                       // exact; 0 when empty

    // The smallest recorded value (rounded up to its bucket's end, never above max()) that at least `percent`
    // of all values do not exceed. 0 when empty. Call with 0 < percent <= 100.
    [[nodiscard]] std::uint64_t percentile(double percent) const;

private:
    static constexpr unsigned sub_bits = 7;
    static constexpr unsigned max_bits = 44;
    static constexpr std::size_t bucket_count = (max_bits - sub_bits + 1) << sub_bits;

    static std::size_t bucket_of(std::uint64_t value);
    static std::uint64_t last_value_of(std::size_t bucket);

    std::array<std::uint64_t, bucket_count> buckets_{};
    std::uint64_t count_ = 0;
    std::uint64_t max_ = 0;
    double sum_ = 0;
};

} // namespace bench
