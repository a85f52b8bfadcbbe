// The cache of an issuer's keys and key ids that it does not know: rotation, forgeries, and telling them
// apart.
#include "jwks_machine.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace auth {
namespace {

using namespace std::chrono_literals;
using kind = key_answer::kind;

TEST(jwks_unknown, an_unknown_id_makes_it_read_at_once_for_all_who_wait) {
    auto one = loaded({"a"});
    const auto first = one.ask("b", t0 + 1min);
    const auto second = one.ask("b", t0 + 1min);
    EXPECT_EQ(first.how, kind::wait);
    EXPECT_EQ(second.how, kind::wait);
    EXPECT_TRUE(one.fetching);
    EXPECT_EQ(one.ask("a", t0 + 1min).how, kind::found);
    EXPECT_TRUE(one.load({"a", "b"}, t0 + 61s));
    ASSERT_EQ(one.answered.size(), 2U);
    EXPECT_EQ(one.answered[0].second.how, kind::found);
    EXPECT_EQ(one.answered[1].second.key->id, "b");
}

TEST(jwks_unknown, an_id_that_is_not_there_after_reading_is_unknown_for_a_minute) {
    auto one = loaded({"a"});
    EXPECT_EQ(one.ask("b", t0 + 1min).how, kind::wait);
    EXPECT_TRUE(one.load({"a"}, t0 + 1min));
    EXPECT_EQ(one.answered.at(0).second.how, kind::unknown);
    EXPECT_EQ(one.ask("b", t0 + 1min + 59s).how, kind::unknown);
    EXPECT_FALSE(one.fetching);
    EXPECT_EQ(one.ask("b", t0 + 2min).how, kind::wait);
    EXPECT_TRUE(one.fetching);
}

TEST(jwks_unknown, an_id_that_appears_is_found_at_once) {
    auto one = loaded({"a"});
    EXPECT_EQ(one.ask("b", t0 + 1min).how, kind::wait);
    EXPECT_TRUE(one.load({"a"}, t0 + 1min));
    EXPECT_EQ(one.ask("b", t0 + 61s).how, kind::unknown);
    EXPECT_EQ(one.ask("c", t0 + 90s).how, kind::wait); // makes it read again
    EXPECT_TRUE(one.load({"a", "b"}, t0 + 90s));
    EXPECT_EQ(one.ask("b", t0 + 90s).how, kind::found);
}

// The issuer rotates while its set is being read: what comes is the set of before.
TEST(jwks_unknown, who_comes_while_it_is_read_waits_for_the_next_reading) {
    auto one = loaded({"a"});
    one.tick(t0 + 12min); // the refresh
    ASSERT_TRUE(one.fetching);
    const auto late = one.ask("b", t0 + 12min + 1s);
    ASSERT_EQ(late.how, kind::wait);
    EXPECT_TRUE(one.load({"a"}, t0 + 12min + 2s));
    EXPECT_TRUE(one.answered.empty());
    EXPECT_TRUE(one.fetching) << "for those who came meanwhile";
    EXPECT_EQ(one.ask("a", t0 + 12min + 2s).how, kind::found);
    EXPECT_TRUE(one.load({"a", "b"}, t0 + 12min + 3s));
    ASSERT_EQ(one.answered.size(), 1U);
    EXPECT_EQ(one.answered[0].first, late.ticket);
    EXPECT_EQ(one.answered[0].second.how, kind::found);
    EXPECT_FALSE(one.fetching);
}

TEST(jwks_unknown, nor_is_a_key_unknown_when_the_next_reading_may_not_begin_yet) {
    auto one = loaded({"a"});
    EXPECT_EQ(one.ask("x", t0 + 1min).how, kind::wait); // reads it
    const auto late = one.ask("b", t0 + 61s);
    ASSERT_EQ(late.how, kind::wait);
    EXPECT_TRUE(one.load({"a"}, t0 + 62s));
    ASSERT_EQ(one.answered.size(), 2U);
    EXPECT_EQ(one.answered[0].second.how, kind::unknown);
    EXPECT_EQ(one.answered[1].first, late.ticket);
    EXPECT_EQ(one.answered[1].second.how, kind::unavailable);
    EXPECT_EQ(one.answered[1].second.retry_after, 28s);
    EXPECT_FALSE(one.fetching);
    EXPECT_EQ(one.ask("b", t0 + 90s).how, kind::wait) << "it was not called unknown";
    EXPECT_TRUE(one.load({"a", "b"}, t0 + 90s));
    EXPECT_EQ(one.answered.at(0).second.how, kind::found);
}

TEST(jwks_unknown, who_waits_through_a_failure_has_come_before_the_next_reading) {
    jwks_machine one;
    one.start(t0);
    const auto late = one.ask("b", t0 + 1ms);
    one.fail(t0 + 2ms);
    one.tick(t0 + 2s);
    ASSERT_TRUE(one.fetching);
    EXPECT_TRUE(one.load({"a"}, t0 + 2s));
    ASSERT_EQ(one.answered.size(), 1U);
    EXPECT_EQ(one.answered[0].first, late.ticket);
    EXPECT_EQ(one.answered[0].second.how, kind::unknown);
    EXPECT_FALSE(one.fetching);
}

TEST(jwks_unknown, unknown_ids_do_not_make_it_read_all_the_time) {
    auto one = loaded({"a"});
    EXPECT_EQ(one.ask("x0", t0 + 1min).how, kind::wait);
    EXPECT_TRUE(one.load({"a"}, t0 + 1min));
    for (int i = 1; i < 30; ++i) {
        const auto other = one.ask("x" + std::to_string(i), t0 + 1min + i * 1s);
        EXPECT_EQ(other.how, kind::unavailable); // it may be a key that was rotated in just now
        EXPECT_EQ(other.retry_after, (30 - i) * 1s);
        EXPECT_FALSE(one.fetching);
    }
    EXPECT_EQ(one.ask("x30", t0 + 90s).how, kind::wait);
    EXPECT_TRUE(one.fetching);
}

TEST(jwks_unknown, what_is_remembered_of_unknown_ids_is_bounded) {
    jwks_settings settings;
    settings.miss_spacing = 0s;
    settings.max_unknown = 4;
    auto one = loaded({"a"}, settings);
    for (int i = 0; i < 8; ++i) {
        EXPECT_EQ(one.ask("x" + std::to_string(i), t0 + 1s).how, kind::wait);
        EXPECT_TRUE(one.load({"a"}, t0 + 1s));
    }
    EXPECT_EQ(one.ask("x7", t0 + 1s).how, kind::unknown);
    EXPECT_EQ(one.ask("x4", t0 + 1s).how, kind::unknown);
    EXPECT_EQ(one.ask("x3", t0 + 1s).how, kind::wait);
}

TEST(jwks_unknown, an_id_is_unknown_for_the_algorithm_it_was_asked_for) {
    auto one = loaded({"a"});
    EXPECT_EQ(one.ask({algorithm::rs256, "b"}, t0 + 1min).how, kind::wait);
    EXPECT_TRUE(one.load({"a"}, t0 + 1min));
    EXPECT_EQ(one.ask({algorithm::rs256, "b"}, t0 + 1min).how, kind::unknown);
    EXPECT_EQ(one.ask({algorithm::eddsa, "b"}, t0 + 2min).how, kind::wait);
}

TEST(jwks_unknown, two_keys_that_could_be_meant_are_none) {
    auto one = loaded({"a", "a", "b"});
    EXPECT_EQ(one.ask("a", t0).how, kind::unknown);
    EXPECT_EQ(one.ask({algorithm::eddsa, std::nullopt}, t0).how, kind::unknown);
    EXPECT_FALSE(one.fetching); // reading again would not help
}

TEST(jwks_unknown, without_an_id_the_only_key_is_meant) {
    auto one = loaded({"a"});
    EXPECT_EQ(one.ask({algorithm::eddsa, std::nullopt}, t0).how, kind::found);
    EXPECT_EQ(one.ask({algorithm::rs256, std::nullopt}, t0).how, kind::wait);
    EXPECT_TRUE(one.load({"a"}, t0));
    EXPECT_EQ(one.ask({algorithm::rs256, std::nullopt}, t0).how, kind::unknown);
}

TEST(jwks_unknown, an_unknown_id_while_the_issuer_is_away_is_no_verdict) {
    auto one = loaded({"a"});
    EXPECT_EQ(one.ask("b", t0 + 1min).how, kind::wait);
    one.fail(t0 + 61s);
    ASSERT_EQ(one.answered.size(), 1U);
    EXPECT_EQ(one.answered[0].second.how, kind::unavailable);
    EXPECT_EQ(one.ask("b", t0 + 62s).how, kind::unavailable);
    EXPECT_EQ(one.ask("b", t0 + 62s).retry_after, 28s);
    EXPECT_EQ(one.ask("a", t0 + 62s).how, kind::found);
}

} // namespace
} // namespace auth
