// Wrapped URIs lead back to what they wrap.
#include "vmcp/catalog/uri_wrap.hpp"

#include <gtest/gtest.h>

#include <regex>

namespace vmcp {
namespace {

TEST(uri_wrap, is_readable_where_the_name_fits_a_scheme) {
    const uri_wrapper wrapper({"github", "a.b-c"});
    EXPECT_EQ(wrapper.wrap(0, "ui://widget"), "mcp+github:ui://widget");
    EXPECT_EQ(wrapper.wrap(1, "x"), "mcp+a.b-c:x");
}

TEST(uri_wrap, every_backend_has_a_valid_scheme_of_its_own_that_leads_back) {
    const std::vector<std::string> names{"a", "A", "a_b", "a-b", "a b", "a/b", "é", "", "0"};
    const uri_wrapper wrapper(names);
    const std::regex rule("^[a-z][a-z0-9+.-]*:x:y$");
    for (std::uint32_t i = 0; i < names.size(); ++i) {
        std::string wrapped = wrapper.wrap(i, "x:y");
        EXPECT_TRUE(std::regex_match(wrapped, rule)) << wrapped;
        auto back = wrapper.unwrap(wrapped);
        ASSERT_TRUE(back) << wrapped;
        EXPECT_EQ(back->first, i);
        EXPECT_EQ(back->second, "x:y");
        // Schemes have no case, and there are clients that change it.
        for (char& c : wrapped)
            if (c == ':')
                break;
            else if (c >= 'a' && c <= 'z')
                c = static_cast<char>(c - 32);
        back = wrapper.unwrap(wrapped);
        ASSERT_TRUE(back) << wrapped;
        EXPECT_EQ(back->first, i);
    }
}

TEST(uri_wrap, a_made_up_scheme_avoids_the_name_of_another_backend) {
    const std::string made_up = uri_wrapper({"A"}).wrap(0, "");
    const std::string name = made_up.substr(4, made_up.size() - 5);
    const uri_wrapper wrapper({"A", name});
    EXPECT_EQ(wrapper.wrap(1, "x"), "mcp+" + name + ":x");
    EXPECT_EQ(wrapper.unwrap(wrapper.wrap(0, "x"))->first, 0U);
    EXPECT_EQ(wrapper.unwrap(wrapper.wrap(1, "x"))->first, 1U);
}

TEST(uri_wrap, unwraps_nothing_else) {
    const uri_wrapper wrapper({"a"});
    for (const char* uri : {"", "a", "a:x", "mcp+", "mcp+:", "mcp+b:x", "mcp+a", "mcp+aa:x", "xmcp+a:x"})
        EXPECT_FALSE(wrapper.unwrap(uri)) << uri;
    EXPECT_EQ(wrapper.unwrap("mcp+a:")->second, "");
}

TEST(uri_wrap, leaves_the_web_alone) {
    EXPECT_FALSE(uri_wrapper::wrappable("https://x"));
    EXPECT_FALSE(uri_wrapper::wrappable("HTTP://x"));
    EXPECT_TRUE(uri_wrapper::wrappable("httpx://x"));
    EXPECT_TRUE(uri_wrapper::wrappable("file:///x"));
    EXPECT_TRUE(uri_wrapper::wrappable(""));
}

} // namespace
} // namespace vmcp
