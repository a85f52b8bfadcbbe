// What clients of different revisions see of one catalog.
#include "tests/unit/catalog/catalog_fixtures.hpp"
#include "vmcp/catalog/catalog_view.hpp"
#include "vmcp/catalog/read_page.hpp"
#include "vmcp/model/client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vmcp::test {
namespace {

constexpr auto march = list_revision::of_2025_03_26;
constexpr auto june = list_revision::of_2025_06_18;
constexpr auto november = list_revision::of_2025_11_25;
constexpr auto stateless = list_revision::of_2026_07_28;

constexpr std::string_view plain = R"("inputSchema":{"type":"object"})";

// A backend with these tools, each "name" or "name and more members".
backend_lists tools_read(std::string backend, const std::vector<std::pair<std::string, std::string>>& tools) {
    std::string page;
    for (const auto& [name, more] : tools)
        page += (page.empty() ? "" : ",") + (R"({"name":")" + name + "\"," + std::string(plain) + more + "}");
    backend_lists out{.backend = std::move(backend)};
    EXPECT_TRUE(read_list_page(list_kind::tools, R"({"tools":[)" + page + "]}", out.tools));
    return out;
}

template <class Lists>
strings names(const Lists& from, list_revision revision) {
    strings out;
    for (const auto text : from.list(list_kind::tools, revision).entries())
        out.push_back(unquoted(json_member(text, "name").raw).value());
    return out;
}

const std::vector<std::pair<std::string, std::string>> some{
    {"one", ""}, {"list", R"(,"outputSchema":{"type":"array"})"}, {"two", ""}, {"drawn", R"(,"icons":5)"}};

TEST(merge_revisions, each_sees_what_its_schema_allows) {
    const auto merged = merge(config_of({"a"}), {tools_read("a", some)});
    EXPECT_EQ(names(*merged, november), (strings{"one", "two"}));
    EXPECT_EQ(names(*merged, stateless), (strings{"one", "two", "list"}));
    EXPECT_EQ(names(*merged, june), (strings{"one", "two", "drawn"}));
    EXPECT_EQ(names(*merged, march), (strings{"one", "two", "list", "drawn"}));
    EXPECT_NE(merged->list(list_kind::tools, stateless).entries()[2].find(R"("type":"array")"),
              std::string_view::npos);
    EXPECT_EQ(merged->list(list_kind::tools, march).entries()[2],
              R"({"name":"list","inputSchema":{"type":"object"}})");
    EXPECT_EQ(&merged->list(list_kind::prompts, stateless), &merged->list(list_kind::prompts));
    EXPECT_EQ(
        hidden(*merged, list_kind::tools),
        (strings{"a/list: it does not fit the protocol's schema: \"outputSchema\" has the type "
                 "\"array\", not \"object\" (clients of 2025-03-26, 2026-07-28 see it)",
                 "a/drawn: it does not fit the protocol's schema: \"icons\" is not an array (clients of "
                 "2025-03-26, 2025-06-18 see it)"}));
    EXPECT_EQ(shown(*merged, list_kind::tools), (strings{"one=a/one", "two=a/two"}));
}

TEST(merge_revisions, what_few_see_can_be_called_and_its_text_is_what_they_see) {
    const auto merged = merge(config_of({"a"}), {tools_read("a", some)});
    const auto* to = merged->find_tool("list");
    ASSERT_NE(to, nullptr);
    EXPECT_EQ(merged->entry(list_kind::tools, to->entry).exposed, "list");
    EXPECT_NE(merged->entry_text(list_kind::tools, to->entry, stateless).find("array"),
              std::string_view::npos);
    EXPECT_EQ(merged->entry_text(list_kind::tools, to->entry, march).find("array"), std::string_view::npos);
    EXPECT_FALSE(merged->entry_text(list_kind::tools, to->entry, november).empty());
    const auto* usual = merged->find_tool("two");
    EXPECT_EQ(merged->entry_text(list_kind::tools, usual->entry, stateless),
              merged->list(list_kind::tools).entries()[1]);
}

TEST(merge_revisions, pages_are_as_long_as_everybodys) {
    auto settings = config_of({"a"});
    settings.limits.page_size = 2;
    const auto merged = merge(settings, {tools_read("a", some)});
    std::string made;
    const auto first = std::string(merged->list(list_kind::tools, march).page("", made).value());
    const auto cursor = json_member(first, "nextCursor").raw;
    ASSERT_FALSE(cursor.empty());
    const auto second = merged->list(list_kind::tools, march).page(cursor, made).value();
    EXPECT_THAT(std::string(second), testing::HasSubstr("drawn"));
    EXPECT_TRUE(json_member(second, "nextCursor").raw.empty());
}

TEST(merge_revisions, nobody_is_shown_what_the_policy_hides_and_all_see_what_it_passes) {
    auto settings = config_of({"a"});
    settings.aggregation.invalid_entries = invalid_entries::hide;
    const auto hiding = merge(settings, {tools_read("a", some)});
    EXPECT_EQ(names(*hiding, march), (strings{"one", "two"}));
    EXPECT_EQ(names(*hiding, stateless), (strings{"one", "two", "list"}))
        << "to them nothing is wrong with it";
    settings.aggregation.invalid_entries = invalid_entries::pass;
    const auto passing = merge(settings, {tools_read("a", some)});
    for (const auto revision : all_list_revisions)
        EXPECT_EQ(names(*passing, revision), (strings{"one", "list", "two", "drawn"}));
}

TEST(merge_revisions, what_few_see_takes_no_name_from_what_all_see) {
    auto settings = config_of({"a", "b"});
    settings.aggregation.priority_order = {"a", "b"};
    const auto odd = tools_read("a", {{"same", R"(,"outputSchema":{"type":"array"})"}});
    const auto merged = merge(settings, {odd, tools_of("b", {"same"})});
    EXPECT_EQ(shown(*merged, list_kind::tools), (strings{"same=b/same"}));
    EXPECT_EQ(names(*merged, stateless), (strings{"same"}));
    EXPECT_EQ(merged->find_tool("same")->backend, 1U);
    settings.aggregation.priority_order.clear();
    EXPECT_EQ(shown(*merge(settings, {odd, tools_of("b", {"same"})}), list_kind::tools),
              (strings{"same=b/same"}))
        << "nor does it make others change theirs";
    const auto named =
        merge(config_of({"a", "b"}, conflict_resolution::prefix), {odd, tools_of("b", {"same"})});
    EXPECT_EQ(names(*named, stateless), (strings{"b_same", "a_same"}));
}

TEST(merge_revisions, views_leave_out_the_same_for_all) {
    const auto merged = merge(config_of({"a"}), {tools_read("a", some)});
    shown_entries keep;
    keep[static_cast<std::size_t>(list_kind::tools)] = {false, true, true, false}; // two and list
    const catalog_view view(merged, keep);
    EXPECT_EQ(names(view, november), (strings{"two"}));
    EXPECT_EQ(names(view, stateless), (strings{"two", "list"}));
    EXPECT_EQ(names(view, june), (strings{"two"}));
    EXPECT_GT(view.bytes(), 0U);
}

TEST(merge_revisions, a_change_that_few_see_is_a_change) {
    const auto before = merge(config_of({"a"}), {tools_read("a", {{"one", ""}})});
    const auto after = merge(
        config_of({"a"}), {tools_read("a", {{"one", ""}, {"list", R"(,"outputSchema":{"type":"array"})"}})});
    EXPECT_EQ(changed_between(catalog_view(before), catalog_view(after)), tools_changed);
    EXPECT_EQ(changed_between(catalog_view(after), catalog_view(after)), 0U);
}

TEST(merge_revisions, cost_what_they_hold) {
    const auto lists = tools_read("a", some);
    EXPECT_GT(cost_of(lists.tools[1]), cost_of(lists.tools[0]) + lists.tools[1].raw.size());
    EXPECT_GT(merge(config_of({"a"}), {lists})->bytes(),
              merge(config_of({"a"}), {tools_read("a", {some[0], some[2]})})->bytes());
}

} // namespace
} // namespace vmcp::test
