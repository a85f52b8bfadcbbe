// limits.memory where nothing is configured: what control groups say, and what follows.
#include "vmcp/assembly/memory_budget.hpp"

#include <gtest/gtest.h>

namespace vmcp {
namespace {

constexpr std::size_t mib = std::size_t{1} << 20;

TEST(MemoryBudget, IsWhatIsConfigured) {
    EXPECT_EQ(memory_budget(256 * mib, {.container = 128 * mib, .physical = 64 * mib}), 256 * mib);
}

TEST(MemoryBudget, IsAPartOfWhatThereIs) {
    EXPECT_EQ(memory_budget(0, {.container = 512 * mib, .physical = 16'384 * mib}), 384 * mib);
    EXPECT_EQ(memory_budget(0, {.physical = 2'048 * mib}), 1'024 * mib);
    EXPECT_EQ(memory_budget(0, {.container = 8'192 * mib, .physical = 4'096 * mib}), 2'048 * mib);
    EXPECT_EQ(memory_budget(0, {.container = 512 * mib}), 384 * mib);
    EXPECT_EQ(memory_budget(0, {.container = 8 * mib, .physical = 64 * mib}), least_memory_budget);
}

TEST(MemoryBudget, LimitsOfControlGroups) {
    EXPECT_EQ(read_group_limit("536870912\n"), 512 * mib);
    EXPECT_EQ(read_group_limit("1"), 1U);
    for (const auto* none :
         {"max\n", "", "\n", "9223372036854771712\n", "-1\n", "12x\n", "99999999999999999999\n"})
        EXPECT_FALSE(read_group_limit(none)) << none;
}

TEST(MemoryBudget, WhichControlGroup) {
    const auto second = read_group_paths("0::/user.slice/a.scope\n");
    EXPECT_EQ(second.unified, "/user.slice/a.scope");
    EXPECT_EQ(second.memory_controller, "");
    const auto first = read_group_paths("12:cpu,cpuacct:/x\n4:memory:/docker/1\n0::/y");
    EXPECT_EQ(first.unified, "/y");
    EXPECT_EQ(first.memory_controller, "/docker/1");
    const auto nonsense = read_group_paths("\n:\nabc\n1:2\n");
    EXPECT_EQ(nonsense.unified, "");
    EXPECT_EQ(nonsense.memory_controller, "");
}

TEST(MemoryBudget, ThisMachineHasSome) {
    const auto here = machine_memory();
    EXPECT_GT(here.physical, 64 * mib);
    EXPECT_GE(memory_budget(0, here), least_memory_budget);
}

} // namespace
} // namespace vmcp
