// Buckets of latencies: each value in the one that its bound closes, none lost when threads record at once.
#include "vmcp/base/latency_histogram.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <thread>
#include <vector>

namespace vmcp {
namespace {

using namespace std::chrono_literals;

TEST(LatencyHistogram, IsEmptyAtFirst) {
    const latency_histogram h;
    const auto totals = h.read();
    EXPECT_EQ(totals.count, 0U);
    EXPECT_EQ(totals.seconds, 0.0);
}

TEST(LatencyHistogram, BoundsGrow) {
    for (std::size_t i = 1; i < latency_bounds.size(); ++i)
        EXPECT_LT(latency_bounds[i - 1], latency_bounds[i]);
}

TEST(LatencyHistogram, ABoundBelongsToTheBucketBelowIt) {
    for (std::size_t i = 0; i < latency_bounds.size(); ++i) {
        latency_histogram h;
        h.record(0, std::chrono::nanoseconds(latency_bounds[i]));
        h.record(0, std::chrono::nanoseconds(latency_bounds[i] + 1));
        const auto totals = h.read();
        EXPECT_EQ(totals.buckets[i], 1U) << i;
        EXPECT_EQ(totals.buckets[i + 1], 1U) << i;
    }
}

TEST(LatencyHistogram, SumsSeconds) {
    latency_histogram h;
    h.record(0, 1500ms);
    h.record(9, 250ms);
    EXPECT_DOUBLE_EQ(h.read().seconds, 1.75);
    EXPECT_EQ(h.read().count, 2U);
}

TEST(LatencyHistogram, AClockThatWentBackCountsAsZero) {
    latency_histogram h;
    h.record(0, -5s);
    EXPECT_EQ(h.read().buckets[0], 1U);
    EXPECT_EQ(h.read().seconds, 0.0);
}

TEST(LatencyHistogram, LosesNothingWhenThreadsShareAPart) {
    latency_histogram h;
    constexpr unsigned threads = 4;
    constexpr unsigned each = 20'000;
    std::vector<std::thread> all;
    for (unsigned t = 0; t < threads; ++t)
        all.emplace_back([&h, t] {
            for (unsigned i = 0; i < each; ++i)
                h.record(t * 8, 1ms); // all the same part
        });
    for (auto& one : all)
        one.join();
    EXPECT_EQ(h.read().count, threads * each);
    EXPECT_NEAR(h.read().seconds, threads * each / 1000.0, 1e-6);
}

} // namespace
} // namespace vmcp
