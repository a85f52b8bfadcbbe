// outgoingAuth type aws_sts through the seam that requests ask: one role for many calls, each request signed.
#include "auth/aws/signature_v4.hpp"
#include "auth/digest.hpp"
#include "tests/unit/door/fake_issuer.hpp"
#include "vmcp/outgoing/make_credentials.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include <sys/stat.h>
#include <unistd.h>

namespace vmcp {
namespace {

using test::answer_of;
using test::fake_fetcher;
using testing::HasSubstr;
using testing::Not;
using given = result<std::shared_ptr<const credential>>;

const std::string sts = "https://sts.eu-west-1.amazonaws.com/";

std::string role_answer(const std::string& session) {
    return "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>"
           "<AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>secret-key</SecretAccessKey><SessionToken>" +
           session +
           "</SessionToken><Expiration>2199-01-01T00:00:00Z</Expiration>"
           "</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>";
}

backend_config definition() {
    backend_config out{.name = "b", .url = "http://127.0.0.1:9/mcp"};
    out.headers = {{"X-Fixed", "f"}};
    out.auth = {.type = auth_strategy::kind::aws_sts, .header_name = "Authorization"};
    out.auth.tokens.aws = {.region = "eu-west-1",
                           .fallback_role = "role-of-all",
                           .mappings = {{.claim = "admins", .role = "role-of-admins"}}};
    return out;
}

caller who_with(std::string token, std::string claims = R"({"sub":"alice"})") {
    return {.who = {.issuer = "i", .subject = "s"}, .claims = std::move(claims), .token = std::move(token)};
}

class aws_credentials_ : public testing::Test {
protected:
    aws_credentials_() { from->set(sts, answer_of(role_answer("session-1"))); }

    given ask(credential_source& source, const caller* who) { return home.run(source.credential_for(who)); }

    std::shared_ptr<fake_fetcher> from = std::make_shared<fake_fetcher>();
    credential_maker maker{from};
    fakes::one_worker home{};
};

std::map<std::string, std::string> signature(const credential& credential, std::string_view body) {
    const auto fields = credential.signer->sign({.method = "POST",
                                                 .authority = "127.0.0.1:9",
                                                 .target = "/mcp",
                                                 .content_type = "application/json",
                                                 .body = {&body, 1}});
    return {fields.begin(), fields.end()};
}

TEST_F(aws_credentials_, a_role_is_assumed_once_for_a_thousand_calls) {
    const auto source = maker.make(definition());
    const auto alice = who_with("alice-token");
    for (int i = 0; i < 1'000; ++i)
        ASSERT_TRUE(ask(*source, &alice));
    EXPECT_EQ(from->count(sts), 1u);
    const auto form = from->last(sts).post->body;
    EXPECT_THAT(form, HasSubstr("RoleArn=role-of-all&RoleSessionName=alice&DurationSeconds=3600"));
    EXPECT_THAT(form, HasSubstr("WebIdentityToken=alice-token"));
    const auto admin = who_with("root-token", R"({"sub":"root","groups":["admins"]})");
    const auto of_admin = ask(*source, &admin).value();
    EXPECT_EQ(from->count(sts), 2u);
    EXPECT_THAT(from->last(sts).post->body, HasSubstr("RoleArn=role-of-admins"));
    EXPECT_NE(of_admin->key, ask(*source, &alice).value()->key);
}

TEST_F(aws_credentials_, what_is_kept_is_at_hand) {
    const auto source = maker.make(definition());
    const auto alice = who_with("alice-token");
    EXPECT_EQ(source->at_hand(&alice), nullptr);
    const auto made = ask(*source, &alice).value();
    EXPECT_EQ(source->at_hand(&alice), made);
    const auto bob = who_with("bob-token");
    const caller nobody;
    EXPECT_EQ(source->at_hand(&bob), nullptr);
    EXPECT_EQ(source->at_hand(&nobody), nullptr);
    EXPECT_EQ(from->count(sts), 1u);
}

TEST_F(aws_credentials_, each_request_is_signed_with_what_was_given) {
    const auto source = maker.make(definition());
    const auto alice = who_with("alice-token");
    const auto credential = ask(*source, &alice).value();
    ASSERT_TRUE(credential->signer);
    EXPECT_EQ(credential->fields.size(), 1u) << "the configured header, and no secret";
    for (const auto* hidden : {"secret-key", "session-1"})
        EXPECT_THAT(credential->secrets, testing::Contains(hidden));
    auto fields = signature(*credential, "{\"a\":1}");
    EXPECT_EQ(fields["X-Amz-Security-Token"], "session-1");
    EXPECT_EQ(fields["X-Amz-Content-Sha256"], auth::hex_of(auth::bytes_of(auth::sha256("{\"a\":1}"))));
    EXPECT_THAT(fields["Authorization"],
                testing::AllOf(HasSubstr("/eu-west-1/aws-mcp/aws4_request, SignedHeaders=content-type;host;"
                                         "x-amz-content-sha256;x-amz-date;x-amz-security-token, "),
                               HasSubstr("Credential=ASIA1/"), Not(HasSubstr("secret"))));
    EXPECT_NE(signature(*credential, "{}")["Authorization"], fields["Authorization"]);
}

TEST_F(aws_credentials_, what_the_backend_refuses_is_assumed_anew) {
    const auto source = maker.make(definition());
    const auto alice = who_with("alice-token");
    const auto first = ask(*source, &alice).value();
    from->set(sts, answer_of(role_answer("session-2")));
    EXPECT_TRUE(source->refused(*first));
    EXPECT_EQ(signature(*ask(*source, &alice).value(), "")["X-Amz-Security-Token"], "session-2");
    EXPECT_EQ(from->count(sts), 2u);
}

TEST_F(aws_credentials_, who_gets_no_role_is_told_why_and_without_secrets) {
    auto strict = definition();
    strict.auth.tokens.aws.fallback_role.clear();
    const auto source = maker.make(strict);
    const auto alice = who_with("alice-token");
    EXPECT_EQ(ask(*source, &alice).error().code, errc::backend_unauthorized);
    EXPECT_THAT(ask(*source, &alice).error().detail, HasSubstr("no role is for this caller"));
    const caller nobody;
    EXPECT_THAT(ask(*source, &nobody).error().detail, HasSubstr("this caller has none"));
    EXPECT_EQ(from->count(sts), 0u);
    from->set(sts, answer_of("<ErrorResponse><Error><Code>InvalidIdentityToken</Code><Message>alice-token"
                             "</Message></Error></ErrorResponse>",
                             400));
    const auto refused = ask(*maker.make(definition()), &alice);
    EXPECT_EQ(refused.error().code, errc::backend_unauthorized);
    EXPECT_THAT(refused.error().detail, HasSubstr("InvalidIdentityToken"));
    EXPECT_THAT(refused.error().message(), Not(HasSubstr("alice-token")));
}

TEST_F(aws_credentials_, the_gateways_own_requests_are_signed_where_it_has_a_token) {
    const auto bare = maker.make(definition());
    const auto plain = ask(*bare, nullptr).value();
    EXPECT_FALSE(plain->signer);
    EXPECT_FALSE(bare->refused(*plain));
    EXPECT_EQ(from->count(sts), 0u);
    const auto path = std::filesystem::temp_directory_path() / ("vmcp-token-" + std::to_string(::getpid()));
    auto own = definition();
    own.auth.tokens.aws.own_token_path = path.string();
    const auto source = maker.make(own);
    const auto problem = [&] { return ask(*source, nullptr).error().detail; };
    EXPECT_THAT(problem(), HasSubstr("webIdentityTokenPath '" + path.string() + "': No such file"));
    std::ofstream(path) << " \n";
    EXPECT_THAT(problem(), HasSubstr("holds no token"));
    std::filesystem::remove(path);
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    EXPECT_THAT(problem(), HasSubstr("a pipe")) << "and no worker waits for it";
    std::filesystem::remove(path);
    std::ofstream(path) << "pod-token\n";
    const auto credential = ask(*source, nullptr);
    std::filesystem::remove(path);
    ASSERT_TRUE(credential) << credential.error().message();
    EXPECT_TRUE((*credential)->signer);
    EXPECT_TRUE(from->last(sts).post->body.ends_with(
        "RoleSessionName=vmcp&DurationSeconds=3600&WebIdentityToken=pod-token"));
}

} // namespace
} // namespace vmcp
