// Tokens are kept until shortly before they end, fetched once for many, and dropped when a backend refuses them.
#include "auth/tokens/token_cache.hpp"

#include <gtest/gtest.h>

#include <string>

namespace auth {
namespace {

using namespace std::chrono_literals;
using kind = token_cache::reply::kind;

const steady_time t0{1000h};

sha256_digest key(std::string_view name) {
    return sha256(name);
}

shared_credential token(std::string value) {
    return std::make_shared<const vmcp::credential>(
        vmcp::credential{.fields = {{"Authorization", std::move(value)}}});
}

TEST(token_cache, one_fetches_and_the_others_wait) {
    token_cache cache;
    EXPECT_EQ(cache.ask(key("a"), t0).how, kind::fetch);
    const auto second = cache.ask(key("a"), t0);
    const auto third = cache.ask(key("a"), t0);
    EXPECT_EQ(second.how, kind::wait);
    EXPECT_NE(second.ticket, third.ticket);
    EXPECT_EQ(cache.ask(key("b"), t0).how, kind::fetch) << "of another key";
    const auto made = token("x");
    EXPECT_EQ(cache.fetched(key("a"), made, 60s, t0), (std::vector{second.ticket, third.ticket}));
    EXPECT_EQ(cache.ask(key("a"), t0 + 59s).said->value(), made);
    EXPECT_EQ(cache.ask(key("a"), t0 + 60s).how, kind::fetch);
}

TEST(token_cache, a_refusal_stands_for_a_moment) {
    token_cache cache;
    (void)cache.ask(key("a"), t0);
    (void)cache.fetched(key("a"), token_refusal{.text = "no", .refused = true}, 0s, t0);
    EXPECT_EQ(cache.ask(key("a"), t0 + 4s).said->error().text, "no");
    EXPECT_EQ(cache.ask(key("a"), t0 + 5s).how, kind::fetch);
}

TEST(token_cache, what_lives_too_short_is_for_those_who_waited) {
    token_cache cache;
    (void)cache.ask(key("a"), t0);
    const auto waits = cache.ask(key("a"), t0);
    EXPECT_EQ(cache.fetched(key("a"), token("x"), 0s, t0), std::vector{waits.ticket});
    EXPECT_EQ(cache.ask(key("a"), t0).how, kind::fetch);
}

TEST(token_cache, a_token_that_a_backend_refuses_is_dropped_once) {
    token_cache cache;
    const auto put = [&](const shared_credential& which, steady_time now) {
        EXPECT_EQ(cache.ask(key("a"), now).how, kind::fetch);
        (void)cache.fetched(key("a"), which, 60s, now);
    };
    const auto first = token("1");
    put(first, t0);
    EXPECT_TRUE(cache.refused(key("a"), *first, t0 + 1s));
    EXPECT_TRUE(cache.refused(key("a"), *first, t0 + 1s)) << "two calls had it";
    const auto second = token("2");
    put(second, t0 + 1s);
    EXPECT_TRUE(cache.refused(key("a"), *first, t0 + 1s)) << "there is another already";
    EXPECT_EQ(cache.ask(key("a"), t0 + 1s).how, kind::known);
    EXPECT_FALSE(cache.refused(key("a"), *second, t0 + 2s)) << "a fresh one does not help";
    EXPECT_EQ(cache.ask(key("a"), t0 + 2s).how, kind::known);
    EXPECT_TRUE(cache.refused(key("a"), *second, t0 + 12s));
    EXPECT_EQ(cache.ask(key("a"), t0 + 12s).how, kind::fetch);
}

TEST(token_cache, is_bounded) {
    token_cache cache({.entries = 2, .fetches = 2, .waiters = 1});
    EXPECT_EQ(cache.ask(key("a"), t0).how, kind::fetch);
    EXPECT_EQ(cache.ask(key("b"), t0).how, kind::fetch);
    EXPECT_EQ(cache.ask(key("c"), t0).how, kind::crowded);
    const auto waits = cache.ask(key("a"), t0);
    EXPECT_EQ(waits.how, kind::wait);
    EXPECT_EQ(cache.ask(key("a"), t0).how, kind::crowded);
    cache.forget(key("a"), waits.ticket);
    EXPECT_EQ(cache.ask(key("b"), t0).how, kind::wait);
    (void)cache.fetched(key("a"), token("1"), 60s, t0);
    (void)cache.fetched(key("b"), token("2"), 60s, t0);
    (void)cache.ask(key("c"), t0);
    (void)cache.fetched(key("c"), token("3"), 60s, t0);
    EXPECT_EQ(cache.size(), 2u);
    EXPECT_EQ(cache.ask(key("a"), t0).how, kind::fetch) << "the oldest went";
}

} // namespace
} // namespace auth
