// The JSON cursor: what it accepts, what it hands out, and where it stops.
#include "vmcp/base/json_cursor.hpp"

#include "vmcp/base/json_text.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <random>
#include <string>
#include <vector>

namespace vmcp {
namespace {

TEST(json_cursor, hands_out_members_as_they_were_written) {
    const std::string text = " { \"a\" : [1 , 2] ,\n\"b\\u0063\":\t1e2, \"\" :\"x\" } ";
    json_cursor cursor(text);
    ASSERT_TRUE(cursor.enter_object());
    std::vector<std::pair<std::string, std::string>> seen;
    std::string_view key;
    bool done = false;
    while (cursor.next_member(key, done) && !done) {
        json_slice value;
        ASSERT_TRUE(cursor.value(value));
        EXPECT_GE(value.raw.data(), text.data());
        seen.emplace_back(key, value.raw);
    }
    EXPECT_TRUE(done);
    EXPECT_TRUE(cursor.at_end());
    const std::vector<std::pair<std::string, std::string>> expected{
        {"\"a\"", "[1 , 2]"}, {"\"b\\u0063\"", "1e2"}, {"\"\"", "\"x\""}};
    EXPECT_EQ(seen, expected);
}

TEST(json_cursor, names_the_kind_of_every_value) {
    const std::pair<const char*, json_kind> rows[] = {
        {"{}", json_kind::object}, {"[]", json_kind::array},     {"\"\"", json_kind::string},
        {"-0", json_kind::number}, {"true", json_kind::boolean}, {"false", json_kind::boolean},
        {"null", json_kind::null},
    };
    for (const auto& [text, kind] : rows) {
        json_cursor cursor(text);
        json_kind peeked{};
        ASSERT_TRUE(cursor.peek(peeked)) << text;
        EXPECT_EQ(peeked, kind) << text;
        EXPECT_EQ(cursor.offset(), 0U);
        json_slice value;
        ASSERT_TRUE(cursor.value(value)) << text;
        EXPECT_EQ(value.raw, text);
        EXPECT_EQ(value.kind, kind) << text;
    }
}

TEST(json_cursor, entering_and_skipping_mix) {
    json_cursor cursor(R"({"x":{"y":[0,{"z":[1,[2]]},3]},"w":4})");
    std::string_view key;
    bool done = false;
    json_slice value;
    ASSERT_TRUE(cursor.enter_object());
    ASSERT_TRUE(cursor.next_member(key, done) && !done && cursor.enter_object());
    ASSERT_TRUE(cursor.next_member(key, done) && !done && cursor.enter_array());
    ASSERT_TRUE(cursor.next_element(done) && !done && cursor.value(value));
    ASSERT_TRUE(cursor.next_element(done) && !done && cursor.value(value));
    EXPECT_EQ(value.raw, R"({"z":[1,[2]]})");
    ASSERT_TRUE(cursor.next_element(done) && !done && cursor.value(value));
    ASSERT_TRUE(cursor.next_element(done) && done);
    ASSERT_TRUE(cursor.next_member(key, done) && done);
    ASSERT_TRUE(cursor.next_member(key, done) && !done);
    EXPECT_EQ(key, "\"w\"");
    ASSERT_TRUE(cursor.value(value));
    ASSERT_TRUE(cursor.next_member(key, done) && done);
    EXPECT_TRUE(cursor.at_end());
}

TEST(json_cursor, after_the_first_error_everything_fails_and_the_place_is_known) {
    json_cursor cursor(R"({"a":1,"b":x})");
    std::string_view key;
    bool done = false;
    json_slice value;
    ASSERT_TRUE(cursor.enter_object());
    ASSERT_TRUE(cursor.next_member(key, done) && cursor.value(value));
    ASSERT_TRUE(cursor.next_member(key, done));
    EXPECT_FALSE(cursor.value(value));
    EXPECT_EQ(cursor.offset(), 11U);
    EXPECT_TRUE(cursor.failed());
    json_kind kind{};
    EXPECT_FALSE(cursor.peek(kind));
    EXPECT_FALSE(cursor.value(value));
    EXPECT_FALSE(cursor.next_member(key, done));
    EXPECT_FALSE(cursor.next_element(done));
    EXPECT_FALSE(cursor.enter_object());
    EXPECT_FALSE(cursor.enter_array());
    EXPECT_FALSE(cursor.at_end());
    EXPECT_EQ(cursor.offset(), 11U);
}

TEST(json_cursor, depth_is_bounded_for_entered_and_skipped_containers) {
    const auto nested = [](std::size_t n) { return std::string(n, '[') + std::string(n, ']'); };
    EXPECT_TRUE(json_valid(nested(3), 3));
    EXPECT_FALSE(json_valid(nested(4), 3));
    EXPECT_TRUE(json_valid(nested(default_json_depth)));
    EXPECT_FALSE(json_valid(nested(default_json_depth + 1)));
    EXPECT_TRUE(json_valid(nested(1024), 100'000));
    EXPECT_FALSE(json_valid(nested(1025), 100'000));
    EXPECT_FALSE(json_valid("1" + std::string(), 0) && json_valid("[]", 0));

    const std::string four = nested(4);
    json_cursor cursor(four, 3);
    bool done = false;
    json_slice value;
    ASSERT_TRUE(cursor.enter_array());
    ASSERT_TRUE(cursor.next_element(done));
    ASSERT_TRUE(cursor.enter_array());
    ASSERT_TRUE(cursor.next_element(done));
    EXPECT_FALSE(cursor.value(value));
    json_cursor entering(four, 1);
    ASSERT_TRUE(entering.enter_array());
    ASSERT_TRUE(entering.next_element(done));
    EXPECT_FALSE(entering.enter_array());
}

TEST(json_cursor, a_member_is_found_by_its_meaning_and_the_first_counts) {
    EXPECT_EQ(json_member(R"({"b":1,"a":2,"a":3})", "a").raw, "2");
    EXPECT_EQ(json_member(R"({"\u0061":[ 1 ]})", "a").raw, "[ 1 ]");
    EXPECT_TRUE(json_member(R"({"b":{"a":1}})", "a").empty());
    EXPECT_TRUE(json_member("[]", "a").empty());
    EXPECT_TRUE(json_member("", "a").empty());
    EXPECT_EQ(json_member(R"({"a":null})", "a").raw, "null");
    EXPECT_TRUE(json_optional(R"({"a":null})", "a").empty());
    EXPECT_EQ(json_optional(R"({"a":false})", "a").raw, "false");
    EXPECT_TRUE(json_member(R"({"b":,"a":1})", "a").empty());
}

// Every place at which a vector step of 16 bytes can begin or end, and what may stand there.
TEST(json_cursor, strings_of_every_length_and_alignment) {
    const std::string specials[] = {"\\n", "é", "😀", "\\u00e9", "\x7f"};
    const std::string bad[] = {"\n",       std::string(1, '\0'), "\xff", "\xc3",   "\xed\xa0\x80",
                               "\xc0\xaf", "\xf4\x90\x80\x80",   "\\x",  "\\u12g4"};
    for (std::size_t before = 0; before < 40; ++before)
        for (std::size_t after = 0; after < 40; after += 7) {
            const auto around = [&](const std::string& middle) {
                return "\"" + std::string(before, 'a') + middle + std::string(after, 'b') + "\"";
            };
            for (const auto& middle : specials)
                EXPECT_TRUE(json_valid(around(middle))) << around(middle);
            for (const auto& middle : bad)
                EXPECT_FALSE(json_valid(around(middle))) << before << ' ' << after;
            std::string open = around("x");
            open.pop_back();
            EXPECT_FALSE(json_valid(open));
        }
}

TEST(json_cursor, every_prefix_of_a_document_is_refused) {
    const std::string text = R"({"a":[true,false,null,-1.5e+3,"é\u00e9\n"],"b":{}})";
    ASSERT_TRUE(json_valid(text));
    for (std::size_t n = 0; n < text.size(); ++n)
        EXPECT_FALSE(json_valid(std::string_view(text).substr(0, n))) << n;
}

TEST(json_cursor, numbers) {
    for (const char* good : {"0", "-0", "1", "10", "0.5", "1e5", "1E+5", "1e-05", "-12.34e56",
                             "123456789012345678901234567890", "1e999999"})
        EXPECT_TRUE(json_valid(good)) << good;
    for (const char* bad :
         {"", "-", "+1", "01", "-01", "1.", ".5", "1e", "1e+", "0x1", "1 2", "NaN", "Infinity", "1_0"})
        EXPECT_FALSE(json_valid(bad)) << bad;
}

// Random documents, damaged at random: the verdict must be that of nlohmann-json, whose known differences
// (it stops at NUL, refuses lone surrogates and numbers beyond a double) this alphabet cannot produce.
TEST(json_cursor, agrees_with_another_parser_on_damaged_documents) {
    std::mt19937 random(7);
    const std::string alphabet = "{}[]:,\"\\ \n01-.eE+tfnrualse/x\t";
    const std::string seeds[] = {R"({"a":[1,2,{"b":null}],"c":"x\ny"})", R"([true,false,null,-0.5e1,""])",
                                 R"([[[[]]],{"":{}}])", R"("\"\\\/")", " [ ] "};
    int accepted = 0;
    for (int i = 0; i < 20'000; ++i) {
        std::string text = seeds[random() % std::size(seeds)];
        for (unsigned edits = random() % 3; edits > 0 && !text.empty(); --edits) {
            const auto at = static_cast<std::ptrdiff_t>(random() % text.size());
            const char c = alphabet[random() % alphabet.size()];
            if (const unsigned kind = random() % 3; kind == 0)
                text.erase(text.begin() + at);
            else if (kind == 1)
                text.insert(text.begin() + at, c);
            else
                text[static_cast<std::size_t>(at)] = c;
        }
        const bool ours = json_valid(text);
        accepted += ours;
        EXPECT_EQ(ours, nlohmann::json::accept(text)) << text;
    }
    EXPECT_GT(accepted, 1000);
    EXPECT_LT(accepted, 19'000);
}

} // namespace
} // namespace vmcp
