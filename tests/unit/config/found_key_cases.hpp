// Rows of keys_test.cpp for what strategies of outgoingAuth need to find a token endpoint, to trust it, and to sign.
#pragma once

#include "token_key_cases.hpp"

namespace vmcp {
namespace {

constexpr std::string_view exchange_of_all =
    "outgoingAuth: {default: {type: token_exchange, tokenExchange: {issuer: "
    "'https://as', clientId: c, clientSecret: s, allowPrivateIp: true, caBundlePath: "
    "/ca.pem}}}";
constexpr std::string_view own_of_all =
    "outgoingAuth: {default: {type: client_credentials, clientCredentials: {issuer: "
    "'https://as', clientId: c, clientSecret: s, allowPrivateIp: true, caBundlePath: "
    "/ca.pem}}}";
constexpr std::string_view xaa_of_all =
    "outgoingAuth: {default: {type: xaa, xaa: {idpTokenUrl: 'https://as/t', "
    "targetAudience: 'https://as', allowPrivateIp: true, caBundlePath: /ca.pem}}}";
constexpr std::string_view aws_of_all =
    "outgoingAuth: {default: {type: aws_sts, awsSts: {region: eu-west-1, service: svc, "
    "stsUrl: 'https://sts/', fallbackRoleArn: 'arn:aws:iam::123456789012:role/r', "
    "roleClaim: g, roleMappings: [{claim: x, roleArn: "
    "'arn:aws:iam::123456789012:role/r', priority: 3}], sessionDuration: 900, "
    "sessionNameClaim: n, webIdentityTokenPath: /t, webIdentityRoleArn: "
    "'arn:aws:iam::123456789012:role/r2', caBundlePath: /ca.pem}}}";
constexpr std::string_view exchange_of_one =
    "outgoingAuth: {backends: {a: {type: token_exchange, tokenExchange: {issuer: "
    "'https://as', clientId: c, clientSecret: s, allowPrivateIp: true, caBundlePath: "
    "/ca.pem}}}}";
constexpr std::string_view own_of_one =
    "outgoingAuth: {backends: {a: {type: client_credentials, clientCredentials: {issuer: "
    "'https://as', clientId: c, clientSecret: s, allowPrivateIp: true, caBundlePath: "
    "/ca.pem}}}}";
constexpr std::string_view xaa_of_one =
    "outgoingAuth: {backends: {a: {type: xaa, xaa: {idpTokenUrl: 'https://as/t', "
    "targetAudience: 'https://as', allowPrivateIp: true, caBundlePath: /ca.pem}}}}";
constexpr std::string_view aws_of_one =
    "outgoingAuth: {backends: {a: {type: aws_sts, awsSts: {region: eu-west-1, service: "
    "svc, stsUrl: 'https://sts/', fallbackRoleArn: 'arn:aws:iam::123456789012:role/r', "
    "roleClaim: g, roleMappings: [{claim: x, roleArn: "
    "'arn:aws:iam::123456789012:role/r', priority: 3}], sessionDuration: 900, "
    "sessionNameClaim: n, webIdentityTokenPath: /t, webIdentityRoleArn: "
    "'arn:aws:iam::123456789012:role/r2', caBundlePath: /ca.pem}}}}";

const key_case found_cases[] = {
    {"outgoingAuth.default.tokenExchange.issuer", exchange_of_all,
     [](const config& c) { return first(c).auth.tokens.issuer == "https://as"; }},
    {"outgoingAuth.default.clientCredentials.issuer", own_of_all,
     [](const config& c) { return first(c).auth.tokens.issuer == "https://as"; }},
    {"outgoingAuth.default.tokenExchange.allowPrivateIp", exchange_of_all,
     [](const config& c) { return first(c).auth.tokens.allow_private_ip; }},
    {"outgoingAuth.default.tokenExchange.caBundlePath", exchange_of_all,
     [](const config& c) { return first(c).auth.tokens.ca_bundle == test::certificate_pem; }},
    {"outgoingAuth.default.clientCredentials.allowPrivateIp", own_of_all,
     [](const config& c) { return first(c).auth.tokens.allow_private_ip; }},
    {"outgoingAuth.default.clientCredentials.caBundlePath", own_of_all,
     [](const config& c) { return first(c).auth.tokens.ca_bundle == test::certificate_pem; }},
    {"outgoingAuth.default.xaa.allowPrivateIp", xaa_of_all,
     [](const config& c) { return first(c).auth.tokens.allow_private_ip; }},
    {"outgoingAuth.default.xaa.caBundlePath", xaa_of_all,
     [](const config& c) { return first(c).auth.tokens.ca_bundle == test::certificate_pem; }},
    {"outgoingAuth.default.awsSts.region", aws_of_all,
     [](const config& c) { return first(c).auth.tokens.aws.region == "eu-west-1"; }},
    {"outgoingAuth.default.awsSts.service", aws_of_all,
     [](const config& c) { return first(c).auth.tokens.aws.service == "svc"; }},
    {"outgoingAuth.default.awsSts.stsUrl", aws_of_all,
     [](const config& c) { return first(c).auth.tokens.aws.sts_url == "https://sts/"; }},
    {"outgoingAuth.default.awsSts.fallbackRoleArn", aws_of_all,
     [](const config& c) {
         return first(c).auth.tokens.aws.fallback_role == "arn:aws:iam::123456789012:role/r";
     }},
    {"outgoingAuth.default.awsSts.roleClaim", aws_of_all,
     [](const config& c) { return first(c).auth.tokens.aws.role_claim == "g"; }},
    {"outgoingAuth.default.awsSts.roleMappings[].claim", aws_of_all,
     [](const config& c) { return first(c).auth.tokens.aws.mappings.at(0).claim == "x"; }},
    {"outgoingAuth.default.awsSts.roleMappings[].roleArn", aws_of_all,
     [](const config& c) {
         return first(c).auth.tokens.aws.mappings.at(0).role == "arn:aws:iam::123456789012:role/r";
     }},
    {"outgoingAuth.default.awsSts.roleMappings[].priority", aws_of_all,
     [](const config& c) { return first(c).auth.tokens.aws.mappings.at(0).priority == 3; }},
    {"outgoingAuth.default.awsSts.sessionDuration", aws_of_all,
     [](const config& c) { return first(c).auth.tokens.aws.session_seconds == 900; }},
    {"outgoingAuth.default.awsSts.sessionNameClaim", aws_of_all,
     [](const config& c) { return first(c).auth.tokens.aws.session_name_claim == "n"; }},
    {"outgoingAuth.default.awsSts.webIdentityTokenPath", aws_of_all,
     [](const config& c) { return first(c).auth.tokens.aws.own_token_path == "/t"; }},
    {"outgoingAuth.default.awsSts.webIdentityRoleArn", aws_of_all,
     [](const config& c) {
         return first(c).auth.tokens.aws.own_role == "arn:aws:iam::123456789012:role/r2";
     }},
    {"outgoingAuth.default.awsSts.caBundlePath", aws_of_all,
     [](const config& c) { return first(c).auth.tokens.ca_bundle == test::certificate_pem; }},
    {"outgoingAuth.backends.*.tokenExchange.issuer", exchange_of_one,
     [](const config& c) { return first(c).auth.tokens.issuer == "https://as"; }},
    {"outgoingAuth.backends.*.clientCredentials.issuer", own_of_one,
     [](const config& c) { return first(c).auth.tokens.issuer == "https://as"; }},
    {"outgoingAuth.backends.*.tokenExchange.allowPrivateIp", exchange_of_one,
     [](const config& c) { return first(c).auth.tokens.allow_private_ip; }},
    {"outgoingAuth.backends.*.tokenExchange.caBundlePath", exchange_of_one,
     [](const config& c) { return first(c).auth.tokens.ca_bundle == test::certificate_pem; }},
    {"outgoingAuth.backends.*.clientCredentials.allowPrivateIp", own_of_one,
     [](const config& c) { return first(c).auth.tokens.allow_private_ip; }},
    {"outgoingAuth.backends.*.clientCredentials.caBundlePath", own_of_one,
     [](const config& c) { return first(c).auth.tokens.ca_bundle == test::certificate_pem; }},
    {"outgoingAuth.backends.*.xaa.allowPrivateIp", xaa_of_one,
     [](const config& c) { return first(c).auth.tokens.allow_private_ip; }},
    {"outgoingAuth.backends.*.xaa.caBundlePath", xaa_of_one,
     [](const config& c) { return first(c).auth.tokens.ca_bundle == test::certificate_pem; }},
    {"outgoingAuth.backends.*.awsSts.region", aws_of_one,
     [](const config& c) { return first(c).auth.tokens.aws.region == "eu-west-1"; }},
    {"outgoingAuth.backends.*.awsSts.service", aws_of_one,
     [](const config& c) { return first(c).auth.tokens.aws.service == "svc"; }},
    {"outgoingAuth.backends.*.awsSts.stsUrl", aws_of_one,
     [](const config& c) { return first(c).auth.tokens.aws.sts_url == "https://sts/"; }},
    {"outgoingAuth.backends.*.awsSts.fallbackRoleArn", aws_of_one,
     [](const config& c) {
         return first(c).auth.tokens.aws.fallback_role == "arn:aws:iam::123456789012:role/r";
     }},
    {"outgoingAuth.backends.*.awsSts.roleClaim", aws_of_one,
     [](const config& c) { return first(c).auth.tokens.aws.role_claim == "g"; }},
    {"outgoingAuth.backends.*.awsSts.roleMappings[].claim", aws_of_one,
     [](const config& c) { return first(c).auth.tokens.aws.mappings.at(0).claim == "x"; }},
    {"outgoingAuth.backends.*.awsSts.roleMappings[].roleArn", aws_of_one,
     [](const config& c) {
         return first(c).auth.tokens.aws.mappings.at(0).role == "arn:aws:iam::123456789012:role/r";
     }},
    {"outgoingAuth.backends.*.awsSts.roleMappings[].priority", aws_of_one,
     [](const config& c) { return first(c).auth.tokens.aws.mappings.at(0).priority == 3; }},
    {"outgoingAuth.backends.*.awsSts.sessionDuration", aws_of_one,
     [](const config& c) { return first(c).auth.tokens.aws.session_seconds == 900; }},
    {"outgoingAuth.backends.*.awsSts.sessionNameClaim", aws_of_one,
     [](const config& c) { return first(c).auth.tokens.aws.session_name_claim == "n"; }},
    {"outgoingAuth.backends.*.awsSts.webIdentityTokenPath", aws_of_one,
     [](const config& c) { return first(c).auth.tokens.aws.own_token_path == "/t"; }},
    {"outgoingAuth.backends.*.awsSts.webIdentityRoleArn", aws_of_one,
     [](const config& c) {
         return first(c).auth.tokens.aws.own_role == "arn:aws:iam::123456789012:role/r2";
     }},
    {"outgoingAuth.backends.*.awsSts.caBundlePath", aws_of_one,
     [](const config& c) { return first(c).auth.tokens.ca_bundle == test::certificate_pem; }},
};

} // namespace
} // namespace vmcp
