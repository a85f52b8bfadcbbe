// Reading one page of a backend's list.
#include "vmcp/catalog/read_page.hpp"

#include <gtest/gtest.h>

namespace vmcp {
namespace {

std::string failure_of(list_kind kind, std::string_view text) {
    std::vector<list_item> out{{"kept", "{}"}};
    const auto page = read_list_page(kind, text, out);
    EXPECT_EQ(out, (std::vector<list_item>{{"kept", "{}"}})) << text;
    if (page)
        return "no failure";
    EXPECT_EQ(page.error().code, errc::backend_protocol);
    return page.error().detail;
}

TEST(list_page, keeps_the_bytes_of_every_entry) {
    const std::string a = "{ \"name\" : \"a\",\"x\":1e2 , \"inputSchema\":{\"n\":10000000000000000000000}}";
    const std::string b = R"({"_meta":{"name":"inner"},"title":"\u00e9","name":"b\u002fc"})";
    std::vector<list_item> out;
    const auto page = read_list_page(
        list_kind::tools, "{\"_meta\":{\"tools\":[]},\"tools\":[\n" + a + " , " + b + "],\"ttlMs\":5}", out);
    ASSERT_TRUE(page) << page.error().message();
    EXPECT_EQ(out, (std::vector<list_item>{{"a", a}, {"b/c", b}}));
    EXPECT_EQ(page->cursor, "");
    EXPECT_EQ(page->dropped, 0U);
}

TEST(list_page, each_kind_has_its_own_members) {
    const std::pair<list_kind, const char*> rows[] = {
        {list_kind::tools, R"({"tools":[{"name":"k","uri":"no"}]})"},
        {list_kind::prompts, R"({"prompts":[{"name":"k","uri":"no"}]})"},
        {list_kind::resources, R"({"resources":[{"name":"no","uri":"k"}]})"},
        {list_kind::templates, R"({"resourceTemplates":[{"name":"no","uriTemplate":"k"}]})"},
    };
    for (const auto& [kind, text] : rows) {
        std::vector<list_item> out;
        ASSERT_TRUE(read_list_page(kind, text, out)) << text;
        ASSERT_EQ(out.size(), 1U) << text;
        EXPECT_EQ(out[0].key, "k");
    }
}

// Whoever reads in steps reads the same, and no more than a few entries at a time.
TEST(list_page, is_read_in_steps) {
    std::string text = R"({"_meta":{},"tools":[)";
    for (int i = 0; i < 100; ++i)
        text += R"({"name":"t)" + std::to_string(i) + R"(","inputSchema":{"type":"object"}},)";
    const std::string good = text + R"({"nameless":1}],"nextCursor":"n"})";
    std::vector<list_item> whole;
    const auto page = read_list_page(list_kind::tools, good, whole);
    ASSERT_TRUE(page);
    for (const std::size_t size : {std::size_t{1}, std::size_t{100}, std::size_t{1'000}, good.size()}) {
        std::vector<list_item> out;
        list_page_reader reader(list_kind::tools, good, out);
        std::size_t steps = 0;
        for (bool over = false; !over; ++steps) {
            const auto before = out.size();
            over = reader.step(size).value();
            EXPECT_LE(out.size() - before, 1 + size / 40);
        }
        EXPECT_GE(steps, good.size() / (size + 100));
        EXPECT_EQ(out, whole);
        const auto info = std::move(reader).info();
        EXPECT_EQ(info.cursor, page->cursor);
        EXPECT_EQ(info.dropped, page->dropped);
        EXPECT_EQ(info.bytes, page->bytes);
    }
    for (const auto& bad : {text, good.substr(0, good.size() - 1), text + "{]", text + "{}",
                            text + R"({}],"tools":[]})", text + "{}]}x"}) {
        std::vector<list_item> out{{"kept", "{}"}};
        list_budget budget{.entries = 200, .bytes = 100'000};
        list_page_reader reader(list_kind::tools, bad, out, &budget);
        auto over = reader.step(100);
        EXPECT_TRUE(over) << "it begins well";
        while (over && !*over)
            over = reader.step(100);
        EXPECT_FALSE(over) << bad.substr(bad.size() - 20);
        EXPECT_EQ(out, (std::vector<list_item>{{"kept", "{}"}}));
        EXPECT_EQ(budget.entries, 200U);
    }
}

TEST(list_page, takes_no_more_than_the_budget_and_counts_the_rest) {
    constexpr std::string_view text =
        R"({"tools":[{"name":"a","inputSchema":{}},{"name":"b","inputSchema":{}},{"name":"c"},{"nameless":1}]})";
    const auto read = [&](list_budget& budget) {
        std::vector<list_item> out;
        const auto page = read_list_page(list_kind::tools, text, out, &budget);
        EXPECT_TRUE(page);
        EXPECT_EQ(page->dropped, 1U) << "what could not be taken anyhow is counted apart";
        EXPECT_EQ(out.size() + page->left_out, 3U);
        return out.size();
    };
    list_budget all{.entries = 3, .bytes = 1'000};
    EXPECT_EQ(read(all), 3U);
    EXPECT_FALSE(all.used_up);
    EXPECT_EQ(read(all), 0U) << "it is one budget for all lists";
    EXPECT_TRUE(all.used_up);
    list_budget two{.entries = 2, .bytes = 1'000};
    EXPECT_EQ(read(two), 2U);
    list_budget few_bytes{.entries = 9, .bytes = 40};
    EXPECT_EQ(read(few_bytes), 1U) << "\"c\" would fit, but the first ones are taken";
    EXPECT_TRUE(few_bytes.used_up);
    list_budget untouched{.entries = 2, .bytes = 1'000};
    std::vector<list_item> out;
    EXPECT_FALSE(read_list_page(list_kind::tools, R"({"tools":[{"name":"a"},)", out, &untouched));
    EXPECT_EQ(untouched.entries, 2U);
    EXPECT_TRUE(out.empty());
}

TEST(list_page, the_cursor_stays_raw) {
    std::vector<list_item> out;
    EXPECT_EQ(read_list_page(list_kind::tools, R"({"nextCursor":"a\u0062\/","tools":[]})", out)->cursor,
              R"("a\u0062\/")");
    EXPECT_EQ(read_list_page(list_kind::tools, R"({"tools":[],"nextCursor":""})", out)->cursor, R"("")");
    EXPECT_EQ(read_list_page(list_kind::tools, R"({"tools":[],"nextCursor":null})", out)->cursor, "");
}

TEST(list_page, a_null_list_is_an_empty_one) {
    std::vector<list_item> out;
    EXPECT_TRUE(read_list_page(list_kind::prompts, R"({"prompts":null})", out));
    EXPECT_TRUE(out.empty());
}

TEST(list_page, drops_what_cannot_be_named_and_says_why) {
    std::vector<list_item> out;
    const auto page =
        read_list_page(list_kind::tools,
                       R"({"tools":[1,{},{"name":2},{"name":""},{"name":"\ud800"},)"
                       R"({"name":"twice","name":"other"},{"name":"good"},{"n\u0061me":"esc"}]})",
                       out);
    ASSERT_TRUE(page);
    ASSERT_EQ(out.size(), 2U);
    EXPECT_EQ(out[0].key, "good");
    EXPECT_EQ(out[1].key, "esc");
    EXPECT_EQ(page->dropped, 6U);
    std::vector<std::string> reasons;
    for (const auto& entry : page->reasons)
        reasons.push_back(entry.name + "|" + entry.reason);
    EXPECT_EQ(reasons, (std::vector<std::string>{
                           "|entry 0 is not an object but a number",
                           "|entry 1 has no member \"name\"",
                           "|entry 2: its member \"name\" is not a string but a number",
                           "|entry 3: its member \"name\" is empty",
                           "|entry 4: its member \"name\" holds half of a surrogate pair",
                           "other|entry 5 has the member \"name\" more than once",
                       }));
}

TEST(list_page, drops_names_beyond_all_measure_and_bounds_the_report) {
    std::string text = "{\"tools\":[{\"name\":\"" + std::string(max_list_key, 'x') + "\"}";
    for (int i = 0; i < 100; ++i)
        text += ",0";
    std::vector<list_item> out;
    const auto page = read_list_page(list_kind::tools, text + "]}", out);
    ASSERT_TRUE(page);
    EXPECT_TRUE(out.empty());
    EXPECT_EQ(page->dropped, 101U);
    EXPECT_EQ(page->reasons.size(), max_drop_reasons);
}

TEST(list_page, ends_where_there_is_no_room) {
    std::string text = R"({"tools":[)";
    for (int i = 0; i < 1'000; ++i)
        text += (i > 0 ? "," : "") + std::string(R"({"name":"a","inputSchema":{"type":"object"}})");
    text += "]}";
    std::vector<list_item> out;
    const auto whole = read_list_page(list_kind::tools, text, out);
    ASSERT_TRUE(whole);
    ASSERT_EQ(out.size(), 1'000U);
    EXPECT_EQ(whole->bytes, 1'000 * cost_of(out.front()));
    EXPECT_GT(cost_of(out.front()), out.front().raw.size());

    EXPECT_TRUE(read_list_page(list_kind::tools, text, out, nullptr, whole->bytes));
    out.clear();
    const auto cut = read_list_page(list_kind::tools, text, out, nullptr, whole->bytes / 2);
    ASSERT_FALSE(cut);
    EXPECT_EQ(cut.error().code, errc::no_memory);
    EXPECT_NE(cut.error().detail.find("tools/list: the first 501 entries"), std::string::npos)
        << cut.error().detail;
    EXPECT_TRUE(out.empty());
}

TEST(list_page, a_bad_page_is_a_failure_that_says_what_is_wrong) {
    EXPECT_EQ(failure_of(list_kind::tools, "[]"), "tools/list: the result is not an object but an array");
    EXPECT_EQ(failure_of(list_kind::tools, "{}"), "tools/list: the result has no member \"tools\"");
    EXPECT_EQ(failure_of(list_kind::templates, R"({"templates":[]})"),
              "resources/templates/list: the result has no member \"resourceTemplates\"");
    EXPECT_EQ(failure_of(list_kind::prompts, R"({"prompts":{}})"),
              "prompts/list: \"prompts\" is not an array but an object");
    EXPECT_EQ(failure_of(list_kind::tools, R"({"tools":[],"nextCursor":7})"),
              "tools/list: \"nextCursor\" is not a string but a number");
    EXPECT_EQ(failure_of(list_kind::tools, R"({"tools":[],"tools":[]})"),
              "tools/list: the result has the member \"tools\" twice");
    EXPECT_EQ(failure_of(list_kind::tools, R"({"nextCursor":"a","tools":[],"nextCursor":"b"})"),
              "tools/list: the result has the member \"nextCursor\" twice");
}

TEST(list_page, broken_json_anywhere_is_a_failure_and_takes_nothing) {
    const std::string good =
        R"({"a":[1],"tools":[{"name":"x","s":{"t":[true]}},{"name":"y"}],"nextCursor":"c"})";
    std::vector<list_item> out;
    ASSERT_TRUE(read_list_page(list_kind::tools, good, out));
    for (std::size_t n = 0; n < good.size(); ++n) {
        EXPECT_NE(failure_of(list_kind::tools, good.substr(0, n)), "no failure") << n;
        std::string bad = good;
        bad[n] = '\x01';
        EXPECT_NE(failure_of(list_kind::tools, bad), "no failure") << n;
    }
    EXPECT_NE(failure_of(list_kind::tools, good + "x"), "no failure");
    EXPECT_NE(
        failure_of(list_kind::tools, "{\"tools\":[" + std::string(600, '[') + std::string(600, ']') + "]}")
            .find("deeper than 512"),
        std::string::npos);
}

} // namespace
} // namespace vmcp
