// What came instead of a document, how long one may be used, and how long to wait after a failure.
#include "auth/endpoint_url.hpp"
#include "auth/fetch.hpp"

#include <gtest/gtest.h>

#include <string>

namespace auth {
namespace {

using namespace std::chrono_literals;

std::string problem(const fetch_result& from) {
    const auto found = document_of(from);
    return found ? "" : found.error().text;
}

TEST(fetch, only_a_whole_200_is_a_document) {
    EXPECT_EQ(document_of({.status = 200, .body = "{}"}).value(), "{}");
    EXPECT_EQ(problem({.error = "connection refused"}), "no answer: 'connection refused'");
    EXPECT_EQ(problem({.status = 302, .location = "http://10.0.0.1/"}),
              "it redirects to 'http://10.0.0.1/', which is not followed");
    EXPECT_EQ(problem({.status = 500, .body = "{}"}), "it answered with status 500");
    EXPECT_EQ(problem({.status = 204}), "it answered with status 204");
    EXPECT_EQ(problem({.status = 200, .body = "{}", .truncated = true}), "its answer is longer than 512 KiB");
    EXPECT_EQ(problem({.status = 200, .body = std::string(max_document, ' ')}), "");
    EXPECT_EQ(problem({.status = 200, .body = std::string(max_document + 1, ' ')}),
              "its answer is longer than 512 KiB");
}

TEST(fetch, freshness_is_max_age_within_bounds) {
    EXPECT_EQ(freshness(""), 15min);
    EXPECT_EQ(freshness("max-age=600"), 600s);
    EXPECT_EQ(freshness("public, Max-Age=600, must-revalidate"), 600s);
    EXPECT_EQ(freshness("max-age=\"600\""), 600s);
    EXPECT_EQ(freshness("max-age=1"), 5min);
    EXPECT_EQ(freshness("max-age=0"), 5min);
    EXPECT_EQ(freshness("max-age=3600"), 1h);
    EXPECT_EQ(freshness("max-age=86400"), 1h);
    EXPECT_EQ(freshness("max-age=99999999999999999999"), 1h);
    EXPECT_EQ(freshness("no-store, max-age=3600"), 5min);
    EXPECT_EQ(freshness("private,no-cache"), 5min);
    EXPECT_EQ(freshness("public"), 15min);
    for (const std::string_view odd : {"max-age", "max-age=", "max-age=-5", "max-age=abc", "max-age=600x",
                                       "max-age= 600", "s-maxage=600", ",,,", "xmax-age=600", "max-age=\"\""})
        EXPECT_EQ(freshness(odd), 15min) << odd;
}

TEST(fetch, pauses_grow) {
    EXPECT_EQ(retry_pause(0), 500ms);
    EXPECT_EQ(retry_pause(1), 500ms);
    EXPECT_EQ(retry_pause(2), 1s);
    EXPECT_EQ(retry_pause(3), 2s);
    EXPECT_EQ(retry_pause(4), 5s);
    EXPECT_EQ(retry_pause(5), 10s);
    EXPECT_EQ(retry_pause(6), 30s);
    EXPECT_EQ(retry_pause(4'000'000'000), 30s);
}

TEST(endpoint_url, is_https_or_loopback) {
    EXPECT_TRUE(read_endpoint("https://issuer.example/keys", false));
    EXPECT_TRUE(read_endpoint("http://localhost:8080/keys", false));
    EXPECT_TRUE(read_endpoint("http://127.0.0.1/keys", false));
    EXPECT_TRUE(read_endpoint("http://127.9.9.9/keys", false));
    EXPECT_TRUE(read_endpoint("http://[::1]/keys", false));
    EXPECT_TRUE(read_endpoint("http://issuer.example/keys", true));
    EXPECT_EQ(read_endpoint("http://issuer.example/keys", false).error().text,
              "the URL must start with https://");
    for (const std::string_view text :
         {"http://127.0.0.1.example/", "http://localhost.example/", "http://128.0.0.1/", "http://[::2]/"})
        EXPECT_FALSE(read_endpoint(text, false)) << text;
    for (const std::string_view text :
         {"ftp://localhost/", "file:///etc/passwd", "", "https://a@b/", "https://a/#f"})
        EXPECT_FALSE(read_endpoint(text, true)) << text;
}

} // namespace
} // namespace auth
