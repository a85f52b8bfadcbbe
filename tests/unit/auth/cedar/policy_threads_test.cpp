// Many threads ask while policies are replaced: each decision is that of one whole set.
#include "policy_fixture.hpp"

#include "auth/cedar/decision_cache.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace auth {
namespace {

constexpr int thread_count = 8;
constexpr int rounds = 300;

// What is published, as a reload would publish it.
class published {
public:
    explicit published(std::shared_ptr<const policy_set> first) : now_(std::move(first)) {}

    std::shared_ptr<const policy_set> get() const {
        const std::lock_guard lock(mutex_);
        return now_;
    }
    void set(std::shared_ptr<const policy_set> next) {
        const std::lock_guard lock(mutex_);
        now_.swap(next);
    }

private:
    mutable std::mutex mutex_{};
    std::shared_ptr<const policy_set> now_;
};

// Allows the tools "<generation>" and no other, and says which generation it is by an attribute that it errs on.
std::shared_ptr<const policy_set> generation(int number) {
    const auto name = std::to_string(number % 2);
    return compiled(
        {"permit(principal in THVGroup::\"staff\", action, resource == Tool::\"t" + name + "\");",
         "forbid(principal, action, resource) when { context has arg_n && context.arg_n > 5 };",
         "permit(principal, action, resource == Tool::\"broken\") when { principal.claim_none };"},
        R"([{"uid":{"type":"THVGroup","id":"eng"},"parents":[{"type":"THVGroup","id":"staff"}]}])");
}

void ask_once(const policy_set& set, decision_cache& cache, int round) {
    const cedar_settings settings{.server_name = "hub"};
    const auto caller = make_caller(settings, "alice", R"({"groups":["eng"]})", set.view());
    ASSERT_TRUE(caller);
    std::vector<cedar_entity> tools;
    for (const auto* name : {"t0", "t1", "broken"})
        tools.push_back(*make_resource(settings, {.name = name}, set.view()));
    const auto base = make_request(settings, *caller, {.name = "t0"}, set.view());
    ASSERT_TRUE(base);
    const auto many = set.decide_many(*base, tools);
    EXPECT_NE(many.allowed[0], many.allowed[1]);
    EXPECT_FALSE(many.allowed[2]);
    EXPECT_EQ(many.errors.size(), 1U);
    EXPECT_EQ(set.decide(*base).allowed, many.allowed[0]);
    const auto large = make_request(settings, *caller, {.name = "t0", .arguments = R"({"n":6})"}, set.view());
    EXPECT_FALSE(set.decide(*large).allowed);
    const auto key = decision_key(set.version(), 1, cedar_operation::call_tool, *caller);
    if (const auto known = cache.find(key))
        EXPECT_EQ(*known, many.allowed) << round;
    cache.put(key, std::make_shared<const std::vector<bool>>(many.allowed));
}

TEST(policy_threads, decide_while_policies_are_replaced) {
    published current(generation(0));
    decision_cache cache(64 * 1024);
    std::atomic<int> running{thread_count};
    std::vector<std::thread> threads;
    for (int index = 0; index < thread_count; ++index)
        threads.emplace_back([&] {
            for (int round = 0; round < rounds; ++round)
                ask_once(*current.get(), cache, round);
            --running;
        });
    int generations = 1;
    while (running > 0)
        current.set(generation(generations++));
    for (auto& thread : threads)
        thread.join();
    EXPECT_GT(generations, 2);
    EXPECT_LE(cache.bytes(), 64U * 1024U);
}

} // namespace
} // namespace auth
