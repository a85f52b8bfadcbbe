// Tokens that are bound to a certificate (RFC 8705): they are good for who shows it in TLS, and for nobody else.
#include "vmcp/door/oidc_authenticator.hpp"

#include "auth/binding.hpp"
#include "door_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vmcp {
namespace {

using test::good_claims;
using test::refusal_of;
using test::subject_of;
using test::token_of;
using testing::HasSubstr;
using testing::StartsWith;

const std::string shown = "the DER of a certificate";

awaitable<test::door_answer> asked(authenticator& by, std::string token, std::string certificate,
                                   int& reads) {
    const std::string field = "Bearer " + token;
    const credentials_view view{.method = "POST",
                                .path = "/mcp",
                                .each_field =
                                    [&](std::string_view name, const auto& visit) {
                                        if (name == "Authorization")
                                            visit(field);
                                    },
                                .client_certificate =
                                    [&] {
                                        ++reads;
                                        return certificate;
                                    }};
    co_return co_await by.authenticate(view);
}

class client_certificate : public test::at_the_door {
protected:
    client_certificate() {
        settings.client_certificates = true;
        auto claims = good_claims();
        claims["cnf"] = {{"x5t#S256", auth::certificate_thumbprint(shown)}};
        bound = token_of(claims);
        start();
    }

    void start() { open(make_oidc_rules(settings).value()); }
    test::door_answer ask(const std::string& token, const std::string& certificate) {
        return caller.run(asked(*door, token, certificate, reads));
    }

    oidc_config settings = test::oidc_settings();
    int reads = 0;
    std::string bound{};
};

TEST_F(client_certificate, lets_in_who_shows_it_also_when_the_token_is_remembered) {
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(subject_of(ask(bound, shown)), test::issuer_url + " alice");
    EXPECT_EQ(reads, 3);
}

TEST_F(client_certificate, nobody_else_is_let_in) {
    EXPECT_EQ(subject_of(ask(bound, shown)), test::issuer_url + " alice");
    for (const auto* other : {"", "another certificate", "the DER of a certificate "}) {
        const auto answer = refusal_of(ask(bound, other));
        EXPECT_THAT(answer, StartsWith("401 ")) << other;
        EXPECT_THAT(answer, HasSubstr("WWW-Authenticate: Bearer error=\"invalid_token\""));
    }
}

TEST_F(client_certificate, a_token_that_is_not_bound_needs_none) {
    EXPECT_EQ(subject_of(ask(token_of(good_claims()), "")), test::issuer_url + " alice");
    EXPECT_EQ(reads, 0) << "what costs something is asked for where it matters";
}

TEST_F(client_certificate, where_the_listener_asks_for_none_bound_tokens_are_refused) {
    settings.client_certificates = false;
    start();
    EXPECT_THAT(refusal_of(ask(bound, shown)), StartsWith("401 "));
    EXPECT_THAT(make_oidc_rules(settings)->resource->document(),
                testing::Not(HasSubstr("tls_client_certificate_bound_access_tokens")));
    settings.client_certificates = true;
    EXPECT_THAT(make_oidc_rules(settings)->resource->document(),
                HasSubstr(R"("tls_client_certificate_bound_access_tokens":true)"));
}

TEST_F(client_certificate, with_dpop_both_count) {
    settings.dpop = true;
    start();
    EXPECT_EQ(subject_of(ask(bound, shown)), test::issuer_url + " alice");
    EXPECT_THAT(refusal_of(ask(bound, "")), StartsWith("401 "));
}

} // namespace
} // namespace vmcp
