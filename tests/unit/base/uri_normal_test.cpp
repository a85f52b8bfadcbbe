// URIs that are spelled differently and are the same.
#include "vmcp/base/uri_normal.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace vmcp {
namespace {

TEST(uri_normal, spells_what_means_the_same_alike) {
    const std::vector<std::pair<const char*, const char*>> rows{
        {"HTTP://Example.COM/Path", "http://example.com/Path"},
        {"ui://Widget/%7euser", "ui://widget/~user"},
        {"file:///A%2fb%3a", "file:///A%2Fb%3A"}, // what is reserved stays encoded
        {"r:%41%c3%a9", "r:A%C3%A9"},
        {"http://User@Host/", "http://User@host/"},
        {"http://[::A]:81?Q=1#F", "http://[::a]:81/?Q=1#F"},
        {"https://h:443/x", "https://h/x"},
        {"ui://h:443/x", "ui://h:443/x"},
        {"http:\\\\H\\x?\\", "http://h/x?%5C"},
        {"x:\\", "x:%5C"},
        {"file://LOCALHOST/x", "file:///x"},
        {"ui://localhost/x", "ui://localhost/x"},
        {"file:x", "file:///x"},
        {"file:/x", "file:///x"},
        {"file:////x", "file:////x"},
        {" file:///a\tb\n ", "file:///ab"},
        {"file:///a b\"{c}\xc3\xa9", "file:///a%20b%22%7Bc%7D%C3%A9"},
        {"file:///a/./b/../c", "file:///a/c"},
        {"file:///../%2e%2E/a/%2e", "file:///a/"},
        {"ui://h/a/..", "ui://h/"},
        {"ui://h/a//b?../c#../d", "ui://h/a//b?../c#../d"},
        {"x:/a/../b", "x:/b"},
        {"x:a/../b", "x:a/../b"},     // no path from the root: parsers leave it as it is
        {"x:/a/..//b", "x:/a/..//b"}, // else "b" would be a host
        {"R:x", "r:x"},
        {"mcp+B:UI://x", "mcp+b:UI://x"},
        {"x:%", "x:%"},
        {"x:%4", "x:%4"},
        {"x:%zz", "x:%zz"},
        {"x:%2", "x:%2"},
        {"no uri", "no uri"},
        {"1a:%41", "1a:%41"},
        {":%41", ":%41"},
        {"", ""},
    };
    for (const auto& [uri, normal] : rows) {
        EXPECT_EQ(normal_uri(uri), normal);
        EXPECT_EQ(normal_uri(normal), normal) << "nothing is left to do";
        EXPECT_TRUE(same_uri(uri, normal));
    }
    EXPECT_FALSE(same_uri("r:A", "r:a"));
    EXPECT_FALSE(same_uri("r:%2F", "r:/"));
}

} // namespace
} // namespace vmcp
