// What AWS's token service says, read strictly, and who gets which role.
#include "auth/aws/sts_answer.hpp"

#include "auth/aws/roles.hpp"
#include "auth/aws/xml_texts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace auth {
namespace {

using testing::HasSubstr;
using testing::Not;

fetch_result answer(std::string body, unsigned status = 200) {
    fetch_result out;
    out.status = status;
    out.body = std::move(body);
    return out;
}

std::string credentials(std::string_view inside) {
    return R"(<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult>
    <SubjectFromWebIdentityToken>alice</SubjectFromWebIdentityToken>
    <Credentials>)" +
           std::string(inside) + R"(</Credentials>
  </AssumeRoleWithWebIdentityResult>
  <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>
</AssumeRoleWithWebIdentityResponse>)";
}

const std::string good = "<SessionToken>s//t==</SessionToken><SecretAccessKey>k&amp;x</SecretAccessKey>"
                         "<Expiration>2026-11-26T23:00:00Z</Expiration><AccessKeyId>ASIA1</AccessKeyId>";

TEST(sts_answer, credentials_are_read) {
    const auto read = read_role_answer(answer("<?xml version=\"1.0\"?>\n" + credentials(good)), {});
    ASSERT_TRUE(read) << read.error().text;
    EXPECT_EQ(read->keys, (aws_keys{"ASIA1", "k&x", "s//t=="}));
    EXPECT_EQ(read->expiry, wall_time(std::chrono::seconds(1'795'734'000)));
}

TEST(sts_answer, what_lacks_something_is_none) {
    for (const auto* part : {"SessionToken", "SecretAccessKey", "Expiration", "AccessKeyId"}) {
        auto text = credentials(good);
        for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1))
            text[at] = 'X';
        const auto read = read_role_answer(answer(text), {});
        ASSERT_FALSE(read) << part;
        EXPECT_FALSE(read.error().refused);
        EXPECT_THAT(read.error().text, Not(HasSubstr("k&x")));
    }
    EXPECT_FALSE(read_role_answer(answer(credentials(good + good)), {})) << "twice";
}

TEST(sts_answer, a_refusal_is_told_in_aws_words_without_the_token) {
    const std::vector<std::string> secrets{"alice-token"};
    const auto refused = read_role_answer(
        answer("<ErrorResponse xmlns=\"x\"><Error><Type>Sender</Type><Code>ExpiredTokenException</Code>"
               "<Message>Token alice-token expired</Message></Error><RequestId>r</RequestId></ErrorResponse>",
               400),
        secrets);
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error().refused);
    EXPECT_EQ(refused.error().text, "AWS's token service refused (status 400): ExpiredTokenException");
    EXPECT_EQ(refused.error().words, "Token *** expired") << "for operators";
    const auto busy =
        read_role_answer(answer("<ErrorResponse><Error><Code>c</Code></Error></ErrorResponse>", 503), {});
    EXPECT_FALSE(busy.error().refused);
    fetch_result none;
    none.error = "connection refused";
    EXPECT_THAT(read_role_answer(none, {}).error().text, HasSubstr("cannot be asked: connection refused"));
    EXPECT_THAT(read_role_answer(answer("", 302), {}).error().text, HasSubstr("redirects"));
    EXPECT_THAT(read_role_answer(answer("{}"), {}).error().text, HasSubstr("no XML"));
    EXPECT_THAT(read_role_answer(answer(std::string(max_sts_answer + 1, ' ')), {}).error().text,
                HasSubstr("too long"));
}

TEST(xml_texts, reads_elements_that_hold_texts) {
    const auto read =
        read_xml("<a:r xmlns:a='u' b=\"c\"><x>1 &lt;&#65;&#x42;</x><y/><z ><x>2</x></z>\n</a:r> ");
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, (xml_texts{{"r/x", "1 <AB"}, {"r/y", ""}, {"r/z/x", "2"}}));
    EXPECT_EQ(text_at(*read, "r/x"), "1 <AB");
    EXPECT_EQ(text_at(*read, "r/q"), "");
}

TEST(xml_texts, refuses_what_others_could_read_differently) {
    for (const std::string text : {"",
                                   " ",
                                   "<a>",
                                   "<a></b>",
                                   "<a/><a/>",
                                   "<a>x<b/></a>",
                                   "<a><b/>x</a>",
                                   "<a b></a>",
                                   "<a b=c/>",
                                   "<a b='<'/>",
                                   "<!DOCTYPE a><a/>",
                                   "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
                                   "<a>&x;</a>",
                                   "<a>&#0;</a>",
                                   "<a>&#x1F600;</a>",
                                   "<a>&amp</a>",
                                   "<a><![CDATA[x]]></a>",
                                   "<a><?p q?></a>",
                                   "<a><!-- c --></a>",
                                   "<a>\x01</a>",
                                   "<a",
                                   "<a><b></a></b>",
                                   "<1/>",
                                   "<?xml version='1.0'",
                                   "<a>x</a>y"})
        EXPECT_FALSE(read_xml(text)) << text;
    std::string open;
    std::string close;
    for (unsigned i = 0; i < max_xml_depth; ++i) {
        open += "<a>";
        close += "</a>";
    }
    EXPECT_TRUE(read_xml(open + close));
    EXPECT_FALSE(read_xml(open + "<a></a>" + close));
    std::string many = "<r>";
    for (std::size_t i = 0; i < max_xml_elements; ++i)
        many += "<a/>";
    EXPECT_FALSE(read_xml(many + "</r>"));
}

TEST(sts_answer, times_are_those_of_iso_8601) {
    EXPECT_EQ(read_iso_time("1970-01-01T00:00:10Z"), wall_time(std::chrono::seconds(10)));
    EXPECT_EQ(read_iso_time("2024-02-29T00:00:00.123Z"), wall_time(std::chrono::seconds(1'709'164'800)));
    for (const auto* text :
         {"", "2023-02-29T00:00:00Z", "2024-02-29T24:00:00Z", "2024-02-29 00:00:00Z", "2024-02-29T00:00:00",
          "2024-02-29T00:00:00+01:00", "2024-0a-29T00:00:00Z", "2024-02--9T00:00:00Z", "1969-12-31T00:00:00Z",
          "2999-01-01T00:00:00Z", "2024-02-29T00:00:00.xZ"})
        EXPECT_FALSE(read_iso_time(text)) << text;
}

TEST(sts_request, is_a_form) {
    EXPECT_EQ(assume_role_form(
                  {.role = "arn:aws:iam::1:role/r", .session_name = "a@b", .token = "t.t", .seconds = 900}),
              "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr&"
              "RoleSessionName=a%40b&DurationSeconds=900&WebIdentityToken=t.t");
    EXPECT_EQ(sts_url_of("eu-central-1"), "https://sts.eu-central-1.amazonaws.com/");
    EXPECT_EQ(sts_url_of("cn-north-1"), "https://sts.cn-north-1.amazonaws.com.cn/");
}

vmcp::aws_strategy strategy() {
    return {.fallback_role = "fallback",
            .mappings = {{.claim = "b", .role = "role-b"},
                         {.claim = "c", .role = "role-c", .priority = 7},
                         {.claim = "d", .role = "role-d", .priority = 7},
                         {.claim = "e", .role = "role-e", .priority = 1}}};
}

TEST(roles, the_mapping_with_the_lowest_number_counts) {
    const auto by = strategy();
    const auto role = [&](std::string_view claims) { return role_for(by, claims).value(); };
    EXPECT_EQ(role(R"({"groups":["x","b"]})"), "role-b");
    EXPECT_EQ(role(R"({"groups":["b","d","c"]})"), "role-c") << "the first of two with the same number";
    EXPECT_EQ(role(R"({"groups":["c","e"]})"), "role-e");
    EXPECT_EQ(role(R"({"groups":"d"})"), "role-d");
    EXPECT_EQ(role(R"({"groups":["bb"]})"), "fallback");
    EXPECT_EQ(role(R"({"groups":7})"), "fallback");
    EXPECT_EQ(role("{}"), "fallback");
    auto strict = by;
    strict.fallback_role.clear();
    EXPECT_THAT(role_for(strict, "{}").error().text, HasSubstr("no role is for this caller"));
    strict.role_claim = "realm_access.roles";
    EXPECT_EQ(role_for(strict, R"({"realm_access":{"roles":["b"]}})").value(), "role-b");
    EXPECT_EQ(role_for(strict, R"({"realm_access.roles":["c"],"realm_access":{"roles":["b"]}})").value(),
              "role-c");
}

TEST(roles, sessions_are_named_as_aws_takes_it) {
    const auto name = [](std::string_view claims) { return session_name_for(strategy(), claims); };
    EXPECT_EQ(name(R"({"sub":"alice@example.com"})").value(), "alice@example.com");
    const auto one = name(R"({"sub":"auth0|5"})").value();
    const auto two = name(R"({"sub":"auth0/5"})").value();
    EXPECT_TRUE(one.starts_with("auth0-5-") && two.starts_with("auth0-5-"));
    EXPECT_NE(one, two);
    EXPECT_EQ(name("{\"sub\":\"" + std::string(100, 'a') + "\"}").value().size(), 64u);
    EXPECT_GE(name(R"({"sub":"a"})").value().size(), 2u);
    EXPECT_FALSE(name("{}"));
    EXPECT_FALSE(name(R"({"sub":["a","b"]})"));
}

} // namespace
} // namespace auth
