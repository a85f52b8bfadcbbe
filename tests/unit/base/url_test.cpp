// parse_url: what a URL means, and everything it refuses.
#include "vmcp/base/url.hpp"

#include <gtest/gtest.h>

namespace vmcp {
namespace {

url parsed(std::string_view text) {
    auto out = parse_url(text);
    EXPECT_TRUE(out.has_value()) << text << ": " << (out ? "" : out.error().detail);
    return out ? *out : url{};
}

std::string refused(std::string_view text) {
    auto out = parse_url(text);
    EXPECT_FALSE(out.has_value()) << text;
    return out ? "" : out.error().detail;
}

TEST(url, reads_scheme_host_port_and_target) {
    EXPECT_EQ(parsed("http://127.0.0.1:9101/mcp?x=1"),
              (url{false, "127.0.0.1", 9101, "/mcp?x=1", "127.0.0.1:9101"}));
    EXPECT_EQ(parsed("https://Example.COM/A%2fb"), (url{true, "example.com", 443, "/A%2fb", "example.com"}));
    EXPECT_EQ(parsed("HTTP://h"), (url{false, "h", 80, "/", "h"}));
    EXPECT_EQ(parsed("http://h:80/"), (url{false, "h", 80, "/", "h"}));
    EXPECT_EQ(parsed("https://h:80"), (url{true, "h", 80, "/", "h:80"}));
    EXPECT_EQ(parsed("http://h?q"), (url{false, "h", 80, "/?q", "h"}));
    EXPECT_EQ(parsed("http://a_b-c.svc.cluster.local."),
              (url{false, "a_b-c.svc.cluster.local.", 80, "/", "a_b-c.svc.cluster.local."}));
}

TEST(url, reads_ipv6) {
    EXPECT_EQ(parsed("http://[::1]:8080/mcp"), (url{false, "::1", 8080, "/mcp", "[::1]:8080"}));
    EXPECT_EQ(parsed("https://[2001:DB8::A]"), (url{true, "2001:db8::a", 443, "/", "[2001:db8::a]"}));
}

TEST(url, prints_its_normal_form) {
    EXPECT_EQ(parsed("HTTPS://H:443").text(), "https://h/");
    EXPECT_EQ(parsed("http://[::1]:81/a?b").text(), "http://[::1]:81/a?b");
    EXPECT_EQ(parsed(parsed("http://H:81/x").text()), parsed("http://h:81/x"));
}

TEST(url, compares_origins) {
    EXPECT_TRUE(parsed("http://h/a").same_origin(parsed("http://H:80/b")));
    EXPECT_FALSE(parsed("http://h/").same_origin(parsed("https://h/")));
    EXPECT_FALSE(parsed("http://h/").same_origin(parsed("http://h:81/")));
    EXPECT_FALSE(parsed("http://h/").same_origin(parsed("http://g/")));
}

TEST(url, refuses_with_a_reason) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"", "http://"},
        {"h/x", "http://"},
        {"ftp://h/", "http://"},
        {"http:/h", "http://"},
        {"http:///x", "host is missing"},
        {"http://:80/", "host is missing"},
        {"http://u:p@h/", "user information"},
        {"http://h/#f", "fragment"},
        {"http://h#f", "fragment"},
        {"http://h:0/", "port"},
        {"http://h:65536/", "port"},
        {"http://h:/", "port"},
        {"http://h:8o/", "port"},
        {"http://h:+8/", "port"},
        {"http://h:1:2/", "port"},
        {"http://::1/", "host is missing"},
        {"http://[::1/", "']'"},
        {"http://[::g]/", "IPv6"},
        {"http://[::1]x/", "only a port"},
        {"http://[fe80::1%25eth0]/", "zone"},
        {"http://h h/", "letters"},
        {"http://h%41/", "letters"},
        {"http://a..b/", "empty part"},
        {"http://./", "empty part"},
        {"http://-a/", "'-'"},
        {"http://127.1/", "IPv4"},
        {"http://256.0.0.1/", "IPv4"},
        {"http://2130706433/", "IPv4"},
        {"http://0x7f.1/", "IPv4"},
        {"http://1.0x7f/", "IPv4"},
        {"http://h/a b", "percent-encoded"},
        {"http://h/\n", "percent-encoded"},
        {"http://h/\xc3\xa9", "percent-encoded"},
        {"http://h/%4", "hexadecimal"},
        {"http://h/%zz", "hexadecimal"},
        {"http://h/a\"b", "percent-encoded"},
        {"http://h\\x/", "letters"},
    };
    for (const auto& [text, reason] : cases)
        EXPECT_NE(refused(text).find(reason), std::string::npos) << text << " -> " << refused(text);
}

TEST(url, never_repeats_user_information) {
    EXPECT_EQ(refused("http://me:hunter2@h/").find("hunter2"), std::string::npos);
}

TEST(url, bounds_length_and_bytes) {
    EXPECT_NE(refused(std::string_view("http://[::1\0]/", 14)).find("IPv6"), std::string::npos);
    EXPECT_NE(refused("http://" + std::string(254, 'a') + "/").find("253"), std::string::npos);
    EXPECT_NE(refused("http://" + std::string(64, 'a') + "/").find("63"), std::string::npos);
    EXPECT_NE(refused("http://h/" + std::string(9000, 'a')).find("8192"), std::string::npos);
}

} // namespace
} // namespace vmcp
