#include "vmcp/service/memory_rate_limiter.hpp"

#include "tests/fakes/run.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace vmcp {
namespace {

using namespace std::chrono_literals;

class memory_rate_limiters : public testing::Test {
protected:
    static token_draw all(std::uint32_t tokens, std::chrono::milliseconds period = 10s,
                          std::string_view tool = {}) {
        return {.tool = tool, .max_tokens = tokens, .refill_period = period};
    }
    static token_draw of(const identity& user, std::uint32_t tokens, std::chrono::milliseconds period = 10s,
                         std::string_view tool = {}) {
        return {.tool = tool, .user = &user, .max_tokens = tokens, .refill_period = period};
    }
    rate_decision take(const std::vector<token_draw>& draws) { return limiter_.take_now(draws); }

    token_bucket::time_point now_{1h};
    memory_rate_limiter limiter_{{.buckets = 100, .key_bytes = 10'000}, [this] { return now_; }};
    const identity alice_{"iss", "alice"};
    const identity bob_{"iss", "bob"};
};

TEST_F(memory_rate_limiters, count_for_each_user_and_for_all) {
    const std::vector<token_draw> for_alice{all(3), of(alice_, 2)};
    const std::vector<token_draw> for_bob{all(3), of(bob_, 2)};
    EXPECT_TRUE(take(for_alice).allowed);
    EXPECT_TRUE(take(for_alice).allowed);
    const auto third = take(for_alice);
    EXPECT_FALSE(third.allowed);
    EXPECT_EQ(third.refused_by, 1U);
    EXPECT_EQ(third.retry_after, 5s);
    EXPECT_TRUE(take(for_bob).allowed);
    const auto fifth = take(for_bob);
    EXPECT_FALSE(fifth.allowed);
    EXPECT_EQ(fifth.refused_by, 0U);
}

TEST_F(memory_rate_limiters, take_from_none_where_one_is_empty) {
    EXPECT_TRUE(take({of(alice_, 1)}).allowed);
    for (int i = 0; i < 10; ++i)
        EXPECT_FALSE(take({all(2), of(alice_, 1)}).allowed);
    EXPECT_TRUE(take({all(2), of(bob_, 1)}).allowed);
    EXPECT_TRUE(take({all(2)}).allowed);
    EXPECT_FALSE(take({all(2)}).allowed);
}

TEST_F(memory_rate_limiters, say_when_every_bucket_has_a_token) {
    EXPECT_TRUE(take({all(1, 1s), all(1, 60s, "t")}).allowed);
    const auto refused = take({all(1, 1s), all(1, 60s, "t")});
    EXPECT_EQ(refused.refused_by, 0U);
    EXPECT_EQ(refused.retry_after, 60s);
    now_ += 1s;
    EXPECT_EQ(take({all(1, 1s), all(1, 60s, "t")}).refused_by, 1U);
    now_ += 59s;
    EXPECT_TRUE(take({all(1, 1s), all(1, 60s, "t")}).allowed);
}

TEST_F(memory_rate_limiters, never_take_one_bucket_for_another) {
    const identity odd{"", "alice"}, other{"iss\nalice", ""};
    const std::vector<token_draw> different{of(alice_, 1),
                                            of(bob_, 1),
                                            of(odd, 1),
                                            of(other, 1),
                                            of(alice_, 1, 10s, "t"),
                                            of(alice_, 1, 10s, "t\niss"),
                                            all(1),
                                            all(1, 10s, "t"),
                                            all(1, 10s, "t\niss\nalice")};
    for (std::size_t i = 0; i < different.size(); ++i)
        EXPECT_TRUE(take({different[i]}).allowed) << i;
    for (std::size_t i = 0; i < different.size(); ++i)
        EXPECT_FALSE(take({different[i]}).allowed) << i;
}

TEST_F(memory_rate_limiters, begin_anew_with_another_size_and_go_on_with_the_same) {
    EXPECT_TRUE(take({all(1)}).allowed);
    EXPECT_FALSE(take({all(1)}).allowed);
    EXPECT_TRUE(take({all(2)}).allowed);
    EXPECT_TRUE(take({all(2)}).allowed);
    EXPECT_FALSE(take({all(2)}).allowed);
    EXPECT_TRUE(take({all(2, 20s)}).allowed);
}

TEST_F(memory_rate_limiters, forget_users_who_are_gone) {
    for (int i = 0; i < 50; ++i) {
        const identity user{"iss", "u" + std::to_string(i)};
        EXPECT_TRUE(take({of(user, 1)}).allowed);
    }
    EXPECT_EQ(limiter_.user_buckets(), 50U);
    now_ += 10s;
    for (int i = 0; i < 25; ++i) {
        const identity user{"iss", "v" + std::to_string(i)};
        EXPECT_TRUE(take({of(user, 1)}).allowed);
    }
    EXPECT_LE(limiter_.user_buckets(), 26U);
    EXPECT_EQ(limiter_.evicted(), 0U);
}

TEST_F(memory_rate_limiters, are_bounded_and_lose_those_longest_unused_first) {
    EXPECT_TRUE(take({all(1, 1h, "rare")}).allowed);
    for (int i = 0; i < 1'000; ++i) {
        const identity user{"iss", "u" + std::to_string(i)};
        EXPECT_TRUE(take({of(user, 1)}).allowed);
        ASSERT_LE(limiter_.user_buckets(), 100U);
    }
    EXPECT_EQ(limiter_.evicted(), 900U);
    const identity last{"iss", "u999"};
    EXPECT_FALSE(take({of(last, 1)}).allowed);
    EXPECT_FALSE(take({all(1, 1h, "rare")}).allowed) << "no crowd pushes out what holds for all";
    // Names of any length do not take more room than names may take.
    for (int i = 0; i < 50; ++i) {
        const identity user{"iss", std::string(1'000, 'x') + std::to_string(i)};
        EXPECT_TRUE(take({of(user, 1)}).allowed);
        ASSERT_LE(limiter_.user_buckets(), 100U);
    }
    EXPECT_LE(limiter_.user_buckets(), 10U);
    // A single one that is too long is still counted.
    const identity long_one{"iss", std::string(20'000, 'y')};
    EXPECT_TRUE(take({of(long_one, 1)}).allowed);
    EXPECT_FALSE(take({of(long_one, 1)}).allowed);
}

TEST_F(memory_rate_limiters, hold_all_four_buckets_of_a_call_at_the_bound) {
    memory_rate_limiter tiny({.buckets = 1, .key_bytes = 1}, [this] { return now_; });
    const std::vector<token_draw> four{all(2), all(2, 10s, "t"), of(alice_, 2), of(alice_, 2, 10s, "t")};
    EXPECT_TRUE(tiny.take_now(four).allowed);
    EXPECT_TRUE(tiny.take_now(four).allowed);
    EXPECT_FALSE(tiny.take_now(four).allowed);
}

TEST_F(memory_rate_limiters, let_through_what_they_should_when_threads_ask_at_once) {
    std::atomic<int> allowed{0};
    std::vector<std::thread> threads;
    threads.reserve(4);
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 100; ++i)
                allowed += take({all(150), of(alice_, 150)}).allowed ? 1 : 0;
        });
    for (auto& one : threads)
        one.join();
    EXPECT_EQ(allowed, 150);
}

TEST_F(memory_rate_limiters, are_a_port) {
    boost::asio::io_context io;
    rate_limiter& port = limiter_;
    const std::vector<token_draw> one{all(1)};
    EXPECT_TRUE(fakes::run(io, port.take(one)).value().allowed);
    EXPECT_FALSE(fakes::run(io, port.take(one)).value().allowed);
}

} // namespace
} // namespace vmcp
