#include "bench/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace bench {

std::size_t histogram::bucket_of(std::uint64_t value) {
    constexpr std::uint64_t one_row = std::uint64_t{1} << sub_bits;
    if (value < one_row)
        return static_cast<std::size_t>(value);
    value = std::min(value, (std::uint64_t{1} << max_bits) - 1);
    const auto shift = static_cast<unsigned>(std::bit_width(value)) - sub_bits - 1;
    // Row `shift` starts at (shift + 1) * 128, and value >> shift lies in [128, 256).
    return (static_cast<std::size_t>(shift) << sub_bits) + static_cast<std::size_t>(value >> shift);
}

std::uint64_t histogram::last_value_of(std::size_t bucket) {
    constexpr std::size_t one_row = std::size_t{1} << sub_bits;
    if (bucket < one_row)
        return bucket;
    const std::size_t shift = (bucket >> sub_bits) - 1;
    const std::uint64_t mantissa = one_row + (bucket & (one_row - 1));
    return ((mantissa + 1) << shift) - 1;
}

void histogram::record(std::uint64_t value) {
    ++buckets_[bucket_of(value)];
    ++count_;
    sum_ += static_cast<double>(value);
    max_ = std::max(max_, value);
}

void histogram::add(const histogram& other) {
    for (std::size_t i = 0; i < bucket_count; ++i)
        buckets_[i] += other.buckets_[i];
    count_ += other.count_;
    sum_ += other.sum_;
    max_ = std::max(max_, other.max_);
}

void histogram::reset() {
    *this = histogram{};
}

double histogram::mean() const {
    return count_ == 0 ? 0.0 : sum_ / static_cast<double>(count_);
}

std::uint64_t histogram::percentile(double percent) const {
    if (count_ == 0)
        return 0;
    const auto exact = std::ceil(static_cast<double>(count_) * percent / 100.0 - 1e-9);
    const auto wanted = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(exact), 1, count_);
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < bucket_count; ++i) {
        seen += buckets_[i];
        if (seen >= wanted)
            return i + 1 == bucket_count ? max_ : std::min(last_value_of(i), max_);
    }
    return max_;
}

} // namespace bench
