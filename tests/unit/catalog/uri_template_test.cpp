// RFC 6570: parsing, and which URIs are expansions.
#include "vmcp/catalog/uri_template.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <string>
#include <vector>

namespace vmcp {
namespace {

bool fits(std::string_view pattern, std::string_view uri, template_match mode = template_match::strict) {
    const auto parsed = uri_template::parse(pattern);
    EXPECT_TRUE(parsed) << pattern << ": " << (parsed ? "" : parsed.error().detail);
    return parsed && parsed->matches(uri, mode);
}

struct row {
    const char* pattern;
    const char* expansion;
};

// The examples of RFC 6570 sections 1.2 and 3.2. Where the order of an associative array is free, as printed.
const row examples[] = {
    {"{var}", "value"},
    {"{hello}", "Hello%20World%21"},
    {"{+var}", "value"},
    {"{+hello}", "Hello%20World!"},
    {"{+path}/here", "/foo/bar/here"},
    {"here?ref={+path}", "here?ref=/foo/bar"},
    {"X{#var}", "X#value"},
    {"X{#hello}", "X#Hello%20World!"},
    {"map?{x,y}", "map?1024,768"},
    {"{x,hello,y}", "1024,Hello%20World%21,768"},
    {"{+x,hello,y}", "1024,Hello%20World!,768"},
    {"{+path,x}/here", "/foo/bar,1024/here"},
    {"{#x,hello,y}", "#1024,Hello%20World!,768"},
    {"{#path,x}/here", "#/foo/bar,1024/here"},
    {"X{.var}", "X.value"},
    {"X{.x,y}", "X.1024.768"},
    {"{/var}", "/value"},
    {"{/var,x}/here", "/value/1024/here"},
    {"{;x,y}", ";x=1024;y=768"},
    {"{;x,y,empty}", ";x=1024;y=768;empty"},
    {"{?x,y}", "?x=1024&y=768"},
    {"{?x,y,empty}", "?x=1024&y=768&empty="},
    {"?fixed=yes{&x}", "?fixed=yes&x=1024"},
    {"{&x,y,empty}", "&x=1024&y=768&empty="},
    {"{var:3}", "val"},
    {"{var:30}", "value"},
    {"{list}", "red,green,blue"},
    {"{list*}", "red,green,blue"},
    {"{keys}", "semi,%3B,dot,.,comma,%2C"},
    {"{keys*}", "semi=%3B,dot=.,comma=%2C"},
    {"{+path:6}/here", "/foo/b/here"},
    {"{+list}", "red,green,blue"},
    {"{+list*}", "red,green,blue"},
    {"{+keys}", "semi,;,dot,.,comma,,"},
    {"{+keys*}", "semi=;,dot=.,comma=,"},
    {"{#path:6}/here", "#/foo/b/here"},
    {"{#list}", "#red,green,blue"},
    {"{#keys}", "#semi,;,dot,.,comma,,"},
    {"{#keys*}", "#semi=;,dot=.,comma=,"},
    {"X{.var:3}", "X.val"},
    {"X{.list}", "X.red,green,blue"},
    {"X{.list*}", "X.red.green.blue"},
    {"X{.keys}", "X.semi,%3B,dot,.,comma,%2C"},
    {"X{.keys*}", "X.semi=%3B.dot=..comma=%2C"},
    {"{/var:1,var}", "/v/value"},
    {"{/list}", "/red,green,blue"},
    {"{/list*}", "/red/green/blue"},
    {"{/list*,path:4}", "/red/green/blue/%2Ffoo"},
    {"{/keys}", "/semi,%3B,dot,.,comma,%2C"},
    {"{/keys*}", "/semi=%3B/dot=./comma=%2C"},
    {"{;hello:5}", ";hello=Hello"},
    {"{;list}", ";list=red,green,blue"},
    {"{;list*}", ";list=red;list=green;list=blue"},
    {"{;keys}", ";keys=semi,%3B,dot,.,comma,%2C"},
    {"{;keys*}", ";semi=%3B;dot=.;comma=%2C"},
    {"{?var:3}", "?var=val"},
    {"{?list}", "?list=red,green,blue"},
    {"{?list*}", "?list=red&list=green&list=blue"},
    {"{?keys}", "?keys=semi,%3B,dot,.,comma,%2C"},
    {"{?keys*}", "?semi=%3B&dot=.&comma=%2C"},
    {"{&var:3}", "&var=val"},
    {"{&list*}", "&list=red&list=green&list=blue"},
    {"{&keys*}", "&semi=%3B&dot=.&comma=%2C"},
    {"O{empty}X", "OX"},
    {"O{undef}X", "OX"},
    {"{half}", "50%25"},
    {"{+half}", "50%25"},
    {"{base}index", "http%3A%2F%2Fexample.com%2Fhome%2Findex"},
    {"{+base}index", "http://example.com/home/index"},
    {"up{+path}{var}/here", "up/foo/barvalue/here"},
    {"{#path,x}", "#/foo/bar,1024"},
    {"{.who,who}", ".fred.fred"},
    {"{.half,who}", ".50%25.fred"},
    {"www{.dom*}", "www.example.com"},
    {"X{.empty_keys}", "X"},
    {"{/who,who}", "/fred/fred"},
    {"{/var,empty}", "/value/"},
    {"{/var,undef}", "/value"},
    {"{;who}", ";who=fred"},
    {"{;empty}", ";empty"},
    {"{;v,bar,who}", ";v=6;who=fred"},
    {"{?x,y,undef}", "?x=1024&y=768"},
    {"{&x,y,empty}", "&x=1024&y=768&empty="},
    {"find{?year*}", "find?year=1965&year=2000&year=2012"},
};

TEST(uri_template, matches_every_example_of_the_rfc_in_both_modes) {
    for (const auto& [pattern, expansion] : examples) {
        EXPECT_TRUE(fits(pattern, expansion)) << pattern << " -> " << expansion;
        EXPECT_TRUE(fits(pattern, expansion, template_match::lenient)) << pattern << " -> " << expansion;
    }
}

TEST(uri_template, refuses_what_is_no_expansion) {
    const row rows[] = {
        {"file:///{path}", "file:///a/b"},
        {"file:///{path}", "file://a"},
        {"db://{table}", "db://a:b"},
        {"a{x}b", "a"},
        {"a{x}b", "ab2"},
        {"{var:3}", "valu"},
        {"{/a,b}", "/1/2/3"},
        {"{?x,y}", "?y=1&x=2"},
        {"{?x,y}", "?z=1"},
        {"{?x}", "?x"},
        {"{?x}", "x=1"},
        {"{;x}", ";y"},
        {"{&x}", "?x=1"},
        {"{x}", "%2"},
        {"{x}", "%zz"},
        {"{+x}", "a b"},
        {"{.x}", "a"},
        {"{#x}", "x"},
        {"weather://{city}/now", "weather://São Paulo/now"},
        {"", "a"},
        {"a", ""},
    };
    for (const auto& [pattern, uri] : rows)
        EXPECT_FALSE(fits(pattern, uri)) << pattern << " -> " << uri;
}

TEST(uri_template, the_lenient_mode_takes_what_servers_take) {
    const row yes[] = {
        {"weather://{city}/now", "weather://São Paulo/now"},
        {"db://{table}", "db://main:users"},
        {"search://{?q,limit}", "search://?limit=1&q=a/b"},
        {"repo://{owner}/{name}", "repo://me/it's"},
        {"x{/path*}", "x/a b/c:d"},
        {"{+any}", "a b#c?d"},
        {"x{;a}", "x;b=1"},
    };
    for (const auto& [pattern, uri] : yes)
        EXPECT_TRUE(fits(pattern, uri, template_match::lenient)) << pattern << " -> " << uri;
    const row no[] = {
        {"file:///{path}", "file:///a/b"},
        {"repo://{owner}/{name}", "repo://a"},
        {"x{/one}", "x/a/b"},
        {"x{?q}", "x&q=1"},
        {"x{?q}y", "x?q=1"},
        {"x://{a}", "x://b?c"},
        {"x://{a}", "x://b#c"},
    };
    for (const auto& [pattern, uri] : no)
        EXPECT_FALSE(fits(pattern, uri, template_match::lenient)) << pattern << " -> " << uri;
}

TEST(uri_template, prefixes_count_characters_not_bytes) {
    EXPECT_TRUE(fits("{x:1}", "%C3%A9"));
    EXPECT_TRUE(fits("{x:1}", "%F0%9F%98%80"));
    EXPECT_FALSE(fits("{x:1}", "%C3%A9a"));
    EXPECT_TRUE(fits("{x:2}", "%C3%A9a"));
    EXPECT_TRUE(fits("{x:2}{y:2}", "abcd"));
    EXPECT_FALSE(fits("{x:2}{y:2}", "abcde"));
    EXPECT_TRUE(fits("{x:9999}", "abc"));
}

TEST(uri_template, literals_may_be_written_plain_or_encoded) {
    EXPECT_TRUE(fits("caf\xc3\xa9://{x}", "caf%C3%A9://a"));
    EXPECT_TRUE(fits("caf\xc3\xa9://{x}", "caf\xc3\xa9://a"));
    EXPECT_TRUE(fits("a%20b{x}", "a%20bc"));
    EXPECT_TRUE(fits("50%{x}", "50%25c"));
}

TEST(uri_template, malformed_templates_are_refused_with_the_place) {
    const std::pair<const char*, const char*> rows[] = {
        {"a}", "URI template, byte 1: '}' without '{'"},
        {"a{b", "URI template, byte 1: '{' without '}'"},
        {"{}", "URI template, byte 1: a variable without a name"},
        {"{a,}", "URI template, byte 3: a variable without a name"},
        {"{,a}", "URI template, byte 1: an operator that RFC 6570 reserves"},
        {"{=a}", "URI template, byte 1: an operator that RFC 6570 reserves"},
        {"{|a}", "URI template, byte 1: an operator that RFC 6570 reserves"},
        {"{+}", "URI template, byte 2: a variable without a name"},
        {"{a b}", "URI template, byte 2: an unexpected character in variable \"a\""},
        {"{a*b}", "URI template, byte 3: an unexpected character in variable \"a\""},
        {"{a:0}", "URI template, byte 4: a prefix length that is not 1 to 9999"},
        {"{a:}", "URI template, byte 3: a prefix length that is not 1 to 9999"},
        {"{a:10000}", "URI template, byte 8: a prefix length that is not 1 to 9999"},
        {"{a{b}}", "URI template, byte 2: an unexpected character in variable \"a\""},
    };
    for (const auto& [pattern, message] : rows) {
        const auto parsed = uri_template::parse(pattern);
        ASSERT_TRUE(parsed.has_error()) << pattern;
        EXPECT_EQ(parsed.error().detail, message) << pattern;
    }
    for (const char* good : {"", "x", "{a-b}", "{a.b_c%20}", "{a:9999}", "{?a*,b:1,c}"})
        EXPECT_TRUE(uri_template::parse(good)) << good;
}

TEST(uri_template, size_is_bounded) {
    std::string many;
    for (std::size_t i = 0; i <= max_template_parts; ++i)
        many += "{a}";
    EXPECT_TRUE(uri_template::parse(many).has_error());
    std::string list = "{a";
    for (std::size_t i = 0; i < max_template_parts; ++i)
        list += ",a";
    EXPECT_TRUE(uri_template::parse(list + "}").has_error());
    EXPECT_TRUE(uri_template::parse(std::string(max_template_size + 1, 'a')).has_error());
    EXPECT_FALSE(fits("{+x}", std::string(max_template_uri + 1, 'a')));
    EXPECT_TRUE(fits("{+x}", std::string(max_template_uri, 'a')));
}

// A pattern that costs a backtracking matcher 2^128 steps.
TEST(uri_template, hostile_patterns_cost_no_more_than_their_size) {
    std::string pattern;
    for (std::size_t i = 0; i < max_template_parts / 2; ++i)
        pattern += "{+a}a";
    const std::string uri = std::string(max_template_uri - 1, 'a') + "b";
    const auto parsed = uri_template::parse(pattern);
    ASSERT_TRUE(parsed);
    const auto start = std::chrono::steady_clock::now();
    EXPECT_FALSE(parsed->matches(uri, template_match::strict));
    EXPECT_FALSE(parsed->matches(uri, template_match::lenient));
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

// A small expander as the oracle: what it makes of random templates and values, the matcher must take.
class expander {
public:
    explicit expander(std::mt19937& random) : random_(random) {}

    std::pair<std::string, std::string> make() {
        std::string pattern;
        std::string uri;
        for (unsigned parts = 1 + random_() % 4; parts > 0; --parts) {
            if (random_() % 2 == 0) {
                const std::string literal = pick({"a", "x://", "/", "?q=", "%20", "-b", "."});
                pattern += literal;
                uri += literal;
            } else {
                add_expression(pattern, uri);
            }
        }
        return {pattern, uri};
    }

private:
    std::string pick(std::vector<std::string> from) { return from[random_() % from.size()]; }

    std::string encoded(bool reserved) {
        const std::string common = pick({"", "a", "b1", "v-._~", "%20x", "%C3%A9", "zz"});
        return reserved ? common + pick({"", "/", "a,b", "?x=1", "#"}) : common;
    }

    void add_expression(std::string& pattern, std::string& uri) {
        static const std::string ops[] = {"", "+", "#", ".", "/", ";", "?", "&"};
        static const std::string firsts[] = {"", "", "#", ".", "/", ";", "?", "&"};
        static const std::string separators[] = {",", ",", ",", ".", "/", ";", "&", "&"};
        const auto op = random_() % 8;
        const bool named = op >= 5;
        pattern += "{" + ops[op];
        bool any = false;
        for (unsigned n = 1 + random_() % 3, i = 0; i < n; ++i) {
            const std::string name = std::string("v") + std::to_string(i);
            const bool explode = random_() % 3 == 0;
            pattern += (i > 0 ? "," : "") + name + (explode ? "*" : "");
            const auto values = random_() % 4; // none: undefined
            for (unsigned v = 0; v < values; ++v) {
                const std::string value = encoded(op == 1 || op == 2);
                const bool new_item = v == 0 || explode;
                uri += !new_item ? "," : any ? separators[op] : firsts[op];
                any = true;
                if (named && new_item)
                    uri += name + (value.empty() && values == 1 && op == 5 ? "" : "=");
                uri += value;
            }
        }
        pattern += "}";
    }

    std::mt19937& random_;
};

TEST(uri_template, matches_what_an_expander_makes) {
    std::mt19937 random(11);
    expander oracle(random);
    for (int i = 0; i < 20'000; ++i) {
        const auto [pattern, uri] = oracle.make();
        EXPECT_TRUE(fits(pattern, uri)) << pattern << " -> " << uri;
        if (testing::Test::HasFailure())
            return;
    }
}

} // namespace
} // namespace vmcp
