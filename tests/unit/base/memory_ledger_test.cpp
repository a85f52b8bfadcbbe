// The budget of memory: what is granted, what is refused at which bound, who gives way, and that nothing is lost.
#include "vmcp/base/memory_ledger.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace vmcp {
namespace {

constexpr std::size_t mib = std::size_t{1} << 20;

TEST(MemoryLedger, GrantsAndTakesBack) {
    memory_ledger ledger(64 * mib);
    {
        memory_claim claim(&ledger, memory_class::requests);
        EXPECT_TRUE(claim.cover(3 * mib));
        EXPECT_TRUE(claim.cover(2 * mib)) << "it covers that already";
        EXPECT_EQ(ledger.used(memory_class::requests), 3 * mib);
        claim.shrink_to(mib);
        EXPECT_EQ(ledger.used(), mib);
    }
    EXPECT_EQ(ledger.used(), 0U);
    EXPECT_EQ(ledger.used(memory_class::requests), 0U);
}

TEST(MemoryLedger, AClassHasAPart) {
    memory_ledger ledger(64 * mib);
    memory_claim most(&ledger, memory_class::requests);
    EXPECT_FALSE(most.cover(24 * mib + 1)) << "three quarters of a half";
    EXPECT_EQ(ledger.refused(memory_class::requests), 1U);
    EXPECT_EQ(ledger.used(), 0U) << "a refused claim takes nothing";
    EXPECT_TRUE(most.cover(24 * mib));
    memory_claim other(&ledger, memory_class::answers);
    EXPECT_TRUE(other.cover(24 * mib)) << "another class is not touched by that";
}

TEST(MemoryLedger, WhoHoldsLittleFindsRoomWhereOthersDoNot) {
    memory_ledger ledger(64 * mib);
    memory_claim large(&ledger, memory_class::answers);
    ASSERT_TRUE(large.cover(24 * mib));
    memory_claim next(&ledger, memory_class::answers);
    EXPECT_FALSE(next.cover(mib));
    std::vector<memory_claim> small;
    for (int i = 0; i < 128; ++i) {
        small.emplace_back(&ledger, memory_class::answers);
        EXPECT_TRUE(small.back().cover(memory_ledger::small_claim)) << i;
    }
    EXPECT_FALSE(memory_claim(&ledger, memory_class::answers).cover(1)) << "the class is full";
}

TEST(MemoryLedger, AllTogetherHaveABound) {
    memory_ledger ledger(64 * mib);
    memory_claim a(&ledger, memory_class::requests);
    memory_claim b(&ledger, memory_class::answers);
    memory_claim c(&ledger, memory_class::catalog);
    ASSERT_TRUE(a.cover(24 * mib));
    ASSERT_TRUE(b.cover(24 * mib));
    EXPECT_FALSE(c.cover(9 * mib)) << "an eighth of all is for small claims";
    EXPECT_TRUE(c.cover(8 * mib));
    EXPECT_TRUE(memory_claim(&ledger, memory_class::notifications).cover(1000));
}

TEST(MemoryLedger, AddsWhatHasToBe) {
    memory_ledger ledger(64 * mib);
    memory_claim claim(&ledger, memory_class::notifications);
    claim.cover_anyway(100 * mib);
    EXPECT_EQ(ledger.used(), 100 * mib);
    EXPECT_FALSE(memory_claim(&ledger, memory_class::requests).cover(1));
}

TEST(MemoryLedger, GrowsInSteps) {
    memory_ledger ledger(64 * mib);
    memory_claim claim(&ledger, memory_class::requests);
    EXPECT_TRUE(claim.cover_in_steps(1));
    EXPECT_EQ(claim.size(), 64U << 10);
    EXPECT_TRUE(claim.cover_in_steps((64U << 10) + 1));
    EXPECT_EQ(claim.size(), 128U << 10);
}

TEST(MemoryLedger, AnotherLimitHoldsForWhatComes) {
    memory_ledger ledger(64 * mib);
    memory_claim claim(&ledger, memory_class::requests);
    ASSERT_TRUE(claim.cover(16 * mib));
    ledger.set_limit(32 * mib);
    EXPECT_FALSE(claim.cover(17 * mib));
    EXPECT_EQ(claim.size(), 16 * mib);
}

TEST(MemoryLedger, WithoutALedgerEverythingIsGranted) {
    memory_claim none(nullptr, memory_class::requests);
    EXPECT_TRUE(none.cover(std::size_t{1} << 60));
    EXPECT_EQ(none.size(), 0U);
    memory_ledger unlimited;
    memory_claim claim(&unlimited, memory_class::answers);
    EXPECT_TRUE(claim.cover(std::size_t{1} << 40));
}

TEST(MemoryLedger, AnAbsurdClaimIsRefused) {
    memory_ledger ledger(64 * mib);
    EXPECT_FALSE(memory_claim(&ledger, memory_class::answers).cover(~std::size_t{0}));
    EXPECT_EQ(ledger.used(), 0U);
}

TEST(MemoryClaim, MovesWhatItHolds) {
    memory_ledger ledger(64 * mib);
    memory_claim from(&ledger, memory_class::catalog);
    ASSERT_TRUE(from.cover(mib));
    memory_claim to(std::move(from));
    EXPECT_EQ(ledger.used(), mib);
    to = memory_claim(&ledger, memory_class::catalog);
    EXPECT_EQ(ledger.used(), 0U);
}

// Holds claims of replay and lets go of the first.
class shelf final : public memory_ledger::giver {
public:
    bool give_way() override {
        if (held.empty())
            return false;
        held.erase(held.begin());
        return true;
    }
    std::vector<memory_claim> held{};
};

TEST(MemoryLedger, WhatIsKeptForReplayGivesWay) {
    memory_ledger ledger(64 * mib);
    shelf kept;
    ledger.set_giver(&kept);
    for (int i = 0; i < 12; ++i) {
        kept.held.emplace_back(&ledger, memory_class::replay);
        ASSERT_TRUE(kept.held.back().cover(mib));
    }
    memory_claim a(&ledger, memory_class::requests);
    memory_claim b(&ledger, memory_class::answers);
    ASSERT_TRUE(a.cover(24 * mib));
    EXPECT_TRUE(b.would_fit(24 * mib));
    EXPECT_TRUE(b.cover(24 * mib)) << "as much of it goes as is needed";
    EXPECT_EQ(kept.held.size(), 8U);
    EXPECT_FALSE(memory_claim(&ledger, memory_class::requests).cover(mib)) << "nobody gives way to a class "
                                                                              "that is full by itself";
    EXPECT_EQ(kept.held.size(), 8U);
    memory_claim more(&ledger, memory_class::replay);
    EXPECT_TRUE(more.cover(2 * mib)) << "the oldest goes for what is kept now";
    EXPECT_EQ(kept.held.size(), 6U);
}

TEST(MemoryLedger, RoomIsMadeBeforeALockIsTaken) {
    memory_ledger ledger(64 * mib);
    shelf kept;
    ledger.set_giver(&kept);
    kept.held.emplace_back(&ledger, memory_class::replay);
    ASSERT_TRUE(kept.held.back().cover(12 * mib));
    ledger.make_room(1000);
    EXPECT_TRUE(kept.held.empty());
    ledger.make_room(1000);
}

TEST(MemoryLedger, NothingIsLostBetweenThreads) {
    memory_ledger ledger(8 * mib);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (std::size_t i = 0; i < 20'000; ++i) {
                memory_claim claim(&ledger, i % 2 == 0 ? memory_class::requests : memory_class::answers);
                (void)claim.cover(i * 97 % mib);
            }
        });
    for (auto& one : threads)
        one.join();
    EXPECT_EQ(ledger.used(), 0U);
    EXPECT_EQ(ledger.used(memory_class::requests), 0U);
}

} // namespace
} // namespace vmcp
