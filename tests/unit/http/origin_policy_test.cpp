// Who gets past the Origin and Host lists, above all who does not.
#include "transport/http/origin_policy.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string_view>

using transport::is_allowed_host;
using transport::is_allowed_origin;
using transport::origin_policy;
using transport::origin_verdict;

namespace {

const origin_policy loopback{};
const origin_policy reachable{.loopback_listener = false};

} // namespace

TEST(origin_policy, loopback_listener_lets_pages_of_this_machine_in) {
    for (const std::string_view origin :
         {"http://localhost", "http://localhost:6274", "https://localhost:8443", "http://127.0.0.1:1",
          "http://[::1]:6274", "http://[::1]", "HTTP://LOCALHOST"})
        EXPECT_TRUE(is_allowed_origin(origin, loopback)) << origin;
}

TEST(origin_policy, loopback_listener_keeps_everybody_else_out) {
    for (const std::string_view origin : {"",
                                          "null",
                                          "http://evil.example.com",
                                          "http://evil.example.com:4483",
                                          "http://localhost.evil.example.com",
                                          "http://evil-localhost",
                                          "http://localhost@evil.example.com",
                                          "http://localhost:80@evil.example.com",
                                          "http://localhost:",
                                          "http://localhost:x",
                                          "http://localhost:65536",
                                          "http://localhost:-1",
                                          "http://localhost/",
                                          "http://localhost:1/path",
                                          "http://localhost http://evil.example.com",
                                          "http://localhost,http://evil.example.com",
                                          "localhost",
                                          "//localhost",
                                          "://localhost",
                                          "ftp://localhost",
                                          "file://",
                                          "http://127.0.0.1.evil.example.com",
                                          "http://127.0.0.2",
                                          "http://0.0.0.0",
                                          "http://[::2]",
                                          "http://[::1",
                                          "http://::1",
                                          "http://[::1]evil",
                                          "http://[]",
                                          "http://localhost.",
                                          "http://localhost\t",
                                          " http://localhost",
                                          "http://localhost:*",
                                          "*"})
        EXPECT_FALSE(is_allowed_origin(origin, loopback)) << origin;
}

TEST(origin_policy, reachable_listener_allows_no_origin_that_is_not_listed) {
    EXPECT_FALSE(is_allowed_origin("http://localhost:6274", reachable));
    EXPECT_FALSE(is_allowed_origin("https://app.example.com", reachable));
}

TEST(origin_policy, list_is_compared_by_scheme_host_and_port) {
    const origin_policy policy{.allowed_origins = {"https://app.example.com", "http://dev.example.com:8080"}};
    for (const std::string_view origin : {"https://app.example.com", "https://APP.example.com",
                                          "https://app.example.com:443", "http://dev.example.com:8080"})
        EXPECT_TRUE(is_allowed_origin(origin, policy)) << origin;
    for (const std::string_view origin :
         {"http://app.example.com", "https://app.example.com:444", "https://app.example.com.evil.com",
          "https://xapp.example.com", "http://dev.example.com", "http://dev.example.com:80801",
          "http://localhost", "null"})
        EXPECT_FALSE(is_allowed_origin(origin, policy)) << origin;
}

TEST(origin_policy, list_entries_with_a_star) {
    const origin_policy any_port{.allowed_origins = {"http://localhost:*"}, .loopback_listener = false};
    EXPECT_TRUE(is_allowed_origin("http://localhost:1234", any_port));
    EXPECT_TRUE(is_allowed_origin("http://localhost", any_port));
    EXPECT_FALSE(is_allowed_origin("https://localhost:1234", any_port));
    EXPECT_FALSE(is_allowed_origin("http://localhostx:1234", any_port));

    const origin_policy anybody{.allowed_origins = {"*"}};
    EXPECT_TRUE(is_allowed_origin("http://evil.example.com", anybody));
    EXPECT_TRUE(is_allowed_origin("null", anybody));
}

TEST(origin_policy, opaque_origin_only_where_listed) {
    const origin_policy policy{.allowed_origins = {"null"}};
    EXPECT_TRUE(is_allowed_origin("null", policy));
    EXPECT_FALSE(is_allowed_origin("http://localhost", policy));
}

TEST(host_policy, loopback_listener_answers_to_its_own_names_only) {
    for (const std::string_view host : {"localhost", "localhost:4483", "LocalHost:4483", "127.0.0.1",
                                        "127.0.0.1:4483", "[::1]", "[::1]:4483"})
        EXPECT_TRUE(is_allowed_host(host, loopback)) << host;
    for (const std::string_view host :
         {"", "evil.example.com", "evil.example.com:4483", "localhost.evil.example.com",
          "localhost:", "localhost:x", "localhost:99999", "localhost:1:2", "localhost@evil.example.com",
          "localhost, evil.example.com", "::1", "[::1]x", "127.0.0.1.evil.example.com", "0.0.0.0",
          "localhost.", "localhost:*", "*"})
        EXPECT_FALSE(is_allowed_host(host, loopback)) << host;
}

TEST(host_policy, reachable_listener_answers_to_every_name_until_there_is_a_list) {
    EXPECT_TRUE(is_allowed_host("mcp.example.com", reachable));
    EXPECT_TRUE(is_allowed_host("10.0.0.7:8080", reachable));

    const origin_policy listed{
        .allowed_hosts = {"mcp.example.com", "other.example.com:8443", "[2001:db8::1]"},
        .loopback_listener = false};
    for (const std::string_view host :
         {"mcp.example.com", "MCP.example.com:1", "other.example.com:8443", "[2001:db8::1]:9"})
        EXPECT_TRUE(is_allowed_host(host, listed)) << host;
    for (const std::string_view host :
         {"other.example.com", "other.example.com:8444", "xmcp.example.com", "localhost", ""})
        EXPECT_FALSE(is_allowed_host(host, listed)) << host;
}

TEST(host_policy, a_list_replaces_the_loopback_names) {
    const origin_policy listed{.allowed_hosts = {"vmcp.test"}};
    EXPECT_TRUE(is_allowed_host("vmcp.test:80", listed));
    EXPECT_FALSE(is_allowed_host("localhost", listed));

    const origin_policy any{.allowed_hosts = {"*"}};
    EXPECT_TRUE(is_allowed_host("evil.example.com", any));
}

TEST(origin_and_host, are_both_needed) {
    using transport::check_origin_and_host;
    EXPECT_EQ(check_origin_and_host(std::nullopt, "localhost:1", loopback), origin_verdict::allowed);
    EXPECT_EQ(check_origin_and_host("http://localhost:1", "localhost:1", loopback), origin_verdict::allowed);
    EXPECT_EQ(check_origin_and_host("http://evil.example.com", "localhost:1", loopback),
              origin_verdict::origin_refused);
    EXPECT_EQ(check_origin_and_host("", "localhost:1", loopback), origin_verdict::origin_refused);
    EXPECT_EQ(check_origin_and_host(std::nullopt, "evil.example.com", loopback),
              origin_verdict::host_refused);
    // What a page on a rebound name sends: both fields agree with each other.
    EXPECT_EQ(check_origin_and_host("http://evil.example.com:1", "evil.example.com:1", loopback),
              origin_verdict::host_refused);
    EXPECT_EQ(check_origin_and_host("http://evil.example.com:1", "evil.example.com:1", reachable),
              origin_verdict::origin_refused);
}
