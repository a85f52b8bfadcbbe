// Signature Version 4 against the figures that AWS publishes: its test suite, and the example of its documentation.
#include "auth/aws/signature_v4.hpp"

#include "auth/digest.hpp"

#include <gtest/gtest.h>

namespace auth {
namespace {

using field = std::pair<std::string_view, std::string_view>;

constexpr std::string_view session_token =
    "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflf"
    "KD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd"
    "8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3i"
    "SIlTJabIQwj2ICCR/oLxBA==";

// A case of the suite. Host and X-Amz-Date are of all of them.
struct suite_case {
    std::string_view name;
    std::string_view method;
    std::string_view target;
    std::vector<field> fields;
    std::string_view body;
    std::string_view names;
    std::string_view signature;
};

const suite_case suite[] = {
    {"get-vanilla",
     "GET",
     "/",
     {},
     "",
     "host;x-amz-date",
     "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    {"get-vanilla-query-order-key-case",
     "GET",
     "/?Param2=value2&Param1=value1",
     {},
     "",
     "host;x-amz-date",
     "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
    {"get-vanilla-query-unreserved",
     "GET",
     "/?-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz="
     "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
     {},
     "",
     "host;x-amz-date",
     "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"},
    {"get-header-value-trim",
     "GET",
     "/",
     {{"My-Header1", " value1"}, {"My-Header2", " \"a   b   c\""}},
     "",
     "host;my-header1;my-header2;x-amz-date",
     "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
    {"get-header-key-duplicate",
     "GET",
     "/",
     {{"My-Header1", "value2"}, {"My-Header1", "value2"}, {"My-Header1", "value1"}},
     "",
     "host;my-header1;x-amz-date",
     "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"},
    {"get-header-value-order",
     "GET",
     "/",
     {{"My-Header1", "value4"}, {"My-Header1", "value1"}, {"My-Header1", "value3"}, {"My-Header1", "value2"}},
     "",
     "host;my-header1;x-amz-date",
     "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01"},
    {"get-utf8",
     "GET",
     "/\xE1\x88\xB4",
     {},
     "",
     "host;x-amz-date",
     "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
    {"get-vanilla-utf8-query",
     "GET",
     "/?\xE1\x88\xB4=bar",
     {},
     "",
     "host;x-amz-date",
     "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"},
    {"post-vanilla",
     "POST",
     "/",
     {},
     "",
     "host;x-amz-date",
     "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
    {"post-x-www-form-urlencoded",
     "POST",
     "/",
     {{"Content-Type", "application/x-www-form-urlencoded"}},
     "Param1=value1",
     "content-type;host;x-amz-date",
     "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
    {"post-header-key-sort",
     "POST",
     "/",
     {{"My-Header1", "value1"}},
     "",
     "host;my-header1;x-amz-date",
     "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"},
    {"post-vanilla-query",
     "POST",
     "/?Param1=value1",
     {},
     "",
     "host;x-amz-date",
     "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11"},
    {"post-sts-header-before",
     "POST",
     "/",
     {{"X-Amz-Security-Token", session_token}},
     "",
     "host;x-amz-date;x-amz-security-token",
     "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"},
};

// 2015-08-30T12:36:00Z.
const wall_time then{std::chrono::seconds(1'440'938'160)};
const aws_keys keys{.access_key = "AKIDEXAMPLE", .secret_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"};

TEST(signature_v4, is_that_of_the_test_suite) {
    for (const auto& one : suite) {
        std::vector<field> fields{{"Host", "example.amazonaws.com"}, {"X-Amz-Date", "20150830T123600Z"}};
        fields.insert(fields.end(), one.fields.begin(), one.fields.end());
        const auto digest = hex_of(bytes_of(sha256(one.body)));
        const auto made = authorization_v4(
            {.method = one.method, .target = one.target, .fields = fields, .body_digest = digest}, keys,
            {.region = "us-east-1", .service = "service"}, then);
        EXPECT_EQ(made, "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
                        "SignedHeaders=" +
                            std::string(one.names) + ", Signature=" + std::string(one.signature))
            << one.name;
    }
}

TEST(signature_v4, is_that_of_the_documentation) {
    const std::vector<field> fields{{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"},
                                    {"Host", "iam.amazonaws.com"},
                                    {"X-Amz-Date", "20150830T123600Z"}};
    const auto nothing = hex_of(bytes_of(sha256("")));
    const aws_request request{.method = "GET",
                              .target = "/?Action=ListUsers&Version=2010-05-08",
                              .fields = fields,
                              .body_digest = nothing};
    EXPECT_EQ(hex_of(bytes_of(sha256(canonical_request(request).text))),
              "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59");
    const auto made = authorization_v4(request, keys, {.region = "us-east-1", .service = "iam"}, then);
    EXPECT_TRUE(made.ends_with("Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"))
        << made;
}

TEST(signature_v4, a_path_is_encoded_once_more_than_it_is_sent) {
    const auto text = [](std::string_view target) {
        return canonical_request({.method = "GET", .target = target, .fields = {}, .body_digest = "d"}).text;
    };
    EXPECT_EQ(text("/a%20b/c?d=%2f&a&=x&b=%"), "GET\n/a%2520b/c\n=x&a=&b=%25&d=%2F\n\n\nd");
    EXPECT_EQ(text("/mcp"), "GET\n/mcp\n\n\n\nd");
}

TEST(signature_v4, times_are_utc) {
    EXPECT_EQ(aws_time(then), "20150830T123600Z");
    EXPECT_EQ(aws_time(wall_time{}), "19700101T000000Z");
}

} // namespace
} // namespace auth
