// Rendered pages and their cursors.
#include "vmcp/catalog/rendered_list.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace vmcp {
namespace {

const std::vector<std::string_view> five{"{\"a\":1}", "{}", "{ }", "{\"b\":[]}", "{\"c\":1e2}"};

// The page that a cursor leads to.
result<std::string> page_of(const rendered_list& list, std::string_view cursor) {
    std::string made;
    const auto page = list.page(cursor, made);
    return page ? result<std::string>(std::string(*page)) : result<std::string>(page.error());
}

std::string next_of(std::string_view page) {
    const auto parsed = nlohmann::json::parse(page);
    return parsed.contains("nextCursor") ? parsed["nextCursor"].dump() : "";
}

TEST(rendered_list, an_empty_list_is_one_empty_page) {
    const rendered_list pages(list_kind::prompts, {}, 10);
    EXPECT_EQ(page_of(pages, "").value(), R"({"prompts":[]})");
}

TEST(rendered_list, all_on_one_page_has_no_cursor) {
    for (const std::size_t size : {0U, 5U, 100U}) {
        const rendered_list pages(list_kind::templates, five, size);
        EXPECT_EQ(page_of(pages, "").value(), R"({"resourceTemplates":[{"a":1},{},{ },{"b":[]},{"c":1e2}]})");
    }
}

TEST(rendered_list, pages_follow_each_other_to_the_end) {
    const rendered_list pages(list_kind::tools, five, 2);
    const auto first = page_of(pages, "").value();
    EXPECT_TRUE(first.starts_with(R"({"tools":[{"a":1},{}],"nextCursor":")"));
    EXPECT_EQ(page_of(pages, "null").value(), first);
    const auto second = page_of(pages, next_of(first)).value();
    EXPECT_TRUE(second.starts_with(R"({"tools":[{ },{"b":[]}],"nextCursor":")"));
    EXPECT_EQ(page_of(pages, next_of(second)).value(), R"({"tools":[{"c":1e2}]})");
    EXPECT_EQ(page_of(pages, next_of(first)).value(), second); // a cursor is not used up
}

TEST(rendered_list, a_page_is_a_view_not_a_copy) {
    const rendered_list pages(list_kind::tools, five, 2);
    std::string made;
    EXPECT_EQ(pages.page("", made).value().data(), pages.page("", made).value().data());
    const auto cursor = next_of(pages.page("", made).value());
    EXPECT_EQ(pages.page(cursor, made).value().data(), pages.page(cursor, made).value().data());
    EXPECT_EQ(made, "");
}

TEST(rendered_list, one_of_views_has_the_same_pages_and_keeps_none) {
    for (const std::size_t size : {0U, 1U, 2U, 5U, 100U}) {
        const rendered_list kept(list_kind::tools, five, size);
        const auto made = kept.of_other(five);
        EXPECT_EQ(made.fingerprint(), kept.fingerprint());
        EXPECT_LT(made.bytes(), kept.bytes() + 5 * 64);
        std::string cursor;
        do {
            const auto page = page_of(kept, cursor).value();
            EXPECT_EQ(page_of(made, cursor).value(), page);
            cursor = next_of(page);
        } while (!cursor.empty());
        EXPECT_EQ(page_of(made, R"("x")").error().code, errc::bad_cursor);
        EXPECT_EQ(page_of(kept.of_other({}), "").value(), R"({"tools":[]})");
    }
}

TEST(rendered_list, a_cursor_goes_on_behind_the_entry_it_names_whatever_else_changed) {
    const std::vector<std::string_view> named{R"({"name":"a"})", R"({"name":"b"})", R"({"name":"c"})",
                                              R"({"name":"d"})"};
    const std::string behind_b = next_of(*page_of(rendered_list(list_kind::tools, named, 2), ""));
    const auto list = [](std::vector<std::string_view> entries, std::size_t size = 2) {
        return rendered_list(list_kind::tools, entries, size);
    };
    EXPECT_EQ(*page_of(list(named), behind_b), R"({"tools":[{"name":"c"},{"name":"d"}]})");
    EXPECT_EQ(*page_of(list(named, 0), behind_b), R"({"tools":[{"name":"c"},{"name":"d"}]})");
    EXPECT_EQ(*page_of(list({named[0], named[1]}), behind_b), R"({"tools":[]})");
    // What came, went and changed before it and behind it.
    const std::string_view fresh = R"({"name":"n"})";
    const std::string_view other_b = R"({"title":"new","name":"\u0062"})";
    EXPECT_EQ(*page_of(list({named[0], fresh, other_b, named[3]}), behind_b), R"({"tools":[{"name":"d"}]})");
    const auto longer = list({other_b, fresh, named[2], named[3], named[0]});
    const auto next = *page_of(longer, behind_b);
    EXPECT_TRUE(next.starts_with(R"({"tools":[{"name":"n"},{"name":"c"}],"nextCursor":")")) << next;
    EXPECT_EQ(*page_of(longer, next_of(next)), R"({"tools":[{"name":"d"},{"name":"a"}]})");
}

TEST(rendered_list, a_cursor_is_bad_where_its_entry_is_not_listed) {
    const std::vector<std::string_view> named{R"({"name":"a"})", R"({"name":"b"})", R"({"name":"c"})"};
    const std::string cursor = next_of(*page_of(rendered_list(list_kind::tools, named, 1), ""));
    const std::vector<std::string_view> without{named[1], named[2]};
    EXPECT_EQ(page_of(rendered_list(list_kind::tools, without, 1), cursor).error().code, errc::bad_cursor);
    EXPECT_EQ(page_of(rendered_list(list_kind::prompts, named, 1), cursor).error().code, errc::bad_cursor);
}

TEST(rendered_list, cursors_that_were_made_up_are_refused) {
    const rendered_list pages(list_kind::tools, five, 2);
    const std::string cursor = next_of(page_of(pages, "").value());
    for (const std::string& bad :
         {std::string(R"("")"), std::string("0"), std::string("2"), std::string("{}"), std::string("true"),
          std::string(R"("2")"), std::string(R"("\ud800")"), std::string("\"")}) {
        ASSERT_TRUE(page_of(pages, bad).has_error()) << bad;
        EXPECT_EQ(page_of(pages, bad).error().code, errc::bad_cursor) << bad;
        EXPECT_NE(page_of(pages, bad).error().detail.find("tools/list"), std::string::npos);
    }
    for (std::size_t i = 1; i + 1 < cursor.size(); ++i) {
        std::string bad = cursor;
        bad[i] = bad[i] == '0' ? '1' : '0';
        EXPECT_TRUE(page_of(pages, bad).has_error()) << bad;
    }
}

TEST(rendered_list, the_place_in_a_cursor_cannot_be_changed) {
    const rendered_list pages(list_kind::tools, five, 2);
    const std::string first = next_of(page_of(pages, "").value());
    const std::string second = next_of(page_of(pages, first).value());
    EXPECT_TRUE(page_of(pages, first.substr(0, 17) + second.substr(17)).has_error());
}

TEST(rendered_list, a_cursor_may_come_back_spelt_with_escapes) {
    const rendered_list pages(list_kind::tools, five, 2);
    const std::string cursor = next_of(page_of(pages, "").value());
    std::string escaped = "\"";
    for (const char c : cursor.substr(1, cursor.size() - 2))
        escaped += std::string("\\u00") + "0123456789abcdef"[c >> 4] + "0123456789abcdef"[c & 15];
    EXPECT_EQ(page_of(pages, escaped + "\"").value(), page_of(pages, cursor).value());
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
