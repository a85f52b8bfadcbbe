// The bounded map below all caches.
#include "auth/expiring_lru.hpp"

#include <gtest/gtest.h>

#include <string>

namespace auth {
namespace {

using namespace std::chrono_literals;

const steady_time start{1000h};

TEST(expiring_lru, entries_end_at_their_time) {
    expiring_lru<std::string, int> map(10);
    map.put("a", 1, start + 10s, start);
    ASSERT_NE(map.find("a", start + 10s - 1ns), nullptr);
    EXPECT_EQ(*map.find("a", start), 1);
    EXPECT_EQ(map.find("a", start + 10s), nullptr);
    EXPECT_EQ(map.size(), 0U);
    map.put("b", 1, start, start);
    EXPECT_EQ(map.size(), 0U);
}

TEST(expiring_lru, the_least_asked_for_leaves_first) {
    expiring_lru<std::string, int> map(3);
    for (const auto* key : {"a", "b", "c"})
        map.put(key, 1, start + 1h, start);
    EXPECT_NE(map.find("a", start), nullptr);
    map.put("d", 1, start + 1h, start);
    EXPECT_EQ(map.find("b", start), nullptr);
    for (const auto* key : {"a", "c", "d"})
        EXPECT_NE(map.find(key, start), nullptr) << key;
    EXPECT_EQ(map.size(), 3U);
}

TEST(expiring_lru, is_bounded_by_weight) {
    expiring_lru<std::string, int> map(100, 10);
    map.put("a", 1, start + 1h, start, 4);
    map.put("b", 1, start + 1h, start, 4);
    EXPECT_EQ(map.weight(), 8U);
    map.put("c", 1, start + 1h, start, 4);
    EXPECT_EQ(map.find("a", start), nullptr);
    EXPECT_EQ(map.weight(), 8U);
    map.put("d", 1, start + 1h, start, 10);
    EXPECT_EQ(map.size(), 1U);
    map.put("e", 1, start + 1h, start, 11);
    EXPECT_EQ(map.find("e", start), nullptr);
    EXPECT_NE(map.find("d", start), nullptr);
}

TEST(expiring_lru, replaces_erases_and_clears) {
    expiring_lru<std::string, int> map(3, 10);
    map.put("a", 1, start + 1s, start, 5);
    map.put("a", 2, start + 1h, start, 6);
    EXPECT_EQ(map.size(), 1U);
    EXPECT_EQ(map.weight(), 6U);
    EXPECT_EQ(*map.find("a", start + 1min), 2);
    // What replaces it and is not kept takes it away all the same: the old value is no longer true.
    map.put("a", 3, start, start);
    EXPECT_EQ(map.find("a", start), nullptr);
    map.put("b", 1, start + 1h, start);
    map.erase("b");
    map.erase("b");
    EXPECT_EQ(map.size(), 0U);
    EXPECT_EQ(map.weight(), 0U);
    expiring_lru<std::string, int> none(0);
    none.put("a", 1, start + 1h, start);
    EXPECT_EQ(none.size(), 0U);
}

} // namespace
} // namespace auth
