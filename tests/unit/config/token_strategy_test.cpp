// The strategies of outgoingAuth that get tokens: what belongs together.
#include "config_fixture.hpp"

#include <gmock/gmock.h>

namespace vmcp {
namespace {

using test::world;
using testing::HasSubstr;

std::string with(std::string_view strategy) {
    return std::string(test::one_backend) + "outgoingAuth: {default: " + std::string(strategy) + "}\n";
}

world machine() {
    return {.variables = {{"S", "from-env"}}, .files = {{"/k.pem", std::string(test::key_pem)}}};
}

TEST(token_strategy, what_belongs_together) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"{type: token_exchange}", "outgoingAuth.default.tokenExchange: required by type token_exchange"},
        {"{type: xaa}", "default.xaa: required by type xaa"},
        {"{type: unauthenticated, tokenExchange: {tokenUrl: 'https://a/t'}}",
         "tokenExchange: has no effect with this type; write 'type: token_exchange'"},
        {"{type: token_exchange, tokenExchange: {}}",
         "tokenExchange: give tokenUrl, or issuer: without them the backend would choose who gets the "
         "credentials"},
        {"{type: client_credentials, clientCredentials: {clientId: c, clientSecret: s}}",
         "clientCredentials: give tokenUrl, or issuer"},
        {"{type: token_exchange, tokenExchange: {clientId: c, privateKeyPath: /k.pem}}",
         "tokenExchange: give tokenUrl, or issuer"},
        {"{type: token_exchange, tokenExchange: {tokenUrl: 'https://a/t', issuer: 'https://a'}}",
         "issuer: has no effect with tokenUrl"},
        {"{type: token_exchange, tokenExchange: {tokenUrl: 'https://a/t', allowPrivateIp: true}}",
         "allowPrivateIp: has no effect with tokenUrl"},
        {"{type: token_exchange, tokenExchange: {issuer: 'http://a'}}",
         "issuer: must be https: http is for this machine only"},
        {"{type: token_exchange, tokenExchange: {issuer: 'https://a?b'}}", "issuer: an issuer has no query"},
        {"{type: xaa, xaa: {idpTokenUrl: 'https://a/t', targetAudience: x}}",
         "targetTokenUrl: required, as targetAudience is no issuer's URL"},
        {"{type: xaa, xaa: {idpTokenUrl: 'https://a/t', targetAudience: 'http://x'}}",
         "targetAudience: must be https"},
        {"{type: xaa, xaa: {idpTokenUrl: 'https://a/t', targetTokenUrl: 'https://b/t', targetAudience: x, "
         "allowPrivateIp: true}}",
         "allowPrivateIp: has no effect with targetTokenUrl"},
        {"{type: token_exchange, tokenExchange: {tokenUrl: 'http://as/t'}}",
         "tokenExchange.tokenUrl: must be https: http is for this machine only"},
        {"{type: token_exchange, tokenExchange: {tokenUrl: 'https://a/t', clientSecret: s}}",
         "a secret needs clientId"},
        {"{type: token_exchange, tokenExchange: {tokenUrl: 'https://a/t', clientId: c, clientSecret: s, "
         "clientSecretEnv: S}}",
         "give either clientSecret or clientSecretEnv"},
        {"{type: token_exchange, tokenExchange: {tokenUrl: 'https://a/t', clientId: c, clientSecret: s, "
         "privateKeyPath: /k.pem}}",
         "give either a secret or privateKeyPath"},
        {"{type: token_exchange, tokenExchange: {tokenUrl: 'https://a/t', keyId: k}}",
         "keyId: has no effect without privateKeyPath"},
        {"{type: token_exchange, tokenExchange: {tokenUrl: 'https://a/t', subjectProviderName: p}}",
         "subjectProviderName: not supported yet"},
        {"{type: client_credentials, clientCredentials: {tokenUrl: 'https://a/t', clientId: c}}",
         "client_credentials needs clientSecret, clientSecretEnv or privateKeyPath"},
        {"{type: xaa, xaa: {idpTokenUrl: 'https://a/t', targetTokenUrl: 'https://b/t', targetAudience: x, "
         "idpClientId: c}}",
         "idpClientId needs idpClientSecret or idpClientSecretEnv"},
        {"{type: aws_sts}", "default.awsSts: required by type aws_sts"},
        {"{type: aws_sts, awsSts: {region: r}}", "awsSts: give fallbackRoleArn or roleMappings"},
        {"{type: aws_sts, awsSts: {fallbackRoleArn: 'arn:aws:iam::123456789012:role/r'}}",
         "required key 'region' is missing"},
        {"{type: aws_sts, awsSts: {region: 'r.evil', fallbackRoleArn: x}}",
         "region: must be lower case letters, digits and '-'"},
        {"{type: aws_sts, awsSts: {region: r, fallbackRoleArn: 'arn:aws:iam::12345:role/r'}}",
         "fallbackRoleArn: is no role: 'arn:aws:iam::ACCOUNT:role/NAME'"},
        {"{type: aws_sts, awsSts: {region: r, roleMappings: [{claim: x, roleArn: y}]}}",
         "roleMappings[0].roleArn: is no role"},
        {"{type: aws_sts, awsSts: {region: r, roleMappings: [{matcher: 'true', roleArn: y}]}}",
         "roleMappings[0].matcher: not supported yet: CEL expressions are not understood: use `claim`"},
        {"{type: aws_sts, awsSts: {region: r, stsUrl: 'http://sts/', fallbackRoleArn: y}}",
         "stsUrl: must be https"},
        {"{type: aws_sts, awsSts: {region: r, webIdentityRoleArn: y}}",
         "webIdentityRoleArn: has no effect without webIdentityTokenPath"},
        {"{type: aws_sts, awsSts: {region: r, webIdentityTokenPath: /t, roleMappings: [{claim: x, roleArn: "
         "y}]}}",
         "webIdentityTokenPath: needs webIdentityRoleArn or fallbackRoleArn"},
        {"{type: aws_sts, awsSts: {region: r, subjectProviderName: p}}",
         "subjectProviderName: not supported yet"},
        {"{type: upstream_inject}", "'upstream_inject' is not supported yet"},
    };
    for (const auto& [text, expected] : cases)
        EXPECT_THAT(machine().bad(with(text)), HasSubstr(std::string(expected))) << text;
}

TEST(token_strategy, secrets_come_from_variables_and_keys_from_files) {
    const auto w = machine();
    auto out =
        w.good(with("{type: token_exchange, tokenExchange: {tokenUrl: 'http://127.0.0.1:1/t', clientId: c, "
                    "clientSecretEnv: S}}"));
    EXPECT_EQ(out.backends[0].auth.tokens.endpoint.secret, "from-env");
    out = w.good(with("{type: client_credentials, clientCredentials: {tokenUrl: 'https://a/t', clientId: c, "
                      "privateKeyPath: /k.pem, keyId: k}}"));
    EXPECT_EQ(out.backends[0].auth.tokens.endpoint.key, test::key_pem);
    EXPECT_THAT(out.files, testing::Contains("/k.pem"));
    const auto missing =
        w.load(with("{type: token_exchange, tokenExchange: {tokenUrl: 'https://a/t', clientId: c, "
                    "clientSecretEnv: NONE}}"));
    ASSERT_TRUE(missing) << "it costs the backend only";
    EXPECT_THAT(missing.value->backends[0].problem, HasSubstr("'NONE' is not set"));
}

TEST(token_strategy, a_bundle_that_is_none_costs_the_backend_only_and_is_watched) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"/none", "tokenExchange.caBundlePath: cannot read file '/none'"},
        {"/k.pem", "tokenExchange.caBundlePath: file '/k.pem' is not PEM with a CERTIFICATE"},
    };
    for (const auto& [file, expected] : cases) {
        const auto out = machine().load(
            with("{type: token_exchange, tokenExchange: {tokenUrl: 'https://a/t', caBundlePath: " +
                 std::string(file) + "}}"));
        ASSERT_TRUE(out) << file;
        EXPECT_THAT(out.value->backends[0].problem, HasSubstr(std::string(expected)));
        EXPECT_THAT(out.value->files, testing::Contains(std::string(file)));
    }
}

TEST(token_strategy, warns_where_nobody_brings_a_token) {
    const auto out = machine().load(with("{type: token_exchange, tokenExchange: {tokenUrl: 'https://a/t'}}"));
    ASSERT_TRUE(out);
    ASSERT_EQ(out.warnings.size(), 1u);
    EXPECT_THAT(out.warnings[0].message, HasSubstr("there is no token to trade"));
}

TEST(token_strategy, sets_a_header_that_nobody_else_may) {
    const std::string exchange = "{type: token_exchange, tokenExchange: {tokenUrl: 'https://a/t'}}";
    EXPECT_THAT(machine().bad("backends: [{name: a, url: 'http://h/', headers: {authorization: x}}]\n"
                              "outgoingAuth: {default: " +
                              exchange + "}\n"),
                HasSubstr("outgoingAuth sets this header too"));
}

} // namespace
} // namespace vmcp
