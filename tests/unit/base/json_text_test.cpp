// JSON string literals both ways, with nlohmann-json as the judge of what a literal means.
#include "vmcp/base/json_text.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <random>
#include <string>

namespace vmcp {
namespace {

std::string random_text(std::mt19937& random) {
    static const std::string pieces[] = {"a",    "\"",   "\\", "/", "\n", "\t",  std::string(1, '\0'),
                                         "\x1f", "\x7f", "é",  "☃", "😀", "\\u", "b"};
    std::string out;
    for (unsigned n = random() % 20; n > 0; --n)
        out += pieces[random() % std::size(pieces)];
    return out;
}

TEST(json_text, what_is_quoted_reads_back_the_same) {
    std::mt19937 random(1);
    for (int i = 0; i < 2000; ++i) {
        const std::string text = random_text(random);
        const std::string literal = vmcp::quoted(text);
        EXPECT_EQ(unquoted(literal), text) << literal;
        EXPECT_EQ(nlohmann::json::parse(literal).get<std::string>(), text) << literal;
    }
}

TEST(json_text, literals_of_others_mean_what_they_mean_elsewhere) {
    std::mt19937 random(2);
    for (int i = 0; i < 2000; ++i) {
        const std::string text = random_text(random);
        const std::string literal = nlohmann::json(text).dump(-1, ' ', random() % 2 == 0);
        EXPECT_EQ(unquoted(literal), text) << literal;
        EXPECT_TRUE(json_key_is(literal, text)) << literal;
        EXPECT_FALSE(json_key_is(literal, text + "x")) << literal;
    }
}

TEST(json_text, every_escape) {
    EXPECT_EQ(unquoted(R"("\"\\\/\b\f\n\r\t")"), "\"\\/\b\f\n\r\t");
    EXPECT_EQ(unquoted(R"("\u0041\u00e9\u2603\ud83d\ude00\uD83D\uDE00")"), "Aé☃😀😀");
    EXPECT_EQ(unquoted(R"("\u0000")"), std::string(1, '\0'));
    EXPECT_EQ(unquoted("\"\""), "");
}

TEST(json_text, half_a_surrogate_pair_has_no_text) {
    EXPECT_EQ(unquoted(R"("\ud83d")"), std::nullopt);
    EXPECT_EQ(unquoted(R"("\ud83dx")"), std::nullopt);
    EXPECT_EQ(unquoted(R"("\ud83d\n")"), std::nullopt);
    EXPECT_EQ(unquoted(R"("\ud83d\ud83d")"), std::nullopt);
    EXPECT_EQ(unquoted(R"("\ude00")"), std::nullopt);
    EXPECT_EQ(unquoted(R"("\ud83d\u0041")"), std::nullopt);
}

TEST(json_text, what_is_no_string_has_no_text) {
    EXPECT_EQ(unquoted(""), std::nullopt);
    EXPECT_EQ(unquoted("\""), std::nullopt);
    EXPECT_EQ(unquoted("1"), std::nullopt);
    EXPECT_EQ(unquoted("null"), std::nullopt);
    EXPECT_FALSE(json_key_is("", ""));
    EXPECT_TRUE(json_key_is("\"\"", ""));
}

TEST(json_text, a_key_may_be_spelt_with_escapes) {
    EXPECT_TRUE(json_key_is(R"("n\u0061me")", "name"));
    EXPECT_FALSE(json_key_is(R"("n\u0061me2")", "name"));
    EXPECT_FALSE(json_key_is(R"("name\ud800")", "name"));
}

} // namespace
} // namespace vmcp
