// Rendered pages and their cursors.
#include "vmcp/catalog/rendered_list.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace vmcp {
namespace {

const std::vector<std::string_view> five{"{\"a\":1}", "{}", "{ }", "{\"b\":[]}", "{\"c\":1e2}"};

std::string next_of(std::string_view page) {
    const auto parsed = nlohmann::json::parse(page);
    return parsed.contains("nextCursor") ? parsed["nextCursor"].dump() : "";
}

TEST(rendered_list, an_empty_list_is_one_empty_page) {
    const rendered_list pages(list_kind::prompts, {}, 10);
    EXPECT_EQ(pages.page("").value(), R"({"prompts":[]})");
}

TEST(rendered_list, all_on_one_page_has_no_cursor) {
    for (const std::size_t size : {0U, 5U, 100U}) {
        const rendered_list pages(list_kind::templates, five, size);
        EXPECT_EQ(pages.page("").value(), R"({"resourceTemplates":[{"a":1},{},{ },{"b":[]},{"c":1e2}]})");
    }
}

TEST(rendered_list, pages_follow_each_other_to_the_end) {
    const rendered_list pages(list_kind::tools, five, 2);
    const auto first = pages.page("").value();
    EXPECT_TRUE(first.starts_with(R"({"tools":[{"a":1},{}],"nextCursor":")"));
    EXPECT_EQ(pages.page("null").value(), first);
    const auto second = pages.page(next_of(first)).value();
    EXPECT_TRUE(second.starts_with(R"({"tools":[{ },{"b":[]}],"nextCursor":")"));
    EXPECT_EQ(pages.page(next_of(second)).value(), R"({"tools":[{"c":1e2}]})");
    EXPECT_EQ(pages.page(next_of(first)).value(), second); // a cursor is not used up
}

TEST(rendered_list, a_page_is_a_view_not_a_copy) {
    const rendered_list pages(list_kind::tools, five, 2);
    EXPECT_EQ(pages.page("").value().data(), pages.page("").value().data());
}

TEST(rendered_list, cursors_of_the_same_list_are_good_and_of_any_other_bad) {
    const rendered_list pages(list_kind::tools, five, 2);
    const std::string cursor = next_of(pages.page("").value());
    EXPECT_TRUE(rendered_list(list_kind::tools, five, 2).page(cursor));
    EXPECT_TRUE(rendered_list(list_kind::tools, five, 1).page(cursor)); // the place exists there too
    auto changed = five;
    changed[4] = "{\"c\":100}";
    const std::vector<std::string_view> swapped{five[1], five[0], five[2], five[3], five[4]};
    EXPECT_EQ(rendered_list(list_kind::tools, changed, 2).page(cursor).error().code, errc::bad_cursor);
    EXPECT_EQ(rendered_list(list_kind::tools, swapped, 2).page(cursor).error().code, errc::bad_cursor);
    EXPECT_EQ(rendered_list(list_kind::prompts, five, 2).page(cursor).error().code, errc::bad_cursor);
    EXPECT_EQ(rendered_list(list_kind::tools, five, 0).page(cursor).error().code, errc::bad_cursor);
}

TEST(rendered_list, cursors_that_were_made_up_are_refused) {
    const rendered_list pages(list_kind::tools, five, 2);
    const std::string cursor = next_of(pages.page("").value());
    for (const std::string& bad :
         {std::string(R"("")"), std::string("0"), std::string("2"), std::string("{}"), std::string("true"),
          std::string(R"("2")"), std::string(R"("\ud800")"), std::string("\"")}) {
        ASSERT_TRUE(pages.page(bad).has_error()) << bad;
        EXPECT_EQ(pages.page(bad).error().code, errc::bad_cursor) << bad;
        EXPECT_NE(pages.page(bad).error().detail.find("tools/list"), std::string::npos);
    }
    for (std::size_t i = 1; i + 1 < cursor.size(); ++i) {
        std::string bad = cursor;
        bad[i] = bad[i] == '0' ? '1' : '0';
        EXPECT_TRUE(pages.page(bad).has_error()) << bad;
    }
}

TEST(rendered_list, the_place_in_a_cursor_cannot_be_changed) {
    const rendered_list pages(list_kind::tools, five, 2);
    const std::string first = next_of(pages.page("").value());
    const std::string second = next_of(pages.page(first).value());
    ASSERT_EQ(first.substr(1, 16), second.substr(1, 16)); // the list
    EXPECT_TRUE(pages.page(first.substr(0, 17) + second.substr(17, 8) + first.substr(25)).has_error());
}

TEST(rendered_list, a_cursor_may_come_back_spelt_with_escapes) {
    const rendered_list pages(list_kind::tools, five, 2);
    const std::string cursor = next_of(pages.page("").value());
    std::string escaped = "\"";
    for (const char c : cursor.substr(1, cursor.size() - 2))
        escaped += std::string("\\u00") + "0123456789abcdef"[c >> 4] + "0123456789abcdef"[c & 15];
    EXPECT_EQ(pages.page(escaped + "\"").value(), pages.page(cursor).value());
}

TEST(rendered_list, the_fingerprint_sees_every_byte_and_the_borders_between_entries) {
    const auto print = [](std::vector<std::string_view> entries, std::size_t size = 2) {
        return rendered_list(list_kind::tools, entries, size).fingerprint();
    };
    EXPECT_EQ(print(five, 1), print(five, 3));
    EXPECT_NE(print({"{}", "{}"}), print({"{}{}"}));
    EXPECT_NE(print({}), print({"{}"}));
    EXPECT_NE(print({"{\"a\":1}"}), print({"{\"a\":2}"}));
    EXPECT_NE(print({}), rendered_list(list_kind::prompts, {}, 2).fingerprint());
}

} // namespace
} // namespace vmcp
