// Who is let in with which token, what the others are told, and how often the issuer is asked for that.
#include "vmcp/door/oidc_authenticator.hpp"

#include "fake_issuer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

namespace vmcp {
namespace {

using namespace std::chrono_literals;
using test::ask;
using test::good_claims;
using test::json;
using test::refusal_of;
using test::subject_of;
using test::token_of;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr auto metadata =
    R"(resource_metadata="https://gw.example/.well-known/oauth-protected-resource/mcp")";
const std::string invalid =
    std::string(
        "401 Unauthorized: The access token is invalid or has expired | WWW-Authenticate: Bearer "
        "error=\"invalid_token\", error_description=\"The access token is invalid or has expired\", ") +
    metadata;

oidc_config settings() {
    oidc_config out;
    out.issuer = test::issuer_url;
    out.audience = test::our_audience;
    out.resource = test::our_audience;
    return out;
}

class oidc : public testing::Test {
protected:
    oidc() { test::publish_keys(*issuer, {"k1"}); }
    ~oidc() override {
        if (door)
            door->stop();
    }

    // `patience`: failures in a row after which nobody waits for the first keys.
    void start(const oidc_config& from = settings(), unsigned patience = 1,
               auth::seconds miss_spacing = auth::seconds(30)) {
        auto rules = make_oidc_rules(from).value();
        rules.issuer.cache.patience = patience;
        rules.issuer.cache.miss_spacing = miss_spacing;
        door = std::make_shared<oidc_authenticator>(std::move(rules), issuer, control.get(), counters);
        door->start();
    }

    test::door_answer bearer(const std::string& token) { return ask(caller, *door, {"Bearer " + token}); }
    std::uint64_t refused(auth::refusal why) {
        return counters.refused[static_cast<std::size_t>(why)].load();
    }

    const std::shared_ptr<test::fake_fetcher> issuer = std::make_shared<test::fake_fetcher>();
    door_counters counters{};
    std::shared_ptr<oidc_authenticator> door{}; // outlives the threads
    fakes::one_worker control{9};
    fakes::one_worker caller{0};
    fakes::one_worker other{1};
};

TEST_F(oidc, a_good_token_is_let_in_and_checked_once) {
    start();
    const auto token = token_of(good_claims());
    EXPECT_EQ(subject_of(bearer(token)), "https://idp.example alice");
    EXPECT_EQ(subject_of(ask(other, *door, {"bearer " + token})), "https://idp.example alice");
    EXPECT_EQ(issuer->count(test::discovery_url), 1u);
    EXPECT_EQ(issuer->count(test::keys_url), 1u);
    EXPECT_EQ(counters.accepted.load(), 2u);
    const auto first = std::get<0>(bearer(token));
    EXPECT_EQ(first, std::get<0>(bearer(token))) << "the same caller, from the cache";
    EXPECT_EQ(first->token, token);
    EXPECT_EQ(json::parse(first->claims).at("sub"), "alice");
}

TEST_F(oidc, without_a_token_the_challenge_has_no_error) {
    auto from = settings();
    from.scopes = {"mcp:call", "offline_access"};
    start(from);
    EXPECT_EQ(refusal_of(ask(caller, *door, {})),
              std::string("401 Unauthorized: Authentication required | WWW-Authenticate: Bearer ") +
                  metadata + ", scope=\"mcp:call\"");
    EXPECT_EQ(refusal_of(ask(caller, *door, {"Basic Zm9vOmJhcg=="})), refusal_of(ask(caller, *door, {})));
    EXPECT_EQ(refused(auth::refusal::no_credentials), 3u);
}

TEST_F(oidc, what_no_server_can_read_is_400) {
    start();
    const auto token = token_of(good_claims());
    for (const auto& answer :
         {ask(caller, *door, {"Bearer " + token, "Bearer " + token}), ask(caller, *door, {"Bearer a b"}),
          ask(caller, *door, {}, "access_token=" + token)})
        EXPECT_EQ(
            refusal_of(answer),
            "400 Bad request: Send one access token, in one Authorization header field | WWW-Authenticate: "
            "Bearer error=\"invalid_request\", error_description=\"Send one access token, in one "
            "Authorization header field\"");
}

TEST_F(oidc, every_bad_token_gets_the_same_words) {
    start();
    const auto claims_with = [](const char* name, const json& value) {
        auto claims = good_claims();
        claims[name] = value;
        return claims;
    };
    const auto without = [](const char* name) {
        auto claims = good_claims();
        claims.erase(name);
        return claims;
    };
    const auto good = token_of(good_claims());
    const auto half = good.substr(0, good.rfind('.') + 1);
    const auto none = vmcp::base64url_encode(R"({"alg":"none"})") + "." +
                      vmcp::base64url_encode(good_claims().dump()) + ".";
    const std::string cases[] = {
        "garbage",
        "a.b.c",
        none,
        half + vmcp::base64url_encode(std::string(64, 'x')),
        token_of(claims_with("aud", "https://gw.example/mcp2")),
        token_of(claims_with("aud", json::array())),
        token_of(without("aud")),
        token_of(claims_with("iss", "https://idp.example/")),
        token_of(without("iss")),
        token_of(claims_with("exp", 1'000'000)),
        token_of(without("exp")),
        token_of(without("sub")),
        token_of(claims_with("nbf", good_claims()["exp"].get<std::int64_t>() + 60)),
        token_of(claims_with("cnf", {{"jkt", "x"}})),
        std::string(20'000, 'a'),
    };
    for (const auto& token : cases)
        EXPECT_EQ(refusal_of(bearer(token)), invalid) << token.substr(0, 60);
    EXPECT_EQ(refused(auth::refusal::invalid_token), std::size(cases));
    EXPECT_EQ(counters.accepted.load(), 0u);
}

// As an attacker makes them: all is right but the signature.
std::string forged(int number) {
    auto claims = good_claims();
    claims["jti"] = number;
    const auto good = token_of(claims);
    return good.substr(0, good.rfind('.') + 1) + vmcp::base64url_encode(std::string(64, 'x'));
}

TEST_F(oidc, tokens_must_say_that_they_are_access_tokens_where_that_is_asked_for) {
    auto from = settings();
    from.require_at_jwt = true;
    start(from);
    EXPECT_EQ(refusal_of(bearer(token_of(good_claims()))), invalid);
    const auto token = auth::signing_key::own("EdDSA").token(
        "EdDSA", json{{"alg", "EdDSA"}, {"kid", "k1"}, {"typ", "at+jwt"}}.dump(), good_claims().dump());
    EXPECT_EQ(subject_of(bearer(token)), "https://idp.example alice");
}

TEST_F(oidc, a_forged_token_is_checked_once) {
    start();
    const auto one = forged(1);
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(refusal_of(bearer(one)), invalid);
    EXPECT_EQ(counters.signatures_wrong.load(), 1u);
    EXPECT_EQ(counters.refused_again.load(), 4u);
    EXPECT_EQ(refused(auth::refusal::invalid_token), 5u);
}

TEST_F(oidc, forged_tokens_have_a_budget_and_good_ones_go_on) {
    start();
    const auto known = token_of(good_claims());
    EXPECT_EQ(subject_of(bearer(known)), "https://idp.example alice");
    int checked = 0;
    std::string last;
    for (last = invalid; last == invalid && checked < 1000; ++checked)
        last = refusal_of(bearer(forged(checked)));
    EXPECT_EQ(last,
              "429 Too many requests: Too many access tokens of this address were refused; try again later | "
              "Retry-After: 1");
    EXPECT_GE(counters.signatures_wrong.load(), 50u);
    EXPECT_LE(counters.signatures_wrong.load(), 200u);
    EXPECT_EQ(counters.spent_by_peer.load(), 1u);
    EXPECT_EQ(subject_of(bearer(known)), "https://idp.example alice") << "a token that is known never waits";
    EXPECT_EQ(refusal_of(bearer("a.b.c")), invalid) << "what costs nothing is judged as before";
    auto fresh = good_claims();
    fresh["sub"] = "bob";
    EXPECT_EQ(subject_of(ask(caller, *door, {"Bearer " + token_of(fresh)}, {}, "192.0.2.2")),
              "https://idp.example bob")
        << "another address has a budget of its own";
    for (int i = 0; counters.spent_by_worker.load() == 0 && i < 1000; ++i)
        last = refusal_of(
            ask(caller, *door, {"Bearer " + forged(5000 + i)}, {}, "198.51.100." + std::to_string(i % 250)));
    EXPECT_EQ(last,
              "503 Credentials cannot be checked right now: The access token cannot be checked right now | "
              "Retry-After: 1");
    EXPECT_EQ(subject_of(bearer(known)), "https://idp.example alice");
    fresh["sub"] = "carol";
    EXPECT_EQ(subject_of(ask(other, *door, {"Bearer " + token_of(fresh)})), "https://idp.example carol")
        << "another worker has a budget of its own";
}

TEST_F(oidc, scopes_that_are_lacking_are_403_with_all_that_are_needed) {
    auto from = settings();
    from.required_scopes = {"mcp:call", "mcp:read"};
    start(from);
    auto claims = good_claims();
    claims["scope"] = "mcp:read x";
    const auto answer = refusal_of(bearer(token_of(claims)));
    EXPECT_THAT(answer,
                StartsWith("403 Forbidden: The access token does not grant the scopes that this needs"));
    EXPECT_THAT(answer, AllOf(HasSubstr("error=\"insufficient_scope\""),
                              HasSubstr("scope=\"mcp:call mcp:read\""), HasSubstr(metadata)));
    claims["scope"] = "mcp:call mcp:read";
    EXPECT_EQ(subject_of(bearer(token_of(claims))), "https://idp.example alice");
}

TEST_F(oidc, a_token_that_lacks_a_scope_is_checked_once) {
    auto from = settings();
    from.required_scopes = {"mcp:call"};
    start(from);
    const auto token = token_of(good_claims());
    for (int i = 0; i < 5; ++i)
        EXPECT_THAT(refusal_of(bearer(token)), StartsWith("403"));
    EXPECT_EQ(counters.signatures_right.load(), 1u);
    EXPECT_EQ(refused(auth::refusal::insufficient_scope), 5u);
}

TEST_F(oidc, an_issuer_that_is_away_is_503_and_not_a_new_login) {
    issuer->is_away();
    start();
    const auto token = token_of(good_claims());
    const auto answer = refusal_of(bearer(token));
    EXPECT_THAT(answer, AllOf(StartsWith("503 Credentials cannot be checked right now"),
                              HasSubstr(" | Retry-After: "), Not(HasSubstr("WWW-Authenticate"))));
    EXPECT_EQ(refusal_of(ask(caller, *door, {})).substr(0, 3), "401") << "that needs no issuer";
    // When it is back, the next token finds its keys.
    test::publish_keys(*issuer, {"k1"});
    const auto until = steady_clock::now() + 15s;
    while (subject_of(bearer(token)) == "refused" && steady_clock::now() < until) {
    }
    EXPECT_EQ(subject_of(bearer(token)), "https://idp.example alice");
}

TEST_F(oidc, known_keys_are_good_while_the_issuer_is_away) {
    start(settings(), 1, auth::seconds(0));
    EXPECT_EQ(subject_of(bearer(token_of(good_claims()))), "https://idp.example alice");
    issuer->is_away();
    auto claims = good_claims();
    claims["sub"] = "bob";
    EXPECT_EQ(refusal_of(bearer(token_of(claims, "k2"))).substr(0, 3), "503") << "a new key, or a forgery";
    EXPECT_EQ(subject_of(bearer(token_of(claims))), "https://idp.example bob");
}

TEST_F(oidc, the_age_of_keys_and_failures_are_figures) {
    issuer->is_away();
    start();
    const auto token = token_of(good_claims());
    EXPECT_THAT(refusal_of(bearer(token)), StartsWith("503"));
    EXPECT_GE(door->keys().failures, 1u);
    EXPECT_EQ(door->keys().age, auth::seconds(0));
    test::publish_keys(*issuer, {"k1"});
    const auto until = steady_clock::now() + 15s;
    while (subject_of(bearer(token)) == "refused" && steady_clock::now() < until) {
    }
    EXPECT_EQ(door->keys().failures, 0u);
    while (door->keys().age < auth::seconds(1) && steady_clock::now() < until)
        std::this_thread::sleep_for(20ms);
    EXPECT_LT(door->keys().age, auth::seconds(15)) << "since they were read";
    EXPECT_GE(door->keys().age, auth::seconds(1));
}

TEST_F(oidc, a_rotated_key_is_found_and_a_made_up_one_is_not) {
    start(settings(), 1, auth::seconds(0));
    EXPECT_EQ(subject_of(bearer(token_of(good_claims()))), "https://idp.example alice");
    test::publish_keys(*issuer, {"k1", "k2"});
    EXPECT_EQ(subject_of(bearer(token_of(good_claims(), "k2"))), "https://idp.example alice");
    EXPECT_EQ(issuer->count(test::keys_url), 2u);
    EXPECT_EQ(refusal_of(bearer(token_of(good_claims(), "k3"))), invalid);
    EXPECT_EQ(refusal_of(bearer(token_of(good_claims(), "k3"))), invalid);
    EXPECT_EQ(issuer->count(test::keys_url), 3u) << "asked about k3 once";
    // What the issuer has taken back is no longer believed, also where it was a moment ago.
    test::publish_keys(*issuer, {"k2"});
    EXPECT_EQ(refusal_of(bearer(token_of(good_claims(), "k4"))), invalid);
    EXPECT_EQ(refusal_of(bearer(token_of(good_claims()))), invalid);
}

TEST_F(oidc, made_up_key_ids_do_not_make_the_issuer_busy) {
    start();
    EXPECT_EQ(subject_of(bearer(token_of(good_claims()))), "https://idp.example alice");
    for (int i = 0; i < 20; ++i)
        (void)bearer(token_of(good_claims(), "made-up-" + std::to_string(i)));
    EXPECT_EQ(issuer->count(test::keys_url), 2u);
}

TEST_F(oidc, those_who_come_at_once_share_one_reading) {
    issuer->hold();
    start();
    constexpr int each = 8;
    std::vector<std::future<std::string>> answers;
    for (auto* on : {&caller, &other})
        for (int i = 0; i < each; ++i) {
            auto made = std::make_shared<std::promise<std::string>>();
            answers.push_back(made->get_future());
            on->get().spawn(
                [](oidc_authenticator& by, std::string token,
                   std::shared_ptr<std::promise<std::string>> to) -> awaitable<void> {
                    to->set_value(subject_of(co_await test::judged(by, {"Bearer " + token}, "")));
                }(*door, token_of(good_claims()), made),
                "a test");
        }
    // Everybody has asked when the workers have gone through their queues.
    caller.call([] {});
    other.call([] {});
    control.call([] {});
    issuer->release();
    for (auto& one : answers)
        EXPECT_EQ(fakes::one_worker::wait(std::move(one)), "https://idp.example alice");
    EXPECT_EQ(issuer->count(test::discovery_url), 1u);
    EXPECT_EQ(issuer->count(test::keys_url), 1u);
}

TEST_F(oidc, who_waits_is_told_when_the_gateway_ends) {
    issuer->hold();
    start();
    std::promise<std::string> made;
    caller->spawn(
        [](oidc_authenticator& by, std::promise<std::string>& to) -> awaitable<void> {
            to.set_value(refusal_of(co_await test::judged(by, {"Bearer " + token_of(good_claims())}, "")));
        }(*door, made),
        "a test");
    caller.call([] {});
    door->stop();
    EXPECT_EQ(fakes::one_worker::wait(made.get_future()).substr(0, 3), "503");
    issuer->release();
}

class opaque : public oidc {
protected:
    opaque() {
        from.introspection_url = test::question_url;
        from.client_id = "gw";
        from.client_secret = "s3cret";
        says({{"active", true}, {"sub", "alice"}, {"aud", test::our_audience}, {"scope", "a b"}});
    }
    void says(const json& answer, unsigned status = 200) {
        issuer->set(test::question_url, test::answer_of(answer.dump(), status));
    }
    oidc_config from = settings();
};

TEST_F(opaque, tokens_are_asked_about_once) {
    start(from);
    EXPECT_EQ(subject_of(bearer("opaque-token")), "https://idp.example alice");
    EXPECT_EQ(subject_of(ask(other, *door, {"Bearer opaque-token"})), "https://idp.example alice");
    EXPECT_EQ(issuer->count(test::question_url), 1u);
    const auto asked = issuer->last(test::question_url);
    EXPECT_EQ(asked.post->authorization, "Basic Z3c6czNjcmV0");
    EXPECT_EQ(asked.post->body, "token=opaque-token&token_type_hint=access_token");
    EXPECT_EQ(subject_of(bearer(token_of(good_claims()))), "https://idp.example alice") << "JWTs as before";
    EXPECT_EQ(issuer->count(test::question_url), 1u);
}

TEST_F(opaque, tokens_that_do_not_pass_are_told_apart_by_nobody) {
    from.required_scopes = {"a"};
    start(from);
    EXPECT_EQ(subject_of(bearer("good")), "https://idp.example alice");
    const auto refused_with = [&](const char* token, const json& answer) {
        says(answer);
        return refusal_of(bearer(token));
    };
    const auto invalid_token = HasSubstr("error=\"invalid_token\"");
    EXPECT_THAT(refused_with("t1", {{"active", false}}), invalid_token);
    EXPECT_THAT(refused_with("t2", {{"active", true}, {"sub", "a"}, {"aud", "other"}}), invalid_token);
    EXPECT_THAT(refused_with("t3", {{"active", true}, {"aud", test::our_audience}}), invalid_token);
    EXPECT_THAT(
        refused_with("t4", {{"active", true}, {"sub", "a"}, {"aud", test::our_audience}, {"scope", "b"}}),
        StartsWith("403"));
    says({}, 500);
    EXPECT_THAT(refusal_of(bearer("t5")), AllOf(StartsWith("503"), Not(HasSubstr("WWW-Authenticate"))));
    says({}, 401);
    EXPECT_THAT(refusal_of(bearer("t6")), StartsWith("503")) << "our own credentials are wrong";
    EXPECT_EQ(subject_of(bearer("good")), "https://idp.example alice") << "still known";
}

TEST_F(opaque, a_token_of_a_program_may_belong_to_its_client) {
    from.subject_fallback = oidc_config::subject_source::client_id;
    start(from);
    says({{"active", true}, {"client_id", "robot"}, {"aud", test::our_audience}});
    EXPECT_EQ(subject_of(bearer("t")), "https://idp.example robot");
}

// Whoever makes tokens up has the issuer asked about a few of them.
TEST_F(opaque, made_up_tokens_have_a_budget_and_good_ones_go_on) {
    // One that the leeway keeps alive is asked about with every request.
    const auto now =
        std::chrono::duration_cast<auth::seconds>(std::chrono::system_clock::now().time_since_epoch())
            .count();
    const json alice{{"active", true}, {"sub", "alice"}, {"aud", test::our_audience}, {"exp", now - 1}};
    says(alice);
    start(from);
    EXPECT_EQ(subject_of(bearer("of-alice")), "https://idp.example alice");

    issuer->hold();
    std::vector<std::future<std::string>> answers;
    const auto asked = [&](const std::string& token, const std::string& peer) {
        const auto before = issuer->count(test::question_url);
        auto made = std::make_shared<std::promise<std::string>>();
        answers.push_back(made->get_future());
        caller->spawn(
            [](oidc_authenticator& by, std::string credentials, std::string from_where,
               std::shared_ptr<std::promise<std::string>> to) -> awaitable<void> {
                to->set_value(refusal_of(
                    co_await test::judged(by, {std::move(credentials)}, "", {}, false, from_where)));
            }(*door, "Bearer " + token, peer, made),
            "a test");
        caller.call([] {});
        return issuer->count(test::question_url) > before;
    };
    std::size_t questions = 0;
    while (asked("made-up-" + std::to_string(questions), "192.0.2.1") && questions < 400)
        ++questions;
    EXPECT_GE(questions, 20u);
    EXPECT_LE(questions, 100u);
    EXPECT_THAT(fakes::one_worker::wait(std::move(answers.back())), StartsWith("429"));
    answers.pop_back();
    EXPECT_TRUE(asked("of-alice", "192.0.2.1")) << "a token that was good once never waits";
    EXPECT_TRUE(asked("of-bob", "192.0.2.2")) << "another address has a budget of its own";
    issuer->release();
    for (auto& one : answers)
        EXPECT_EQ(fakes::one_worker::wait(std::move(one)), "let in");
}

TEST_F(opaque, good_tokens_cost_nothing) {
    start(from);
    for (int i = 0; i < 500; ++i)
        ASSERT_EQ(subject_of(bearer("good-" + std::to_string(i))), "https://idp.example alice");
    says({}, 500);
    for (int i = 0; i < 500; ++i)
        ASSERT_THAT(refusal_of(bearer("t-" + std::to_string(i))), StartsWith("503")) << "nor does an outage";
}

TEST_F(opaque, those_who_come_at_once_share_one_question) {
    start(from);
    issuer->hold();
    std::vector<std::future<std::string>> answers;
    for (auto* on : {&caller, &other, &caller, &other}) {
        auto made = std::make_shared<std::promise<std::string>>();
        answers.push_back(made->get_future());
        on->get().spawn(
            [](oidc_authenticator& by, std::shared_ptr<std::promise<std::string>> to) -> awaitable<void> {
                to->set_value(subject_of(co_await test::judged(by, {"Bearer opaque"}, "")));
            }(*door, made),
            "a test");
    }
    caller.call([] {});
    other.call([] {});
    issuer->release();
    for (auto& one : answers)
        EXPECT_EQ(fakes::one_worker::wait(std::move(one)), "https://idp.example alice");
    EXPECT_EQ(issuer->count(test::question_url), 1u);
}

} // namespace
} // namespace vmcp
