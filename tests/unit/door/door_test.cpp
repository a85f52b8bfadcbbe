// What is let in before, while and after the configuration changes.
#include "vmcp/door/door.hpp"

#include "fake_issuer.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vmcp {
namespace {

using test::ask;
using test::refusal_of;
using test::subject_of;

incoming_auth oidc(const std::string& audience) {
    incoming_auth out{.type = incoming_auth::kind::oidc};
    // Nothing listens there, and nothing is asked in these tests.
    out.oidc.issuer = "http://127.0.0.1:9";
    out.oidc.audience = audience;
    out.oidc.resource = audience;
    return out;
}

struct doors : testing::Test {
    door entrance{};
    fakes::one_worker control{9};
    fakes::one_worker caller{0};

    void use(const incoming_auth& settings) {
        entrance.use(entrance.prepare(settings, control.get()).value());
    }
    ~doors() override { entrance.stop(); }
};

TEST_F(doors, nobody_comes_in_before_it_is_known_who_may) {
    EXPECT_EQ(refusal_of(ask(caller, entrance, {})).substr(0, 3), "503");
    EXPECT_EQ(entrance.resource(), nullptr);
}

TEST_F(doors, anonymous_looks_at_no_credentials) {
    use({});
    EXPECT_EQ(subject_of(ask(caller, entrance, {})), " anonymous");
    EXPECT_EQ(subject_of(ask(caller, entrance, {"Bearer x", "Bearer y"})), " anonymous");
    const auto said = std::get<std::shared_ptr<const vmcp::caller>>(ask(caller, entrance, {}));
    EXPECT_EQ(said->claims, R"({"iss":"toolhive-local","aud":"toolhive","sub":"anonymous",)"
                            R"("email":"anonymous@localhost","name":"Anonymous User"})")
        << "a policy on a claim that is not there denies";
    EXPECT_EQ(entrance.resource(), nullptr);
    EXPECT_EQ(entrance.counters().accepted.load(), 0u);
}

TEST_F(doors, local_is_whoever_runs_it) {
    use({.type = incoming_auth::kind::local});
    const auto who = local_caller();
    EXPECT_EQ(who.who.issuer, "local");
    EXPECT_FALSE(who.who.subject.empty());
    EXPECT_EQ(subject_of(ask(caller, entrance, {})), "local " + who.who.subject);
    const auto& name = who.who.subject;
    EXPECT_EQ(who.claims, fmt::format(R"({{"iss":"toolhive-local","aud":"toolhive","sub":"{0}",)"
                                      R"("email":"{0}@localhost","name":"Local User: {0}"}})",
                                      name));
    use({});
    EXPECT_EQ(subject_of(ask(caller, entrance, {})), " anonymous");
}

TEST_F(doors, a_change_takes_effect_and_no_change_forgets_nothing) {
    use({});
    use(oidc("https://a/mcp"));
    EXPECT_EQ(refusal_of(ask(caller, entrance, {})).substr(0, 3), "401");
    ASSERT_NE(entrance.resource(), nullptr);
    EXPECT_EQ(entrance.resource()->metadata_url(), "https://a/.well-known/oauth-protected-resource/mcp");
    const auto before = entrance.prepare(oidc("https://a/mcp"), control.get()).value();
    EXPECT_EQ(before, entrance.prepare(oidc("https://a/mcp"), control.get()).value());
    use(oidc("https://b/mcp"));
    EXPECT_NE(before, entrance.prepare(oidc("https://b/mcp"), control.get()).value());
    EXPECT_EQ(entrance.resource()->metadata_url(), "https://b/.well-known/oauth-protected-resource/mcp");
    use({});
    EXPECT_EQ(subject_of(ask(caller, entrance, {})), " anonymous");
    EXPECT_EQ(entrance.resource(), nullptr);
}

TEST_F(doors, what_cannot_be_used_changes_nothing) {
    use(oidc("https://a/mcp"));
    auto wrong = oidc("https://b/mcp");
    wrong.oidc.ca_bundle = "no PEM";
    const auto arranged = entrance.prepare(wrong, control.get());
    ASSERT_FALSE(arranged);
    EXPECT_THAT(arranged.error().message(), testing::HasSubstr("CA bundle"));
    EXPECT_EQ(refusal_of(ask(caller, entrance, {})).substr(0, 3), "401");
}

} // namespace
} // namespace vmcp
