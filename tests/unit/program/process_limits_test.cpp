// The limit of open descriptors: raised to what is allowed, with a warning when that is not enough.
#include "vmcp/program/process_limits.hpp"

#include <gtest/gtest.h>

#include <sys/resource.h>

#include <algorithm>

namespace vmcp {
namespace {

TEST(process_limits, the_soft_limit_of_descriptors_is_raised_to_the_hard_limit) {
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    rlimit low = before;
    low.rlim_cur = 256;
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
    const auto given = raise_descriptor_limit();
    rlimit after{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &after), 0);
    EXPECT_EQ(after.rlim_cur, before.rlim_max);
    EXPECT_EQ(given, before.rlim_max);
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
}

TEST(process_limits, a_crash_leaves_no_core_dump) {
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_CORE, &before), 0);
    suppress_core_dumps();
    rlimit after{};
    ASSERT_EQ(::getrlimit(RLIMIT_CORE, &after), 0);
    EXPECT_EQ(after.rlim_cur, std::min<rlim_t>(1, before.rlim_max)) << "0 would still be piped to a handler";
    EXPECT_EQ(after.rlim_max, before.rlim_max);
    EXPECT_EQ(::setrlimit(RLIMIT_CORE, &before), 0);
}

TEST(process_limits, a_limit_below_the_connections_and_a_reserve_is_told_of) {
    EXPECT_FALSE(descriptor_warning(65'536 + 1'024, 65'536));
    const auto warning = descriptor_warning(65'536 + 1'023, 65'536);
    ASSERT_TRUE(warning);
    for (const auto* part : {"66559", "limits.maxConnections", "65536", "66560"})
        EXPECT_NE(warning->find(part), std::string::npos) << part;
}

} // namespace
} // namespace vmcp
