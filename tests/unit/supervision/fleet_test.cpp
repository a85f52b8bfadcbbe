// Definitions of several sources become one fleet.
#include "vmcp/supervision/fleet.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vmcp {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

backend_config named(std::string name, std::string problem = {}) {
    backend_config out;
    out.url = "http://" + name + "/mcp";
    out.name = std::move(name);
    out.problem = std::move(problem);
    return out;
}

std::vector<std::string> names(const fleet& fleet) {
    std::vector<std::string> out;
    for (const auto& row : fleet.rows)
        out.push_back(row.definition.name);
    return out;
}

TEST(fleets, keep_the_order_of_sources_and_of_each_source) {
    const auto made =
        merge_sources({{"file", {named("b"), named("a")}}, {"cluster", {named("d"), named("c")}}});
    EXPECT_THAT(names(made), ElementsAre("b", "a", "d", "c"));
    EXPECT_EQ(made.rows[0].source, "file");
    EXPECT_EQ(made.rows[3].source, "cluster");
    EXPECT_EQ(made.definitions().size(), 4U);
}

TEST(fleets, the_first_definition_of_a_name_counts_and_the_others_say_why_they_do_not) {
    const auto made = merge_sources({{"file", {named("a"), named("b")}},
                                     {"cluster", {named("b"), named("c"), named("b")}},
                                     {"other", {named("b")}}});
    EXPECT_THAT(names(made), ElementsAre("a", "b", "b@cluster", "c", "b@cluster@2", "b@other"));
    EXPECT_THAT(made.rows[1].definition.problem, IsEmpty());
    for (const std::size_t loser : {2U, 4U, 5U}) {
        EXPECT_TRUE(made.rows[loser].shadowed);
        EXPECT_THAT(made.rows[loser].definition.problem, HasSubstr("\"b\" is taken by a backend of: file"));
    }
    std::vector<std::string> used;
    for (const auto& one : made.definitions())
        used.push_back(one.name);
    EXPECT_THAT(used, ElementsAre("a", "b", "c"));
}

TEST(fleets, a_name_twice_in_one_source_is_told_so) {
    const auto made = merge_sources({{"cluster", {named("a"), named("a")}}});
    EXPECT_THAT(names(made), ElementsAre("a", "a@cluster"));
    EXPECT_THAT(made.rows[1].definition.problem, HasSubstr("taken by an earlier definition"));
}

TEST(fleets, a_definition_that_cannot_be_used_keeps_its_name_and_place) {
    const auto made =
        merge_sources({{"file", {named("a", "a file is missing")}}, {"cluster", {named("a"), named("b")}}});
    EXPECT_THAT(names(made), ElementsAre("a", "a@cluster", "b"));
    EXPECT_FALSE(made.rows[0].shadowed);
    EXPECT_TRUE(made.rows[1].shadowed) << "it does not take the name of one that is only to be mended";
}

} // namespace
} // namespace vmcp
