// What a session lists otherwise is found, applied, and forgotten when everybody lists it.
#include "vmcp/catalog/list_difference.hpp"

#include "tests/unit/catalog/catalog_fixtures.hpp"

#include <gmock/gmock.h>

namespace vmcp {
namespace {

using namespace test;
using testing::ElementsAre;

constexpr auto tools = static_cast<std::size_t>(list_kind::tools);
constexpr auto prompts = static_cast<std::size_t>(list_kind::prompts);

session_lists read(backend_lists lists) {
    return {.lists = std::move(lists), .known = {true, true, true, true}};
}

std::vector<std::string> keys(const std::vector<list_item>& items) {
    std::vector<std::string> out;
    for (const auto& one : items)
        out.push_back(one.key);
    return out;
}

TEST(list_difference, of_equal_lists_is_empty_whatever_their_order) {
    EXPECT_TRUE(difference_of(read(tools_of("b", {"x", "y"})), tools_of("b", {"y", "x"}), {}).empty());
    EXPECT_TRUE(difference_of(read({}), {}, {}).empty());
}

TEST(list_difference, is_what_is_added_missing_or_listed_in_other_words) {
    const auto all = tools_of("b", {"same", "gone", "other"});
    auto own = tools_of("b", {"new", "same"});
    own.tools.push_back(item("name", "other", R"(,"description":"other words")"));
    own.tools.push_back(item("name", "new", R"(,"description":"a second one")"));
    const auto made = difference_of(read(own), all, {});
    EXPECT_EQ(made.backend, "b");
    EXPECT_THAT(keys(made.parts[tools].added), ElementsAre("new", "other"));
    EXPECT_THAT(made.parts[tools].missing, ElementsAre("gone"));
    EXPECT_GT(made.bytes(), own.tools[0].raw.size());

    const auto shown = with_difference(all, made);
    EXPECT_THAT(keys(shown.tools), ElementsAre("same", "other", "new"));
    EXPECT_EQ(shown.tools[1], own.tools[2]);
    EXPECT_EQ(shown.tools[2], own.tools[0]) << "the first one";
}

TEST(list_difference, goes_on_for_what_was_not_read) {
    auto all = tools_of("b", {"x"});
    all.prompts = prompts_of("b", {"p"}).prompts;
    const auto before = difference_of(read(tools_of("b", {"x", "y"})), all, {});
    ASSERT_THAT(before.parts[prompts].missing, ElementsAre("p"));
    const auto now =
        difference_of({.lists = tools_of("b", {"x"}), .known = {true, false, false, false}}, all, before);
    EXPECT_TRUE(now.parts[tools].added.empty());
    EXPECT_EQ(now.parts[prompts], before.parts[prompts]);
}

TEST(list_difference, loses_what_everybody_is_shown) {
    const auto made = difference_of(read(tools_of("b", {"x", "y", "z"})), tools_of("b", {"x", "gone"}), {});
    EXPECT_EQ(reduced(made, tools_of("b", {"x", "gone"})), made);
    const auto rest = reduced(made, tools_of("b", {"x", "y"}));
    EXPECT_THAT(keys(rest.parts[tools].added), ElementsAre("z"));
    EXPECT_TRUE(rest.parts[tools].missing.empty());
    EXPECT_TRUE(reduced(made, tools_of("b", {"z", "y", "x"})).empty());
}

// What everybody gets later is shown to that session as well.
TEST(list_difference, is_laid_over_whatever_everybody_is_shown_by_then) {
    const auto made = difference_of(read(tools_of("b", {"x", "own"})), tools_of("b", {"x", "hidden"}), {});
    EXPECT_THAT(keys(with_difference(tools_of("b", {"hidden", "later", "own"}), made).tools),
                ElementsAre("later", "own"));
}

} // namespace
} // namespace vmcp
