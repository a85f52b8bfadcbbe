// Tokens for backends through the seam that requests ask: once for many, each caller's own, and none of it elsewhere.
#include "vmcp/outgoing/token_credentials.hpp"

#include "tests/unit/door/fake_issuer.hpp"
#include "vmcp/outgoing/make_credentials.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vmcp {
namespace {

using test::answer_of;
using test::fake_fetcher;
using testing::HasSubstr;
using testing::Not;
using kind = auth_strategy::kind;
using given = result<std::shared_ptr<const credential>>;

const std::string endpoint_url = "https://as.example/token";

std::string token_answer(const std::string& value, int life = 3600) {
    return R"({"token_type":"Bearer","issued_token_type":"urn:ietf:params:oauth:token-type:access_token",)"
           R"("access_token":")" +
           value + R"(","expires_in":)" + std::to_string(life) + "}";
}

backend_config definition(kind type, std::string name = "b") {
    backend_config out{.name = std::move(name), .url = "http://127.0.0.1:9/mcp"};
    out.headers = {{"X-Fixed", "f"}};
    out.auth = {.type = type, .header_name = "Authorization"};
    out.auth.tokens.endpoint = {.url = endpoint_url, .id = "gw", .secret = "gw-secret"};
    return out;
}

caller who_with(std::string token) {
    return {.who = {.issuer = "i", .subject = "s"}, .token = std::move(token)};
}

class token_credentials_ : public testing::Test {
protected:
    token_credentials_() { from->set(endpoint_url, answer_of(token_answer("t1"))); }

    given ask(credential_source& source, const caller* who) { return home.run(source.credential_for(who)); }
    static std::string bearer(const given& from) {
        if (!from)
            return from.error().message();
        for (const auto& [name, value] : (*from)->fields)
            if (name == "Authorization")
                return value;
        return "none";
    }
    [[nodiscard]] std::size_t asked() const { return from->count(endpoint_url); }

    std::shared_ptr<fake_fetcher> from = std::make_shared<fake_fetcher>();
    credential_maker maker{from};
    fakes::one_worker home{};
};

TEST_F(token_credentials_, a_token_is_exchanged_once_for_a_thousand_calls) {
    const auto source = maker.make(definition(kind::token_exchange));
    const auto alice = who_with("alice-token");
    for (int i = 0; i < 1'000; ++i)
        ASSERT_EQ(bearer(ask(*source, &alice)), "Bearer t1");
    EXPECT_EQ(asked(), 1u);
    EXPECT_THAT(from->last(endpoint_url).post->body, HasSubstr("subject_token=alice-token&"));
    const auto made = ask(*source, &alice).value();
    for (const auto& [name, value] : made->fields)
        EXPECT_THAT(value, Not(HasSubstr("alice-token"))) << name;
    EXPECT_THAT(made->key, Not(HasSubstr("t1")));
    from->set(endpoint_url, answer_of(token_answer("token-of-the-backend")));
    const auto bob = who_with("bob-token");
    EXPECT_THAT(ask(*source, &bob).value()->secrets, testing::Contains("token-of-the-backend"));
    EXPECT_THAT(made->fields, testing::Contains(testing::Pair("X-Fixed", "f")));
}

// Calls find it there without a wait.
TEST_F(token_credentials_, what_is_kept_is_at_hand) {
    const auto source = maker.make(definition(kind::token_exchange));
    const auto alice = who_with("alice-token");
    EXPECT_EQ(source->at_hand(&alice), nullptr);
    const auto made = ask(*source, &alice).value();
    EXPECT_EQ(source->at_hand(&alice), made);
    const auto bob = who_with("bob-token");
    const caller nobody;
    EXPECT_EQ(source->at_hand(&bob), nullptr);
    EXPECT_EQ(source->at_hand(&nobody), nullptr);
    EXPECT_EQ(source->at_hand(nullptr), nullptr);
    EXPECT_EQ(asked(), 1u);
    (void)source->refused(*made);
    EXPECT_EQ(source->at_hand(&alice), nullptr);
}

TEST_F(token_credentials_, each_caller_and_each_backend_has_its_own) {
    const auto one = maker.make(definition(kind::token_exchange));
    const auto two = maker.make(definition(kind::token_exchange, "c"));
    const auto alice = who_with("alice-token");
    const auto bob = who_with("bob-token");
    const auto first = ask(*one, &alice).value();
    from->set(endpoint_url, answer_of(token_answer("t2")));
    const auto second = ask(*one, &bob).value();
    from->set(endpoint_url, answer_of(token_answer("t3")));
    const auto third = ask(*two, &alice).value();
    EXPECT_EQ(asked(), 3u);
    EXPECT_NE(first->key, second->key);
    EXPECT_NE(first->key, third->key);
    EXPECT_EQ(bearer(ask(*one, &alice)), "Bearer t1");
    EXPECT_EQ(bearer(ask(*one, &bob)), "Bearer t2");
    EXPECT_EQ(bearer(ask(*two, &alice)), "Bearer t3");
}

TEST_F(token_credentials_, those_who_ask_at_the_same_time_share_one_way) {
    const auto source = maker.make(definition(kind::token_exchange));
    from->hold();
    const auto alice = std::make_shared<const caller>(who_with("alice-token"));
    std::vector<std::future<std::string>> all;
    for (int i = 0; i < 20; ++i) {
        auto made = std::make_shared<std::promise<std::string>>();
        all.push_back(made->get_future());
        home->spawn(
            [](auto by, auto who, auto to) -> awaitable<void> {
                to->set_value(bearer(co_await by->credential_for(who.get())));
            }(source, alice, made),
            "a test");
    }
    home.call([] {}); // all have asked
    from->release();
    for (auto& one : all)
        EXPECT_EQ(fakes::one_worker::wait(std::move(one)), "Bearer t1");
    EXPECT_EQ(asked(), 1u);
}

TEST_F(token_credentials_, a_token_that_the_backend_refuses_is_renewed) {
    const auto source = maker.make(definition(kind::token_exchange));
    const auto alice = who_with("alice-token");
    const auto first = ask(*source, &alice).value();
    from->set(endpoint_url, answer_of(token_answer("t2")));
    EXPECT_TRUE(source->refused(*first));
    const auto second = ask(*source, &alice).value();
    EXPECT_EQ(bearer(given(second)), "Bearer t2");
    EXPECT_FALSE(source->refused(*second)) << "a fresh one was refused: another does not help";
    EXPECT_EQ(asked(), 2u);
}

TEST_F(token_credentials_, who_has_no_token_is_told_so) {
    const auto source = maker.make(definition(kind::token_exchange));
    const caller nobody;
    const auto refused = ask(*source, &nobody);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::backend_unauthorized);
    EXPECT_THAT(refused.error().detail, HasSubstr("this caller has none"));
    EXPECT_EQ(asked(), 0u);
}

TEST_F(token_credentials_, the_gateways_own_requests_bring_its_own_token_or_none) {
    const auto source = maker.make(definition(kind::token_exchange));
    EXPECT_EQ(bearer(ask(*source, nullptr)), "Bearer t1");
    EXPECT_THAT(from->last(endpoint_url).post->body, HasSubstr("grant_type=client_credentials"));
    auto open = definition(kind::token_exchange, "open");
    open.auth.tokens.endpoint.secret.clear();
    const auto bare = maker.make(open);
    const auto made = ask(*bare, nullptr).value();
    EXPECT_EQ(bearer(given(made)), "none");
    EXPECT_FALSE(bare->refused(*made));
    EXPECT_EQ(asked(), 1u);
}

TEST_F(token_credentials_, the_gateways_token_is_the_same_for_all_callers) {
    const auto source = maker.make(definition(kind::client_credentials));
    const auto alice = who_with("alice-token");
    const caller nobody;
    const auto first = ask(*source, &alice).value();
    EXPECT_EQ(ask(*source, &nobody).value(), first);
    EXPECT_EQ(ask(*source, nullptr).value(), first);
    EXPECT_EQ(asked(), 1u);
    EXPECT_THAT(from->last(endpoint_url).post->body, Not(HasSubstr("alice")));
}

TEST_F(token_credentials_, refusals_say_why_without_secrets_and_are_not_asked_again_at_once) {
    from->set(endpoint_url,
              answer_of(R"({"error":"invalid_grant","error_description":"alice-token, gw-secret"})", 400));
    const auto source = maker.make(definition(kind::token_exchange));
    const auto alice = who_with("alice-token");
    for (int i = 0; i < 3; ++i) {
        const auto refused = ask(*source, &alice);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, errc::backend_unauthorized);
        EXPECT_THAT(refused.error().message(), HasSubstr("invalid_grant"));
        EXPECT_THAT(refused.error().message(), Not(HasSubstr("alice-token")));
        EXPECT_THAT(refused.error().message(), Not(HasSubstr("gw-secret")));
    }
    EXPECT_EQ(asked(), 1u);
    from->is_away();
    const auto bob = who_with("bob-token");
    EXPECT_EQ(ask(*source, &bob).error().code, errc::backend_unavailable);
}

TEST_F(token_credentials_, a_key_that_is_none_fails_whoever_asks) {
    auto broken = definition(kind::client_credentials);
    broken.auth.tokens.endpoint.key = "-----BEGIN PRIVATE KEY-----\nMA==\n-----END PRIVATE KEY-----\n";
    broken.auth.tokens.endpoint.key_path = "/k.pem";
    const auto source = maker.make(broken);
    const auto refused = ask(*source, nullptr);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::config);
    EXPECT_THAT(refused.error().detail, HasSubstr("privateKeyPath '/k.pem': it holds no PEM private key"));
}

} // namespace
} // namespace vmcp
