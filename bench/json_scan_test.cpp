// The byte scanner on every shape of value, on escapes, and on cut-off text.
#include "bench/json_scan.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace {

using pairs = std::vector<std::pair<std::string, std::string>>;

pairs walk(std::string_view object) {
    pairs found;
    bench::member_reader members{object};
    while (members.next())
        found.emplace_back(members.key(), members.value());
    return found;
}

TEST(JsonScan, WalksEveryKindOfValue) {
    EXPECT_EQ(
        walk(R"( { "a" : 1 , "b":"x", "c":{"a":[1,2,"]}"]}, "d":[{},[]], "e":true,"f":null,"g":-1.5e3} )"),
        (pairs{{"a", "1"},
               {"b", R"("x")"},
               {"c", R"({"a":[1,2,"]}"]})"},
               {"d", "[{},[]]"},
               {"e", "true"},
               {"f", "null"},
               {"g", "-1.5e3"}}));
}

TEST(JsonScan, KeepsEscapedQuotesInsideStrings) {
    EXPECT_EQ(walk(R"({"a":"x\"y","b":"\\","c":"\\\"","d":{"k\"}":"}"}})"),
              (pairs{{"a", R"("x\"y")"}, {"b", R"("\\")"}, {"c", R"("\\\"")"}, {"d", R"({"k\"}":"}"})"}}));
}

TEST(JsonScan, FindsOnlyTopLevelMembers) {
    EXPECT_EQ(bench::find_member(R"({"params":{"id":9},"id":"q"})", "id"), R"("q")");
    EXPECT_EQ(bench::find_member(R"({"params":{"id":9}})", "id"), "");
    EXPECT_EQ(bench::find_member("[1]", "id"), "");
    EXPECT_EQ(bench::find_member("", "id"), "");
}

TEST(JsonScan, CutOffTextEndsTheWalkWithoutReadingPastTheEnd) {
    const std::string whole = R"({"a":{"b":["c\"",1]},"d":"e"})";
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const std::string cut =
            whole.substr(0, size); // its own allocation, so that a sanitizer sees an overrun
        static_cast<void>(walk(cut));
        EXPECT_EQ(bench::find_member(cut, "zzz"), "");
    }
}

TEST(JsonScan, CountsElementsAndUnquotes) {
    EXPECT_EQ(bench::count_elements("[]"), 0u);
    EXPECT_EQ(bench::count_elements(R"([ {"a":[1,2]}, "x,y" , 3 ])"), 3u);
    EXPECT_EQ(bench::count_elements("{}"), 0u);
    EXPECT_EQ(bench::string_text(R"("abc")"), "abc");
    EXPECT_EQ(bench::string_text("12"), "");
}

} // namespace
