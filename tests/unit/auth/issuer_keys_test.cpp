// From an issuer's name to a key: discovery and key set as one machine, driven like a script.
#include "auth/issuer_keys.hpp"

#include "signing.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace auth {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using kind = key_answer::kind;

const steady_time t0{1000h};
const std::string openid = "https://issuer.example/.well-known/openid-configuration";
const std::string oauth = "https://issuer.example/.well-known/oauth-authorization-server";

issuer_settings discovered() {
    issuer_settings out;
    out.issuer = "https://issuer.example";
    return out;
}

issuer_settings configured() {
    auto out = discovered();
    out.jwks_uri = "https://issuer.example/keys";
    return out;
}

fetch_result metadata(const std::string& keys = "https://issuer.example/keys") {
    return {.status = 200, .body = json{{"issuer", "https://issuer.example"}, {"jwks_uri", keys}}.dump()};
}

fetch_result key_set(const std::string& id) {
    return {.status = 200,
            .body = json{{"keys", json::array({signing_key::own("EdDSA").jwk({{"kid", id}})})}}.dump()};
}

key_query query(std::string id) {
    return {algorithm::eddsa, std::move(id)};
}

// Answers the fetch that the step asks for.
key_step answer(issuer_keys& keys, const key_step& step, const fetch_result& result, steady_time now) {
    EXPECT_TRUE(step.fetch.has_value());
    return keys.fetched(step.fetch.value_or(key_fetch{}).id, result, now);
}

std::string url(const key_step& step) {
    return step.fetch ? step.fetch->url : "";
}

// Discovered and loaded at t0, with the key "a".
issuer_keys ready() {
    issuer_keys out(discovered());
    auto step = out.start(t0);
    step = answer(out, step, metadata(), t0);
    step = answer(out, step, key_set("a"), t0);
    EXPECT_TRUE(step.changed);
    EXPECT_EQ(url(step), "");
    return out;
}

TEST(issuer_keys, finds_the_key_set_first) {
    issuer_keys keys(discovered());
    auto step = keys.start(t0);
    EXPECT_EQ(url(step), openid);
    auto [asked, nothing] = keys.ask(query("a"), t0 + 1ms);
    EXPECT_EQ(asked.how, kind::wait);
    EXPECT_EQ(url(nothing), "");
    step = answer(keys, step, {.status = 404}, t0 + 2ms);
    EXPECT_EQ(url(step), oauth);
    step = answer(keys, step, metadata(), t0 + 3ms);
    EXPECT_EQ(url(step), "https://issuer.example/keys");
    EXPECT_TRUE(step.changed);
    EXPECT_EQ(keys.metadata()->issuer, "https://issuer.example");
    step = answer(keys, step, key_set("a"), t0 + 4ms);
    EXPECT_TRUE(step.changed);
    EXPECT_EQ(step.problem, "");
    ASSERT_EQ(step.answers.size(), 1U);
    EXPECT_EQ(step.answers[0].first, asked.ticket);
    EXPECT_EQ(step.answers[0].second.how, kind::found);
}

TEST(issuer_keys, a_configured_key_set_needs_no_discovery) {
    issuer_keys keys(configured());
    auto step = keys.start(t0);
    EXPECT_EQ(url(step), "https://issuer.example/keys");
    step = answer(keys, step, {.status = 404}, t0);
    EXPECT_EQ(url(step), "");
    EXPECT_EQ(step.problem,
              "the key set at 'https://issuer.example/keys' cannot be had: it answered with status 404");
    step = keys.tick(t0 + 500ms);
    step = answer(keys, step, key_set("a"), t0 + 500ms);
    EXPECT_EQ(keys.ask(query("a"), t0 + 1s).first.how, kind::found);
    EXPECT_EQ(keys.metadata(), std::nullopt);
}

TEST(issuer_keys, a_metadata_document_of_somebody_else_is_not_used) {
    issuer_keys keys(discovered());
    auto step = keys.start(t0);
    const fetch_result foreign{
        .status = 200, .body = R"({"issuer":"https://mallory.example","jwks_uri":"https://m.example/"})"};
    step = answer(keys, step, foreign, t0);
    EXPECT_EQ(url(step), oauth);
    step = answer(keys, step, foreign, t0);
    EXPECT_EQ(url(step), "");
    EXPECT_NE(step.problem.find("its issuer is 'https://mallory.example'"), std::string::npos)
        << step.problem;
    EXPECT_EQ(keys.keys(), nullptr);
    EXPECT_EQ(keys.wake(), t0 + 500ms);
}

TEST(issuer_keys, an_issuer_that_is_away_at_the_start_is_tried_again) {
    issuer_keys keys(discovered());
    auto step = keys.start(t0);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(url(step), openid);
        step = answer(keys, step, {.error = "connection refused"}, t0);
        EXPECT_NE(step.problem, "");
        EXPECT_EQ(url(step), "");
        if (i < 2)
            step = keys.tick(keys.wake().value());
    }
    EXPECT_EQ(keys.ask(query("a"), t0 + 1s).first.how, kind::unavailable);
    step = keys.tick(keys.wake().value());
    step = answer(keys, step, metadata(), t0 + 5s);
    step = answer(keys, step, key_set("a"), t0 + 5s);
    EXPECT_EQ(keys.ask(query("a"), t0 + 5s).first.how, kind::found);
}

TEST(issuer_keys, a_rotated_key_is_found_by_its_first_token) {
    auto keys = ready();
    auto [asked, step] = keys.ask(query("b"), t0 + 1min);
    EXPECT_EQ(asked.how, kind::wait);
    EXPECT_EQ(url(step), "https://issuer.example/keys"); // what was discovered a minute ago holds
    step = answer(keys, step, key_set("b"), t0 + 1min);
    ASSERT_EQ(step.answers.size(), 1U);
    EXPECT_EQ(step.answers[0].second.how, kind::found);
    EXPECT_EQ(keys.keys()->generation, 2U);
}

TEST(issuer_keys, a_key_set_that_is_gone_is_looked_for_again) {
    auto keys = ready();
    auto step = keys.tick(t0 + 12min);
    EXPECT_EQ(url(step), "https://issuer.example/keys");
    step = answer(keys, step, {.status = 404}, t0 + 12min);
    EXPECT_EQ(url(step), openid);
    step = answer(keys, step, metadata("https://issuer.example/keys2"), t0 + 12min);
    EXPECT_EQ(url(step), "https://issuer.example/keys2");
    step = answer(keys, step, key_set("b"), t0 + 12min);
    EXPECT_EQ(step.problem, "");
    EXPECT_EQ(keys.ask(query("b"), t0 + 12min).first.how, kind::found);
}

TEST(issuer_keys, a_key_set_that_is_still_gone_is_a_failure) {
    auto keys = ready();
    auto step = keys.tick(t0 + 12min);
    step = answer(keys, step, {.status = 404}, t0 + 12min);
    step = answer(keys, step, metadata(), t0 + 12min);
    EXPECT_EQ(url(step), "https://issuer.example/keys");
    step = answer(keys, step, {.status = 404}, t0 + 12min);
    EXPECT_EQ(url(step), "");
    EXPECT_NE(step.problem, "");
    EXPECT_EQ(keys.cache().failures(), 1U);
    EXPECT_EQ(keys.ask(query("a"), t0 + 12min).first.how, kind::found);
}

TEST(issuer_keys, other_errors_of_the_key_set_do_not_doubt_its_place) {
    for (const fetch_result& bad :
         {fetch_result{.status = 500}, fetch_result{.error = "timeout"}, fetch_result{.status = 302},
          fetch_result{.status = 200, .body = "<html>"},
          fetch_result{.status = 200, .body = "{}", .truncated = true}}) {
        auto keys = ready();
        auto step = keys.tick(t0 + 12min);
        step = answer(keys, step, bad, t0 + 12min);
        EXPECT_EQ(url(step), "");
        EXPECT_NE(step.problem, "");
        EXPECT_FALSE(step.changed);
        EXPECT_EQ(keys.wake(), t0 + 12min + 500ms);
        EXPECT_EQ(keys.ask(query("a"), t0 + 12min).first.how, kind::found);
    }
}

TEST(issuer_keys, metadata_is_read_again_every_day) {
    auto keys = ready();
    steady_time now = t0;
    unsigned looked = 0;
    while (now < t0 + 48h + 20min) {
        now = keys.wake().value();
        auto step = keys.tick(now);
        if (url(step) == openid) {
            ++looked;
            step = answer(keys, step, metadata(), now);
        }
        (void)answer(keys, step, key_set("a"), now);
    }
    EXPECT_EQ(looked, 2U);
}

TEST(issuer_keys, metadata_that_cannot_be_read_again_is_used_on) {
    auto keys = ready();
    steady_time now = t0;
    key_step step;
    do {
        now = keys.wake().value();
        step = keys.tick(now);
        if (url(step) != openid)
            (void)answer(keys, step, key_set("a"), now);
    } while (url(step) != openid);
    step = answer(keys, step, {.error = "timeout"}, now);
    EXPECT_EQ(url(step), "https://issuer.example/keys");
    EXPECT_NE(step.problem.find("what was known of it is used on"), std::string::npos) << step.problem;
    (void)answer(keys, step, key_set("a"), now);
    EXPECT_EQ(keys.ask(query("a"), now).first.how, kind::found);
}

TEST(issuer_keys, a_fetch_that_is_never_reported_is_given_up) {
    issuer_keys keys(configured());
    const auto lost = keys.start(t0);
    EXPECT_EQ(keys.wake(), t0 + 30s);
    EXPECT_EQ(url(keys.tick(t0 + 29s)), "");
    const auto given_up = keys.tick(t0 + 30s);
    EXPECT_NE(given_up.problem.find("no answer within 30 s"), std::string::npos);
    const auto again = keys.tick(t0 + 31s);
    EXPECT_EQ(url(again), "https://issuer.example/keys");
    const auto late = keys.fetched(lost.fetch->id, key_set("old"), t0 + 31s);
    EXPECT_FALSE(late.changed);
    EXPECT_EQ(keys.keys(), nullptr);
    EXPECT_TRUE(keys.fetched(again.fetch->id, key_set("a"), t0 + 32s).changed);
    EXPECT_FALSE(keys.fetched(again.fetch->id, key_set("b"), t0 + 33s).changed); // twice
}

TEST(issuer_keys, waiting_callers_are_answered_when_their_time_is_up) {
    issuer_keys keys(configured());
    const auto [asked, step] = keys.ask(query("a"), t0);
    EXPECT_EQ(url(step), "https://issuer.example/keys");
    const auto [other, nothing] = keys.ask(query("a"), t0);
    keys.forget(other.ticket);
    EXPECT_EQ(keys.wake(), t0 + 3s);
    const auto after = keys.tick(t0 + 3s);
    ASSERT_EQ(after.answers.size(), 1U);
    EXPECT_EQ(after.answers[0].first, asked.ticket);
    EXPECT_EQ(after.answers[0].second.how, kind::unavailable);
}

} // namespace
} // namespace auth
