// Where a redirect leads, as far as it is followed.
#include "transport/http/redirect.hpp"

#include <gtest/gtest.h>

namespace transport {
namespace {

std::string target_of(std::string_view asked, std::string_view location) {
    return same_origin_target(vmcp::parse_url(asked).value(), location).value_or("nowhere");
}

TEST(redirect, within_the_origin) {
    constexpr std::string_view asked = "http://host:8080/a/mcp?x=1";
    struct row {
        std::string_view location;
        std::string_view target;
    };
    for (const auto& [location, target] : {
             row{"/a/mcp/", "/a/mcp/"},
             row{"/a/mcp/?y=2", "/a/mcp/?y=2"},
             row{"mcp/", "/a/mcp/"},
             row{"./mcp/", "/a/mcp/"},
             row{"../mcp", "/mcp"},
             row{"../../../mcp", "/mcp"},
             row{"/b/../c/./d", "/c/d"},
             row{"/b/c/..", "/b/"},
             row{"?y=2", "/a/mcp?y=2"},
             row{"#part", "/a/mcp"},
             row{"/b#part", "/b"},
             row{"http://host:8080/b", "/b"},
             row{"HTTP://HOST:8080/b", "/b"},
             row{"http://host:8080", "/"},
             row{"//host:8080/b", "/b"},
             row{"/b?to=http://else.where/", "/b?to=http://else.where/"},
         })
        EXPECT_EQ(target_of(asked, location), target) << location;
    EXPECT_EQ(target_of("http://host/mcp", "http://host:80/b"), "/b");
    EXPECT_EQ(target_of("https://host/mcp", "//host:443/b"), "/b");
    EXPECT_EQ(target_of("http://[::1]:80/mcp", "http://[0:0::1]/b"), "nowhere") << "spelled otherwise";
    EXPECT_EQ(target_of("http://[::1]:81/mcp", "/b"), "/b");
}

TEST(redirect, credentials_go_to_no_other_origin) {
    for (const std::string_view location :
         {"http://else.where:8080/a/mcp", "https://host:8080/a/mcp", "http://host/a/mcp",
          "http://host:8081/a/mcp", "//else.where/a/mcp", "http://host:8080@else.where/",
          "http://user:pw@host:8080/a", "ftp://host:8080/a", "mailto:a@b", "javascript:alert(1)", "http:/a",
          "http://", "//", "/a b", "/a\x01", "/%zz", ""})
        EXPECT_EQ(target_of("http://host:8080/a/mcp", location), "nowhere") << location;
    EXPECT_EQ(target_of("https://host/mcp", "http://host/mcp/"), "nowhere") << "not without TLS";
}

TEST(redirect, is_shown_without_user_info) {
    for (const auto& [location, shown] : {std::pair<std::string, std::string>{"http://u:p@h/x", "http://h/x"},
                                          {"//u@h", "//h"},
                                          {"https://u:p@x@h:1/a@b?c@d", "https://h:1/a@b?c@d"},
                                          {"http://h/a@b", "http://h/a@b"},
                                          {"/a@b", "/a@b"},
                                          {"/x?y=http://u@h/", "/x?y=http://u@h/"},
                                          {"", ""}})
        EXPECT_EQ(without_user_info(location), shown);
}

TEST(redirect, only_where_the_request_stays_as_it_was) {
    const auto asked = vmcp::parse_url("http://host/a").value();
    EXPECT_EQ(redirect_target(307, asked, "", "b/"), "/b/");
    EXPECT_EQ(redirect_target(308, asked, "/x/y", "b/"), "/x/b/") << "relative to where it was sent";
    for (const unsigned status : {200U, 300U, 301U, 302U, 303U, 304U, 404U})
        EXPECT_EQ(redirect_target(status, asked, "", "/b"), "") << status;
}

} // namespace
} // namespace transport
