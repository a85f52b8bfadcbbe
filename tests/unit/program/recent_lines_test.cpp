// What of the log the status page shows.
#include "vmcp/program/recent_lines.hpp"

#include "vmcp/base/known_secrets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vmcp {
namespace {

health::wall_time at(int seconds) {
    return health::wall_time{} + std::chrono::seconds(seconds);
}

TEST(RecentLines, KeepsWarningsAndErrorsNewestFirst) {
    recent_lines lines(2);
    lines.add(log::level::info, "started", at(1));
    lines.add(log::level::debug, "refused", at(1));
    EXPECT_TRUE(lines.newest_first().empty());
    lines.add(log::level::warn, "one", at(2));
    lines.add(log::level::error, "two", at(3));
    lines.add(log::level::warn, "three", at(4));
    EXPECT_EQ(lines.newest_first(), (std::vector<recent_lines::line>{{at(4), log::level::warn, "three", 1},
                                                                     {at(3), log::level::error, "two", 1}}));
}

TEST(RecentLines, CountsRepeats) {
    recent_lines lines;
    for (int i = 1; i <= 3; ++i)
        lines.add(log::level::warn, "again", at(i));
    EXPECT_EQ(lines.newest_first(), (std::vector<recent_lines::line>{{at(3), log::level::warn, "again", 3}}));
}

TEST(RecentLines, HoldsNoSecretAndNoLineOfAnyLength) {
    know_secrets({"sk-0123456789abcdef"});
    recent_lines lines;
    lines.add(log::level::warn, "it said sk-0123456789abcdef\n" + std::string(10'000, 'x'), at(1));
    const auto text = lines.newest_first().front().text;
    EXPECT_THAT(text, testing::StartsWith("it said *** x"));
    EXPECT_LT(text.size(), 600U);
    know_secrets({});
    know_secrets({});
}

} // namespace
} // namespace vmcp
