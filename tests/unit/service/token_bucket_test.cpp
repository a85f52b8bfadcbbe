#include "vmcp/service/token_bucket.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace vmcp {
namespace {

using namespace std::chrono_literals;
using time_point = token_bucket::time_point;

constexpr time_point start{1'000h};

bool takes(token_bucket& bucket, time_point now) {
    if (bucket.wait(now) > 0ns)
        return false;
    bucket.take();
    return true;
}

int takes_all(token_bucket& bucket, time_point now) {
    int out = 0;
    while (takes(bucket, now))
        ++out;
    return out;
}

TEST(token_bucket, lets_a_burst_through_and_then_one_at_a_time) {
    token_bucket bucket(3, 30s, start);
    EXPECT_EQ(takes_all(bucket, start), 3);
    EXPECT_EQ(bucket.wait(start), 10s);
    EXPECT_EQ(bucket.wait(start + 4s), 6s);
    EXPECT_FALSE(takes(bucket, start + 10s - 1ns));
    EXPECT_EQ(bucket.wait(start + 10s - 1ns), 1ns);
    EXPECT_TRUE(takes(bucket, start + 10s));
    EXPECT_FALSE(takes(bucket, start + 10s));
    EXPECT_TRUE(takes(bucket, start + 20s));
}

TEST(token_bucket, is_full_after_a_period_and_never_fuller) {
    token_bucket bucket(3, 30s, start);
    EXPECT_TRUE(bucket.full(start));
    EXPECT_EQ(takes_all(bucket, start), 3);
    EXPECT_FALSE(bucket.full(start + 30s - 1ns));
    EXPECT_TRUE(bucket.full(start + 30s));
    EXPECT_EQ(takes_all(bucket, start + 24h), 3);
}

TEST(token_bucket, loses_nothing_to_rounding) {
    // A third of a millisecond each: no number of nanoseconds.
    token_bucket bucket(3, 1ms, start);
    EXPECT_EQ(takes_all(bucket, start), 3);
    int taken = 0;
    for (auto now = start; now <= start + 1s; now += 7ns * 1'000)
        taken += takes(bucket, now) ? 1 : 0;
    // 3000 come back within a second; the last time looked at is 1 us before its end.
    EXPECT_GE(taken, 2'998);
    EXPECT_LE(taken, 3'000);
}

TEST(token_bucket, of_many_tokens_in_a_tiny_period) {
    constexpr auto most = std::numeric_limits<std::int32_t>::max();
    token_bucket bucket(most, 1ms, start);
    EXPECT_EQ(bucket.wait(start), 0ns);
    for (int i = 0; i < 1'000; ++i)
        ASSERT_TRUE(takes(bucket, start));
    EXPECT_TRUE(bucket.full(start + 1ns)); // 2147 tokens came back
}

TEST(token_bucket, of_the_largest_numbers_there_are) {
    constexpr auto most = std::numeric_limits<std::int32_t>::max();
    constexpr std::chrono::milliseconds year = 365 * 24h;
    token_bucket one(1, year, start);
    EXPECT_TRUE(takes(one, start));
    EXPECT_EQ(one.wait(start), year);
    EXPECT_EQ(one.wait(start + year - 1ns), 1ns);
    EXPECT_TRUE(takes(one, start + year));

    token_bucket many(most, year, start);
    for (int i = 0; i < 1'000; ++i)
        ASSERT_TRUE(takes(many, start));
    EXPECT_FALSE(many.full(start + 1us));
    EXPECT_TRUE(many.full(start + year));
}

TEST(token_bucket, a_clock_that_goes_back_gives_nothing_and_takes_nothing) {
    token_bucket bucket(2, 2s, start);
    EXPECT_EQ(takes_all(bucket, start), 2);
    EXPECT_EQ(bucket.wait(start - 1h), 1s);
    EXPECT_EQ(bucket.wait(start + 500ms), 500ms);
    EXPECT_TRUE(takes(bucket, start + 1s));
    EXPECT_EQ(bucket.wait(time_point::max()), 0ns);
}

TEST(token_bucket, knows_its_size) {
    const token_bucket bucket(2, 2s, start);
    EXPECT_TRUE(bucket.has_size(2, 2s));
    EXPECT_FALSE(bucket.has_size(3, 2s));
    EXPECT_FALSE(bucket.has_size(2, 3s));
}

} // namespace
} // namespace vmcp
