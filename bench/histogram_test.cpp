// The histogram against a sorted list of the same values.
#include "bench/histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace {

// The exact counterpart of histogram::percentile by sorting.
std::uint64_t exact_percentile(std::vector<std::uint64_t> values, double percent) {
    std::sort(values.begin(), values.end());
    const auto rank =
        static_cast<std::size_t>(std::ceil(static_cast<double>(values.size()) * percent / 100.0 - 1e-9));
    return values[std::max<std::size_t>(rank, 1) - 1];
}

TEST(Histogram, EmptyAnswersZero) {
    const bench::histogram h;
    EXPECT_EQ(h.count(), 0u);
    EXPECT_EQ(h.percentile(50), 0u);
    EXPECT_EQ(h.percentile(100), 0u);
    EXPECT_EQ(h.max(), 0u);
    EXPECT_EQ(h.mean(), 0.0);
}

TEST(Histogram, SmallValuesAreExact) {
    bench::histogram h;
    for (std::uint64_t v = 1; v <= 100; ++v)
        h.record(v);
    EXPECT_EQ(h.percentile(1), 1u);
    EXPECT_EQ(h.percentile(50), 50u);
    EXPECT_EQ(h.percentile(99), 99u);
    EXPECT_EQ(h.percentile(100), 100u);
    EXPECT_DOUBLE_EQ(h.mean(), 50.5);
}

TEST(Histogram, EveryPowerOfTwoEdgeStaysWithinItsPrecision) {
    for (unsigned bit = 0; bit < 44; ++bit) {
        for (const std::int64_t delta : {-1, 0, 1}) {
            const auto value = static_cast<std::uint64_t>((std::int64_t{1} << bit) + delta);
            bench::histogram h;
            h.record(value);
            h.record(value * 4); // so that max() does not hide a wrong bucket end
            const auto got = h.percentile(50);
            EXPECT_GE(got, value) << "bit " << bit;
            EXPECT_LE(got, value + value / 128) << "bit " << bit;
        }
    }
}

TEST(Histogram, RandomValuesMatchTheSortedListToOnePart128) {
    std::mt19937_64 dice{42};
    std::lognormal_distribution<double> shape{11.0, 2.0};
    bench::histogram h;
    std::vector<std::uint64_t> values;
    for (int i = 0; i < 50'000; ++i) {
        values.push_back(static_cast<std::uint64_t>(shape(dice)));
        h.record(values.back());
    }
    for (const double percent : {0.01, 1.0, 50.0, 90.0, 99.0, 99.9, 99.99, 100.0}) {
        const auto exact = exact_percentile(values, percent);
        EXPECT_GE(h.percentile(percent), exact) << percent;
        EXPECT_LE(h.percentile(percent), exact + exact / 128 + 1) << percent;
    }
    EXPECT_EQ(h.max(), *std::max_element(values.begin(), values.end()));
}

TEST(Histogram, HugeValuesCountIntoTheLastBucket) {
    bench::histogram h;
    h.record(~std::uint64_t{0});
    h.record(5);
    EXPECT_EQ(h.count(), 2u);
    EXPECT_EQ(h.percentile(50), 5u);
    EXPECT_EQ(h.percentile(100), ~std::uint64_t{0});
}

TEST(Histogram, AddEqualsRecordingBoth) {
    bench::histogram left;
    bench::histogram right;
    bench::histogram both;
    for (std::uint64_t v = 0; v < 2'000; v += 3) {
        left.record(v);
        both.record(v);
        right.record(v * v);
        both.record(v * v);
    }
    left.add(right);
    EXPECT_EQ(left.count(), both.count());
    EXPECT_EQ(left.max(), both.max());
    EXPECT_DOUBLE_EQ(left.mean(), both.mean());
    for (const double percent : {10.0, 50.0, 99.0})
        EXPECT_EQ(left.percentile(percent), both.percentile(percent));
    left.reset();
    EXPECT_EQ(left.count(), 0u);
    EXPECT_EQ(left.percentile(99), 0u);
}

} // namespace
