// Verified tokens that are remembered, and when they are not any more.
#include "auth/verified_token_cache.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace auth {
namespace {

using namespace std::chrono_literals;

const wall_time wall{1'800'000'000s};
const steady_time t0{1000h};

std::shared_ptr<const verified_caller> caller(std::string subject, seconds left = 300s,
                                              std::size_t size = 0) {
    token_claims claims;
    claims.subject = std::move(subject);
    claims.expiry = wall + left;
    claims.json = std::string(size, 'x');
    return make_verified_caller(std::move(claims), "token");
}

TEST(verified_caller, is_made_of_a_token_and_its_claims) {
    token_claims claims;
    claims.issuer = "https://issuer.example";
    claims.subject = "alice";
    claims.scopes = {"a", "b"};
    claims.json = R"({"sub":"alice"})";
    claims.bound_to = {"thumb", {}};
    claims.expiry = wall;
    const auto made = make_verified_caller(claims, "the token");
    EXPECT_EQ(made->who->who, (vmcp::identity{"https://issuer.example", "alice"}));
    EXPECT_EQ(made->who->claims, R"({"sub":"alice"})");
    EXPECT_EQ(made->who->token, "the token");
    EXPECT_EQ(made->who->scopes, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(made->bound_to.key, "thumb");
    EXPECT_EQ(made->expiry, wall);
    const auto longer = make_verified_caller(claims, std::string(1000, 't'));
    EXPECT_EQ(weight_of(*longer), weight_of(*made) + 991);
}

TEST(verified_token_cache, remembers_for_a_minute_at_most) {
    verified_token_cache cache;
    const auto alice = caller("alice");
    cache.put(sha256("a"), alice, 1, t0, wall);
    EXPECT_EQ(cache.find(sha256("a"), 1, t0 + 59s), alice);
    EXPECT_EQ(cache.find(sha256("b"), 1, t0), nullptr);
    EXPECT_EQ(cache.find(sha256("a"), 1, t0 + 60s), nullptr);
    EXPECT_EQ(cache.size(), 0U);
}

TEST(verified_token_cache, never_outlives_the_token) {
    verified_token_cache cache;
    cache.put(sha256("a"), caller("alice", 10s), 1, t0, wall);
    EXPECT_NE(cache.find(sha256("a"), 1, t0 + 9s), nullptr);
    EXPECT_EQ(cache.find(sha256("a"), 1, t0 + 10s), nullptr);
    cache.put(sha256("b"), caller("bob", -10s), 1, t0, wall); // alive by the leeway only
    EXPECT_EQ(cache.size(), 0U);
    token_claims far;
    far.expiry = wall_time(8'835'955'200s);
    cache.put(sha256("c"), make_verified_caller(far, ""), 1, t0, wall);
    EXPECT_NE(cache.find(sha256("c"), 1, t0 + 59s), nullptr);
    EXPECT_EQ(cache.find(sha256("c"), 1, t0 + 60s), nullptr);
}

TEST(verified_token_cache, says_nothing_under_other_keys) {
    verified_token_cache cache;
    cache.put(sha256("a"), caller("alice"), 1, t0, wall);
    EXPECT_EQ(cache.find(sha256("a"), 2, t0), nullptr);
    EXPECT_EQ(cache.find(sha256("a"), 1, t0), nullptr); // and is gone
    cache.put(sha256("a"), caller("alice"), 2, t0, wall);
    EXPECT_NE(cache.find(sha256("a"), 2, t0), nullptr);
    EXPECT_EQ(cache.find(sha256("a"), 0, t0), nullptr); // no keys at all
}

TEST(verified_token_cache, is_bounded_by_entries_and_bytes) {
    verified_token_cache few({.entries = 160, .bytes = 1 << 30});
    for (int i = 0; i < 5000; ++i)
        few.put(sha256(std::to_string(i)), caller("s"), 1, t0, wall);
    EXPECT_LE(few.size(), 160U);
    EXPECT_GT(few.size(), 100U);
    EXPECT_NE(few.find(sha256("4999"), 1, t0), nullptr);

    verified_token_cache small({.entries = 10'000, .bytes = 16 * 20'000});
    for (int i = 0; i < 500; ++i)
        small.put(sha256(std::to_string(i)), caller("s", 300s, 5'000), 1, t0, wall);
    EXPECT_LE(small.size(), 16U * 3);
    EXPECT_GT(small.size(), 16U);
}

TEST(verified_token_cache, many_threads_find_what_they_put) {
    verified_token_cache cache({.entries = 1'000, .bytes = 1 << 20});
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&cache, t] {
            for (int i = 0; i < 2'000; ++i) {
                const auto token = sha256(std::to_string(i % 50));
                if (const auto found = cache.find(token, 1, t0))
                    EXPECT_EQ(found->who->who.subject, std::to_string(i % 50));
                else
                    cache.put(token, caller(std::to_string(i % 50)), 1, t0, wall);
                if (t == 0 && i % 500 == 499)
                    cache.put(token, caller(std::to_string(i % 50)), 2, t0, wall); // other keys
            }
        });
    }
    for (auto& one : threads)
        one.join();
    EXPECT_LE(cache.size(), 50U);
}

} // namespace
} // namespace auth
