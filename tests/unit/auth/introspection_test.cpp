// Introspection: the question, the judgement, and how long it is kept.
#include "auth/introspection.hpp"
#include "auth/introspection_cache.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace auth {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using kind = introspection_cache::reply::kind;

constexpr std::int64_t now_seconds = 1'800'000'000;
const wall_time wall{seconds{now_seconds}};
const steady_time t0{1000h};

claim_rules rules() {
    claim_rules out;
    out.issuer = "https://issuer.example";
    out.audiences = {"https://gateway.example/mcp"};
    return out;
}

fetch_result said(const json& members) {
    json out{{"active", true},
             {"aud", "https://gateway.example/mcp"},
             {"sub", "alice"},
             {"exp", now_seconds + 300}};
    out.update(members);
    return {.status = 200, .body = out.dump()};
}

rejection refused(const fetch_result& answer) {
    const auto found = judge_introspection(answer, rules(), wall);
    return found ? rejection{refusal::use_dpop_nonce, "it was let in"} : found.error();
}

TEST(introspection, asks_with_form_and_basic_credentials) {
    const auto plain = make_introspection_request("mF_9.B5f-4.1JqM", "rs", "rs-secret");
    EXPECT_EQ(plain.authorization, "Basic cnM6cnMtc2VjcmV0");
    EXPECT_EQ(plain.body, "token=mF_9.B5f-4.1JqM&token_type_hint=access_token");
    // RFC 6749 section 2.3.1: both are form-urlencoded before they are joined. "a:b" and "c d%+".
    const auto odd = make_introspection_request("a&b=c+d/e~", "a:b", "c d%+");
    EXPECT_EQ(odd.authorization, "Basic YSUzQWI6YytkJTI1JTJC"); // a%3Ab:c+d%25%2B
    EXPECT_EQ(odd.body, "token=a%26b%3Dc%2Bd%2Fe%7E&token_type_hint=access_token");
    EXPECT_EQ(make_introspection_request("a", "", "").authorization, "");
    EXPECT_EQ(form_urlencoded("\xC3\xA9*-._ "), "%C3%A9*-._+");
}

TEST(introspection, an_active_token_for_us_is_let_in) {
    const auto found = judge_introspection(
        said({{"scope", "mcp:read"}, {"client_id", "agent"}, {"groups", {"a"}}, {"n", 1.50}}), rules(), wall);
    ASSERT_TRUE(found) << found.error().detail;
    EXPECT_EQ(found->subject, "alice");
    EXPECT_EQ(found->issuer, "https://issuer.example");
    EXPECT_EQ(found->scopes, std::vector<std::string>{"mcp:read"});
    EXPECT_EQ(json::parse(found->json)["groups"], json({"a"})); // members of other kinds are kept
}

TEST(introspection, an_inactive_token_is_invalid) {
    EXPECT_EQ(refused({.status = 200, .body = R"({"active":false})"}),
              (rejection{refusal::invalid_token, "the issuer says that the token is not active", {}}));
    EXPECT_EQ(refused(said({{"active", false}})).why, refusal::invalid_token);
}

TEST(introspection, what_the_issuer_calls_active_is_judged_all_the_same) {
    for (const json& members : {json{{"aud", "https://other.example"}}, json{{"aud", nullptr}},
                                json{{"iss", "https://mallory.example"}}, json{{"exp", now_seconds - 100}},
                                json{{"nbf", now_seconds + 100}}, json{{"sub", nullptr}},
                                json{{"exp", "1800000300"}}, json{{"cnf", {{"jkt", "x"}}}}})
        EXPECT_EQ(refused(said(members)).why, refusal::invalid_token) << members;
    json no_audience = json::parse(said(json::object()).body);
    no_audience.erase("aud");
    EXPECT_EQ(refused({.status = 200, .body = no_audience.dump()}).detail, "the token has no 'aud'");
}

TEST(introspection, an_answer_that_is_none_says_nothing_about_the_token) {
    for (const fetch_result& bad :
         {fetch_result{.error = "timeout"}, fetch_result{.status = 500}, fetch_result{.status = 400},
          fetch_result{.status = 302}, fetch_result{.status = 401}, fetch_result{.status = 403},
          fetch_result{.status = 200, .body = "<html>"}, fetch_result{.status = 200, .body = "{}"},
          fetch_result{.status = 200, .body = R"({"active":"true"})"},
          fetch_result{.status = 200, .body = R"({"active":true,"active":false})"},
          fetch_result{.status = 200, .body = R"({"active":1})"},
          fetch_result{.status = 200,
                       .body = "{\"active\":true,\"x\":\"" + std::string(64 << 10, 'x') + "\"}"}}) {
        const auto why = refused(bad);
        EXPECT_EQ(why.why, refusal::unavailable) << bad.body.substr(0, 40);
        EXPECT_EQ(why.retry_after, 1s);
    }
    EXPECT_NE(refused({.status = 401}).detail.find("clientSecret"), std::string::npos);
}

TEST(introspection, verdicts_are_kept_for_a_short_while) {
    EXPECT_EQ(keep_active(wall + 10min, wall), 30s);
    EXPECT_EQ(keep_active(wall + 7s, wall), 7s);
    EXPECT_EQ(keep_active(wall - 7s, wall), 0ms);
    EXPECT_EQ(keep_refusal(refusal::invalid_token), 5s);
    EXPECT_EQ(keep_refusal(refusal::unavailable), 0ms);
}

shared_verdict active(seconds left = 300s) {
    token_claims claims;
    claims.subject = "alice";
    claims.expiry = wall + left;
    return make_verified_caller(std::move(claims), "token");
}

TEST(introspection_cache, asks_once_for_all_who_wait) {
    introspection_cache cache;
    const auto token = sha256("token");
    EXPECT_EQ(cache.ask(token, false, t0).how, kind::ask);
    const auto second = cache.ask(token, false, t0);
    const auto third = cache.ask(token, false, t0);
    EXPECT_EQ(second.how, kind::wait);
    EXPECT_EQ(cache.ask(sha256("other"), false, t0).how, kind::ask);
    EXPECT_EQ(cache.waiting(), 2U);
    cache.forget(token, third.ticket);
    EXPECT_EQ(cache.answered(token, active(), t0, wall), std::vector{second.ticket});
    EXPECT_EQ(cache.waiting(), 0U);
    const auto known = cache.ask(token, false, t0 + 29s);
    ASSERT_EQ(known.how, kind::known);
    EXPECT_EQ((**known.said)->who->who.subject, "alice");
    EXPECT_EQ(cache.ask(token, false, t0 + 30s).how, kind::ask);
}

TEST(introspection_cache, keeps_refusals_shortly_and_failures_not_at_all) {
    introspection_cache cache;
    const auto token = sha256("token");
    EXPECT_EQ(cache.ask(token, false, t0).how, kind::ask);
    (void)cache.answered(token, rejection{refusal::invalid_token, "not active"}, t0, wall);
    const auto known = cache.ask(token, false, t0 + 4s);
    ASSERT_EQ(known.how, kind::known);
    EXPECT_EQ(known.said->error().detail, "not active");
    EXPECT_EQ(cache.ask(token, false, t0 + 5s).how, kind::ask);
    (void)cache.answered(token, rejection{refusal::unavailable, "timeout"}, t0 + 6s, wall);
    EXPECT_EQ(cache.ask(token, false, t0 + 6s).how, kind::ask);
    (void)cache.answered(token, active(), t0 + 7s, wall);
    EXPECT_TRUE(cache.ask(token, false, t0 + 7s).said->has_value());
}

TEST(introspection_cache, made_up_tokens_leave_places_for_those_that_were_active) {
    introspection_cache cache({.questions = 4, .for_proven = 2});
    EXPECT_EQ(cache.ask(sha256("0"), false, t0).how, kind::ask);
    EXPECT_EQ(cache.ask(sha256("1"), false, t0).how, kind::ask);
    EXPECT_EQ(cache.ask(sha256("2"), false, t0).how, kind::crowded);
    EXPECT_EQ(cache.ask(sha256("3"), true, t0).how, kind::ask);
    EXPECT_EQ(cache.ask(sha256("4"), true, t0).how, kind::ask);
    EXPECT_EQ(cache.ask(sha256("5"), true, t0).how, kind::crowded);
}

TEST(introspection_cache, finds_what_is_known_or_asked_and_begins_nothing) {
    introspection_cache cache;
    const auto token = sha256("token");
    EXPECT_FALSE(cache.find(token, t0));
    EXPECT_EQ(cache.ask(token, false, t0).how, kind::ask);
    const auto waits = cache.find(token, t0);
    ASSERT_TRUE(waits);
    EXPECT_EQ(waits->how, kind::wait);
    EXPECT_EQ(cache.answered(token, active(), t0, wall), std::vector{waits->ticket});
    EXPECT_EQ(cache.find(token, t0)->how, kind::known);
    EXPECT_FALSE(cache.find(token, t0 + 30s));
}

TEST(introspection_cache, is_bounded_in_every_direction) {
    introspection_limits limits;
    limits.entries = 4;
    limits.questions = 3;
    limits.for_proven = 0;
    limits.waiters = 2;
    introspection_cache cache(limits);
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(cache.ask(sha256(std::to_string(i)), false, t0).how, kind::ask);
    EXPECT_EQ(cache.ask(sha256("3"), false, t0).how, kind::crowded);
    EXPECT_EQ(cache.ask(sha256("0"), false, t0).how, kind::wait);
    EXPECT_EQ(cache.ask(sha256("1"), false, t0).how, kind::wait);
    EXPECT_EQ(cache.ask(sha256("1"), false, t0).how, kind::crowded);
    (void)cache.answered(sha256("0"), active(), t0, wall);
    EXPECT_EQ(cache.ask(sha256("3"), false, t0).how, kind::ask);
    EXPECT_EQ(cache.ask(sha256("1"), false, t0).how, kind::wait);
    // Made-up tokens do not push out the real one.
    for (int i = 0; i < 100; ++i)
        (void)cache.answered(sha256("x" + std::to_string(i)), rejection{refusal::invalid_token, ""}, t0,
                             wall);
    EXPECT_EQ(cache.size(), 5U);
    EXPECT_EQ(cache.ask(sha256("0"), false, t0).how, kind::known);
}

} // namespace
} // namespace auth
