#include "transport/mcp/front/caller_places.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace transport {
namespace {

TEST(caller_places, each_caller_has_so_many_and_gets_them_back) {
    caller_places places;
    auto first = places.take("a", 2);
    auto second = places.take("a", 2);
    ASSERT_NE(first, nullptr);
    ASSERT_NE(second, nullptr);
    EXPECT_EQ(places.take("a", 2), nullptr);
    EXPECT_NE(places.take("b", 2), nullptr) << "others have their own";
    const auto copy = first;
    first.reset();
    EXPECT_EQ(places.take("a", 2), nullptr) << "the last copy counts";
    second.reset();
    EXPECT_NE(places.take("a", 2), nullptr);
}

TEST(caller_places, many_callers_come_and_go_in_any_order) {
    caller_places places;
    std::vector<std::shared_ptr<const void>> held;
    for (int i = 0; i < 500; ++i)
        held.push_back(places.take(std::to_string(i % 250), 2));
    for (int i = 0; i < 250; ++i)
        EXPECT_EQ(places.take(std::to_string(i), 2), nullptr);
    for (std::size_t i = 0; i < held.size(); i += 2)
        held[i].reset();
    held.clear();
    for (int i = 0; i < 250; ++i)
        EXPECT_NE(places.take(std::to_string(i), 1), nullptr) << "all are free again";
}

TEST(caller_places, a_place_may_outlive_what_it_is_of) {
    auto places = std::make_unique<caller_places>();
    auto place = places->take("a", 1);
    EXPECT_EQ(places->take("a", 0), nullptr);
    places.reset();
    EXPECT_NE(place, nullptr);
    place.reset();
}

} // namespace
} // namespace transport
