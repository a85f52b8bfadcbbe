// The cache of an issuer's keys, driven by a clock of the test: when it reads, who waits, and what is said
// meanwhile.
#include "jwks_machine.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace auth {
namespace {

using namespace std::chrono_literals;
using kind = key_answer::kind;

TEST(jwks_cache, reads_ahead_of_the_first_token) {
    jwks_machine one;
    EXPECT_EQ(one.cache.wake(), std::nullopt);
    one.start(t0);
    EXPECT_TRUE(one.fetching);
    EXPECT_EQ(one.cache.keys(), nullptr);
    EXPECT_TRUE(one.load({"a"}, t0 + 1s));
    EXPECT_EQ(one.changes, 1U);
    EXPECT_EQ(one.cache.keys()->generation, 1U);
    const auto found = one.ask("a", t0 + 2s);
    ASSERT_EQ(found.how, kind::found);
    EXPECT_EQ(found.key->id, "a");
    EXPECT_EQ(found.keys, one.cache.keys());
    EXPECT_FALSE(one.fetching);
}

TEST(jwks_cache, those_who_come_before_the_first_set_share_one_reading) {
    jwks_machine one;
    std::vector<key_answer> asked;
    for (int i = 0; i < 5; ++i)
        asked.push_back(one.ask(i == 4 ? "b" : "a", t0 + i * 1ms));
    for (const auto& answer : asked)
        EXPECT_EQ(answer.how, kind::wait);
    EXPECT_EQ(asked[0].until, t0 + 3s);
    EXPECT_TRUE(one.fetching);
    EXPECT_TRUE(one.load({"a"}, t0 + 1s));
    ASSERT_EQ(one.answered.size(), 4U);
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(one.answered[i].first, asked[i].ticket);
        EXPECT_EQ(one.answered[i].second.how, kind::found);
    }
    EXPECT_EQ(one.cache.waiting(), 1U) << "the set may be older than the last one's token";
    EXPECT_TRUE(one.load({"a"}, t0 + 2s));
    EXPECT_EQ(one.answered.at(0).first, asked[4].ticket);
    EXPECT_EQ(one.answered.at(0).second.how, kind::unknown);
    EXPECT_EQ(one.cache.waiting(), 0U);
}

TEST(jwks_cache, nobody_waits_longer_than_the_limit) {
    jwks_machine one;
    const auto early = one.ask("a", t0);
    const auto late = one.ask("a", t0 + 1s);
    EXPECT_EQ(one.cache.wake(), t0 + 3s);
    one.tick(t0 + 3s - 1ms);
    EXPECT_TRUE(one.answered.empty());
    one.tick(t0 + 3s);
    ASSERT_EQ(one.answered.size(), 1U);
    EXPECT_EQ(one.answered[0].first, early.ticket);
    EXPECT_EQ(one.answered[0].second.how, kind::unavailable);
    EXPECT_GT(one.answered[0].second.retry_after, 0ms);
    EXPECT_EQ(one.cache.wake(), t0 + 4s);
    EXPECT_TRUE(one.load({"a"}, t0 + 3500ms));
    ASSERT_EQ(one.answered.size(), 1U);
    EXPECT_EQ(one.answered[0].first, late.ticket);
}

TEST(jwks_cache, a_caller_that_left_is_not_answered) {
    jwks_machine one;
    const auto gone = one.ask("a", t0);
    const auto stays = one.ask("a", t0);
    one.cache.forget(gone.ticket);
    one.cache.forget(12345);
    EXPECT_TRUE(one.load({"a"}, t0 + 1s));
    ASSERT_EQ(one.answered.size(), 1U);
    EXPECT_EQ(one.answered[0].first, stays.ticket);
}

TEST(jwks_cache, the_number_of_those_who_wait_is_bounded) {
    jwks_machine one;
    for (int i = 0; i < 256; ++i)
        ASSERT_EQ(one.ask("a", t0).how, kind::wait);
    const auto turned_away = one.ask("a", t0);
    EXPECT_EQ(turned_away.how, kind::unavailable);
    EXPECT_EQ(turned_away.retry_after, 1s);
    EXPECT_EQ(one.cache.waiting(), 256U);
}

TEST(jwks_cache, without_a_first_set_it_tries_again_and_then_says_so) {
    jwks_machine one;
    one.start(t0);
    one.fail(t0);
    EXPECT_EQ(one.cache.wake(), t0 + 500ms);
    EXPECT_EQ(one.ask("a", t0 + 100ms).how, kind::wait); // the next try is near
    EXPECT_FALSE(one.fetching);
    one.tick(t0 + 500ms);
    EXPECT_TRUE(one.fetching);
    one.fail(t0 + 600ms);
    EXPECT_TRUE(one.answered.empty());
    one.tick(t0 + 1600ms);
    one.fail(t0 + 1700ms);
    ASSERT_EQ(one.answered.size(), 1U); // the third failure: nobody is kept any longer
    EXPECT_EQ(one.answered[0].second.how, kind::unavailable);
    EXPECT_EQ(one.answered[0].second.retry_after, 2s);
    const auto next = one.ask("a", t0 + 2700ms);
    EXPECT_EQ(next.how, kind::unavailable);
    EXPECT_EQ(next.retry_after, 1s);
    EXPECT_FALSE(one.fetching);
    one.tick(t0 + 3700ms);
    EXPECT_TRUE(one.fetching);
    EXPECT_EQ(one.ask("a", t0 + 3800ms).how, kind::wait); // it is being tried just now
    EXPECT_TRUE(one.load({"a"}, t0 + 4s));
    EXPECT_EQ(one.answered.size(), 1U);
    EXPECT_EQ(one.ask("a", t0 + 5s).how, kind::found);
    EXPECT_EQ(one.cache.failures(), 0U);
}

TEST(jwks_cache, a_caller_after_the_pause_starts_the_next_try) {
    jwks_machine one;
    one.start(t0);
    for (int i = 0; i < 4; ++i) {
        one.fail(t0 + i * 10s);
        EXPECT_EQ(one.ask("a", t0 + (i + 1) * 10s).how, kind::wait);
        EXPECT_TRUE(one.fetching);
    }
}

TEST(jwks_cache, reads_again_when_most_of_its_freshness_has_passed) {
    auto one = loaded({"a"});
    EXPECT_EQ(one.cache.wake(), t0 + 12min); // 80 % of a quarter of an hour
    one.tick(t0 + 12min - 1ms);
    EXPECT_FALSE(one.fetching);
    one.tick(t0 + 12min);
    EXPECT_TRUE(one.fetching);
    EXPECT_EQ(one.ask("a", t0 + 12min).how, kind::found); // nobody waits for that
    EXPECT_TRUE(one.load({"a"}, t0 + 12min, "max-age=3000"));
    EXPECT_EQ(one.cache.wake(), t0 + 12min + 2400s);
    EXPECT_EQ(one.changes, 1U); // the same text is the same generation
    EXPECT_EQ(one.cache.keys()->generation, 1U);
}

TEST(jwks_cache, jitter_brings_the_reading_forward) {
    jwks_settings settings;
    settings.jitter = 1;
    EXPECT_EQ(loaded({"a"}, settings).cache.wake(), t0 + 630s); // 70 % of 900 s
    settings.jitter = 7;
    EXPECT_EQ(loaded({"a"}, settings).cache.wake(), t0 + 630s);
}

TEST(jwks_cache, another_text_is_another_generation) {
    auto one = loaded({"a"});
    const auto old = one.cache.keys();
    one.tick(t0 + 12min);
    EXPECT_TRUE(one.load({"b"}, t0 + 12min));
    EXPECT_EQ(one.changes, 2U);
    EXPECT_EQ(one.cache.keys()->generation, 2U);
    EXPECT_EQ(one.ask("b", t0 + 12min).how, kind::found);
    EXPECT_EQ(one.ask("a", t0 + 12min).how, kind::wait); // withdrawn, or not yet everywhere: asked once more
    EXPECT_EQ(old->set.keys().size(), 1U);               // whoever holds it may go on using it
}

TEST(jwks_cache, keeps_the_last_set_while_reading_fails) {
    auto one = loaded({"a"});
    one.tick(t0 + 12min);
    one.fail(t0 + 12min);
    EXPECT_EQ(one.cache.failures(), 1U);
    EXPECT_EQ(one.cache.wake(), t0 + 12min + 500ms);
    steady_time now = t0 + 12min;
    while (now < t0 + 24h) {
        now = one.cache.wake().value();
        one.tick(now);
        if (!one.fetching)
            break;
        one.fail(now);
        if (now <= t0 + 24h) {
            ASSERT_EQ(one.ask("a", now).how, kind::found);
        }
    }
    // A day after it was last read it is no longer believed.
    EXPECT_GE(now, t0 + 24h);
    const auto after = one.ask("a", t0 + 24h + 1min);
    EXPECT_NE(after.how, kind::found);
    EXPECT_EQ(one.cache.keys(), nullptr);
    EXPECT_EQ(one.changes, 2U);
    if (one.fetching)
        one.fail(t0 + 24h + 1min);
    EXPECT_EQ(one.ask("a", t0 + 24h + 1min).how, kind::unavailable);
    one.tick(t0 + 25h);
    EXPECT_TRUE(one.load({"a"}, t0 + 25h));
    EXPECT_EQ(one.cache.keys()->generation, 2U); // what was believed under the first is not any more
}

TEST(jwks_cache, a_document_that_is_no_key_set_is_a_failure) {
    auto one = loaded({"a"});
    one.tick(t0 + 12min);
    EXPECT_FALSE(one.load_text("<html>welcome</html>", t0 + 12min));
    EXPECT_EQ(one.cache.failures(), 1U);
    EXPECT_EQ(one.ask("a", t0 + 12min).how, kind::found);
    EXPECT_EQ(one.changes, 1U);
}

TEST(jwks_cache, an_empty_set_is_the_issuers_word) {
    auto one = loaded({"a"});
    one.tick(t0 + 12min);
    EXPECT_TRUE(one.load_text(R"({"keys":[]})", t0 + 12min));
    EXPECT_EQ(one.ask("a", t0 + 12min).how, kind::wait);
    EXPECT_TRUE(one.load_text(R"({"keys":[]})", t0 + 12min));
    EXPECT_EQ(one.answered.at(0).second.how, kind::unknown);
}

TEST(jwks_cache, answers_become_rejections) {
    key_answer unknown;
    unknown.how = kind::unknown;
    const auto no_key = rejection_of(unknown, query("b\n"));
    EXPECT_EQ(no_key.why, refusal::invalid_token);
    EXPECT_EQ(no_key.detail.find('\n'), std::string::npos);
    EXPECT_EQ(rejection_of(unknown, {algorithm::rs256, std::nullopt}).why, refusal::invalid_token);
    key_answer away;
    away.retry_after = 1200ms;
    EXPECT_EQ(rejection_of(away, query("b")).why, refusal::unavailable);
    EXPECT_EQ(rejection_of(away, query("b")).retry_after, 2s);
}

} // namespace
} // namespace auth
