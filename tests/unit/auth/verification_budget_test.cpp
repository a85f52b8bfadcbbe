// Who may have tokens checked when, by the clock of the test.
#include "auth/verification_budget.hpp"

#include "auth/token_digests.hpp"

#include <gtest/gtest.h>

#include <string>

namespace auth {
namespace {

using namespace std::chrono_literals;
using kind = check_leave::kind;

const steady_time t0{1000h};
constexpr budget_limits limits{.worker_each_second = 100us,
                               .worker_at_once = 200us,
                               .peer_each_second = 50us,
                               .peer_at_once = 100us,
                               .peers = 4};

TEST(verification_budget, good_tokens_cost_nothing) {
    verification_budget budget(limits);
    for (int i = 0; i < 10'000; ++i)
        EXPECT_EQ(budget.ask("10.0.0.1", 0, t0).how, kind::granted);
}

TEST(verification_budget, an_address_spends_its_share_and_no_more) {
    verification_budget budget(limits);
    int checked = 0;
    while (budget.ask("10.0.0.1", 0, t0).how == kind::granted && checked < 100) {
        budget.charge("10.0.0.1", 0, 10us, t0);
        ++checked;
    }
    EXPECT_EQ(checked, 10);
    const auto refused = budget.ask("10.0.0.1", 0, t0);
    EXPECT_EQ(refused.how, kind::peer_spent);
    EXPECT_EQ(refused.wait, 1s);
    EXPECT_EQ(budget.ask("10.0.0.2", 0, t0).how, kind::granted) << "another address has its own";
    EXPECT_EQ(budget.ask("10.0.0.1", 1, t0).how, kind::granted) << "another worker has its own";
}

TEST(verification_budget, a_second_brings_what_a_second_may_cost) {
    verification_budget budget(limits);
    budget.charge("10.0.0.1", 0, 100us, t0);
    EXPECT_EQ(budget.ask("10.0.0.1", 0, t0).how, kind::peer_spent);
    int checked = 0;
    for (auto now = t0; now < t0 + 20s; now += 1ms)
        if (budget.ask("10.0.0.1", 0, now).how == kind::granted) {
            budget.charge("10.0.0.1", 0, 10us, now);
            ++checked;
        }
    EXPECT_GE(checked, 80);
    EXPECT_LE(checked, 100) << "50 us each second";
    EXPECT_EQ(budget.ask("10.0.0.1", 0, t0 + 60s).how, kind::granted);
}

TEST(verification_budget, an_expensive_check_overdraws_and_is_waited_for) {
    verification_budget budget(limits);
    budget.charge("10.0.0.1", 0, 250us, t0);
    const auto refused = budget.ask("10.0.0.1", 0, t0);
    EXPECT_EQ(refused.how, kind::peer_spent);
    EXPECT_EQ(refused.wait, 4s) << "150 us and a bit at 50 us each second";
    EXPECT_EQ(budget.ask("10.0.0.1", 0, t0 + refused.wait).how, kind::granted);
}

TEST(verification_budget, many_addresses_together_spend_what_the_worker_has) {
    verification_budget budget(limits);
    int checked = 0;
    for (int i = 0; i < 1000; ++i) {
        const auto peer = "10.0.1." + std::to_string(i);
        const auto leave = budget.ask(peer, 0, t0);
        if (leave.how == kind::granted) {
            budget.charge(peer, 0, 10us, t0);
            ++checked;
        } else {
            EXPECT_EQ(leave.how, kind::worker_spent);
            EXPECT_EQ(leave.wait, 1s);
        }
    }
    EXPECT_EQ(checked, 20);
    EXPECT_EQ(budget.ask("10.0.9.9", 1, t0).how, kind::granted);
}

TEST(verification_budget, a_network_of_ipv6_is_one_peer) {
    EXPECT_EQ(budget_key("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
    EXPECT_EQ(budget_key("2001:db8:1:2::9"), budget_key("2001:db8:1:2:ffff::1"));
    EXPECT_NE(budget_key("2001:db8:1:3::9"), budget_key("2001:db8:1:2::9"));
    EXPECT_EQ(budget_key("192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(budget_key("::ffff:192.0.2.1"), "::ffff:192.0.2.1");
    EXPECT_EQ(budget_key("unknown"), "unknown");
}

TEST(verification_budget, es384_is_the_expensive_one) {
    EXPECT_GE(cost_of(algorithm::es384), 5 * cost_of(algorithm::es256));
    // With what is configured nowhere else: this many forged ES384 tokens of one address are checked in ten seconds.
    verification_budget budget;
    int checked = 0;
    for (auto now = t0; now < t0 + 10s; now += 100us) // 10,000 each second
        if (budget.ask("10.0.0.1", 0, now).how == kind::granted) {
            budget.charge("10.0.0.1", 0, cost_of(algorithm::es384), now);
            ++checked;
        }
    EXPECT_LE(checked, 65);
    EXPECT_GE(checked, 40);
}

TEST(token_digests, remembers_for_a_while_and_for_the_same_keys) {
    token_digests cache(160);
    const auto bad = sha256("bad");
    EXPECT_FALSE(cache.contains(bad, 1, t0));
    cache.put(bad, 1, t0 + 60s, t0);
    EXPECT_TRUE(cache.contains(bad, 1, t0 + 59s));
    EXPECT_FALSE(cache.contains(bad, 2, t0)) << "other keys may say something else";
    EXPECT_FALSE(cache.contains(sha256("other"), 1, t0));
    EXPECT_FALSE(cache.contains(bad, 1, t0 + 60s));
}

TEST(token_digests, is_bounded) {
    token_digests cache(160);
    for (int i = 0; i < 10'000; ++i)
        cache.put(sha256(std::to_string(i)), 1, t0 + 60s, t0);
    EXPECT_LE(cache.size(), 160u);
    EXPECT_TRUE(cache.contains(sha256("9999"), 1, t0));
}

} // namespace
} // namespace auth
