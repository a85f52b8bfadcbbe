// References to resources in what backends write.
#include "vmcp/catalog/uri_walk.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace vmcp {
namespace {

using strings = std::vector<std::string>;

std::string nested(std::size_t depth, std::string_view inner) {
    return std::string(depth, '[') + std::string(inner) + std::string(depth, ']');
}

// The references that with_uris() asks about.
strings asked_about(std::string_view json) {
    strings out;
    const auto same = with_uris(json, references::all, [&](const std::string& uri) {
        out.push_back(uri);
        return uri;
    });
    EXPECT_FALSE(same) << "nothing was changed";
    return out;
}

TEST(uri_walk, references_are_the_string_members_of_that_name_at_any_depth_in_order) {
    const std::vector<std::pair<std::string, strings>> rows{
        {R"({"uri":"a","x":{"uri":"b"},"y":[[{"z":1,"uri":"c"}]]})", {"a", "b", "c"}},
        {R"({"\u0075ri":"a\/\u00e9"})", {"a/é"}},
        {R"({"uri":""})", {""}},
        {R"({"uri":{"uri":"a"},"u":[{"uri":["b"]},{"uri":null},{"uri":1}]})", {"a"}},
        {R"({"URI":"a","uri ":"b","uriTemplate":"c","text":"\"uri\":\"d\"","x":["uri","e"]})", {}},
        {R"([{"uri":"\ud800"},{"uri":"\ud83d\ude00"}])", {"\xF0\x9F\x98\x80"}},
        {R"({"uri":"a","uri":"a"})", {"a", "a"}},
        {R"("uri")", {}},
        {"", {}},
        {R"([{"uri":"a"},{"uri":"b"])", {"a", "b"}}, // no JSON: what came before the fault
        {R"([{"uri":"a"},x,{"uri":"b"}])", {"a"}},
        {R"({"uri":"a)", {}},
        {nested(510, R"({"uri":"a"})"), {"a"}},
        {nested(100'000, R"({"uri":"a"})"), {}}, // deeper than anybody writes
    };
    for (const auto& [text, uris] : rows)
        EXPECT_EQ(asked_about(text), uris) << text.substr(0, 80);
}

TEST(uri_walk, references_are_pages_of_apps_too) {
    EXPECT_EQ(asked_about(
                  R"({"_meta":{"ui":{"resourceUri":"ui://a"},"ui/resourceUri":"ui://b"},"resourceURI":"c"})"),
              (strings{"ui://a", "ui://b"}));
}

TEST(uri_walk, says_at_once_when_there_is_nothing_to_find) {
    EXPECT_FALSE(may_mention_uris(R"({"content":[{"text":"uri of a page"}]})"));
    EXPECT_TRUE(may_mention_uris(R"({"uri":"x"})"));
    EXPECT_TRUE(may_mention_uris(R"({"ui/resourceUri":"x"})"));
}

TEST(uri_walk, replaces_values_and_nothing_else) {
    const auto loud = [](const std::string& uri) { return uri == "a" ? "A\"" : uri; };
    EXPECT_EQ(
        with_uris(R"( {"uri" : "a", "b":"a","c":[{"uri":"x"},{"uri":"\u0061"}] } )", references::all, loud),
        R"( {"uri" : "A\"", "b":"a","c":[{"uri":"x"},{"uri":"A\""}] } )");
    EXPECT_EQ(with_uris(R"([{"uri":"a"},?,{"uri":"a"}])", references::all, loud),
              R"([{"uri":"A\""},?,{"uri":"a"}])");
    EXPECT_EQ(with_uris("", references::all, loud), std::nullopt);
    EXPECT_EQ(with_uris(R"({"uri":"a","resourceUri":"a"})", references::pages, loud),
              R"({"uri":"a","resourceUri":"A\""})");
}

} // namespace
} // namespace vmcp
