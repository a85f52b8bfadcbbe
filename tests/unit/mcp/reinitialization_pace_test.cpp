// How many lost sessions are told of.
#include "transport/mcp/back/reinitialization_pace.hpp"

#include <gtest/gtest.h>

namespace transport {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

TEST(reinitialization_pace, a_few_are_reported_many_are_a_warning_and_a_quiet_minute_forgets_them) {
    reinitialization_pace pace;
    const auto start = steady_clock::now();
    std::size_t reports = 0;
    std::size_t warnings = 0;
    for (int i = 0; i < 300; ++i) {
        const auto verdict = pace.happened(start + i * 100ms);
        reports += verdict.report ? 1 : 0;
        warnings += verdict.warn ? 1 : 0;
        EXPECT_EQ(verdict.report, i < 3) << i;
        EXPECT_EQ(verdict.warn, i == 5) << i;
    }
    EXPECT_EQ(reports, 3U);
    EXPECT_EQ(warnings, 1U);
    const auto later = pace.happened(start + 5min);
    EXPECT_TRUE(later.report);
    EXPECT_FALSE(later.warn);
}

} // namespace
} // namespace transport
