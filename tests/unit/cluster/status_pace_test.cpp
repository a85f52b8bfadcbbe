// When the status is looked at.
#include "vmcp/cluster/status_pace.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace vmcp {
namespace {

using namespace std::chrono_literals;

TEST(status_pace_, three_looks_in_a_row_and_then_one_a_second) {
    status_pace pace(30s);
    const health::steady_time start{1h};
    auto now = start;
    std::vector<std::chrono::milliseconds> looks;
    while (now < start + 5s) {
        pace.heard();
        if (now >= pace.next()) {
            looks.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(now - start));
            pace.looking(now);
            pace.said(now);
        }
        now += 10ms;
    }
    EXPECT_EQ(looks,
              (std::vector<std::chrono::milliseconds>{0ms, 200ms, 400ms, 1000ms, 2000ms, 3000ms, 4000ms}));
}

TEST(status_pace_, what_was_not_used_comes_back) {
    status_pace pace(30s);
    health::steady_time now{1h};
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 3; ++i) {
            pace.heard();
            EXPECT_LE(pace.next(), now) << round << i;
            pace.looking(now);
            pace.said(now);
            now += 200ms;
        }
        pace.heard();
        EXPECT_GT(pace.next(), now);
        now += 10s;
    }
}

} // namespace
} // namespace vmcp
