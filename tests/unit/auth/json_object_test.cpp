// Strict JSON objects: what two readers could understand differently is refused.
#include "auth/json_object.hpp"

#include <gtest/gtest.h>

#include <string>

namespace auth {
namespace {

bool accepted(std::string_view text) {
    return json_object::parse(text).has_value();
}

TEST(json_object, gives_members_with_their_types) {
    const std::string text = R"( {"a":"x\u00e9","n":12,"l":["p","q"],"e":[],"o":{"a":1},"z":null} )";
    const auto object = json_object::parse(text).value();
    EXPECT_EQ(object.members().size(), 6U);
    EXPECT_EQ(object.required_string("a").value(), "x\u00e9");
    EXPECT_EQ(object.find("n").raw, "12");
    EXPECT_EQ(object.find("o").raw, R"({"a":1})");
    EXPECT_EQ(object.strings("l").value(), (std::vector<std::string>{"p", "q"}));
    EXPECT_EQ(object.strings("e").value(), std::vector<std::string>{});
    EXPECT_EQ(object.string_or_strings("a").value(), std::vector<std::string>{"x\u00e9"});
    EXPECT_EQ(object.string("missing").value(), std::nullopt);
    EXPECT_EQ(object.strings("missing").value(), std::nullopt);
    EXPECT_EQ(object.string_or_strings("missing").value(), std::nullopt);
    EXPECT_FALSE(object.has("missing"));
    EXPECT_TRUE(object.has("z"));
}

TEST(json_object, says_which_member_has_the_wrong_type) {
    const std::string text = R"({"n":12,"l":["p",1],"z":null,"s":"x"})";
    const auto object = json_object::parse(text).value();
    EXPECT_EQ(object.string("n").error().text, "'n' is not a string");
    EXPECT_EQ(object.string("z").error().text, "'z' is not a string");
    EXPECT_EQ(object.strings("l").error().text, "'l' is not an array of strings");
    EXPECT_EQ(object.strings("s").error().text, "'s' is not an array of strings");
    EXPECT_EQ(object.string_or_strings("n").error().text, "'n' is not a string or an array of strings");
    EXPECT_EQ(object.required_string("missing").error().text, "'missing' is missing");
}

TEST(json_object, refuses_duplicate_members_at_every_depth) {
    EXPECT_FALSE(accepted(R"({"alg":"RS256","alg":"none"})"));
    EXPECT_FALSE(accepted(R"({"alg":"RS256","\u0061lg":"none"})"));
    EXPECT_FALSE(accepted(R"({"a":{"b":1,"b":1}})"));
    EXPECT_FALSE(accepted(R"({"a":[[{"b":1,"c":2,"b":3}]]})"));
    EXPECT_TRUE(accepted(R"({"a":{"a":1},"b":[{"a":1},{"a":2}]})"));
}

TEST(json_object, refuses_what_is_no_object) {
    for (const std::string_view text : {"", " ", "[]", "1", "null", "\"{}\"", "{", "{}x", "{} {}", "{'a':1}",
                                        "{\"a\":1,}", "\xEF\xBB\xBF{}"})
        EXPECT_FALSE(accepted(text)) << text;
    EXPECT_FALSE(accepted(std::string_view("{}\0", 3)));
}

TEST(json_object, refuses_lone_surrogates_and_bad_utf8) {
    EXPECT_FALSE(accepted(R"({"a":"\ud800"})"));
    EXPECT_FALSE(accepted(R"({"\udc00":1})"));
    EXPECT_FALSE(accepted(R"({"a":["\ud800x"]})"));
    EXPECT_FALSE(accepted("{\"a\":\"\xC0\xAF\"}"));
    EXPECT_TRUE(accepted(R"({"a":"\ud83d\ude00"})"));
}

TEST(json_object, bounds_the_depth) {
    const auto nested = [](std::size_t depth) {
        return "{\"a\":" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
    };
    EXPECT_TRUE(accepted(nested(max_depth)));
    EXPECT_FALSE(accepted(nested(max_depth + 1)));
    EXPECT_FALSE(accepted(nested(100'000)));
}

} // namespace
} // namespace auth
