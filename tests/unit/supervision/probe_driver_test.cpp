// Probes run when they are due, their results are told once, and sessions of the monitor are ended.
#include "vmcp/supervision/probe_driver.hpp"

#include "tests/fakes/hand_backend.hpp"
#include "tests/fakes/hand_clock.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vmcp {
namespace {

using namespace std::chrono_literals;
using fakes::hand_backend;
using health::finding;
using health::probe_kind;
using health::state;

class probing : public testing::Test {
protected:
    probing() {
        driver_.configure({.record = {.unhealthy_threshold = 1}, .pace = {.interval = 30s, .timeout = 10s}});
    }

    std::shared_ptr<hand_backend> join(const std::string& name) {
        auto made = std::make_shared<hand_backend>(name);
        driver_.add(name, "http://" + name + "/mcp", made);
        on_.settle();
        return made;
    }
    state state_of(const std::string& name) { return driver_.status_of(name)->now; }

    fakes::hand_driven on_{};
    std::vector<std::pair<std::string, health::change>> told_{};
    probe_driver driver_{on_.thread(), [this](const std::string& name, const auto& change) {
                             told_.emplace_back(name, change);
                         }};
};

TEST_F(probing, a_backend_that_joins_is_probed_at_once_and_then_once_per_interval) {
    const auto one = join("a");
    ASSERT_EQ(one->probes.size(), 1U);
    EXPECT_EQ(one->last_probe().deadline, on_.now() + 10s);
    one->last_probe().answers(finding::success, "s1");
    on_.settle();
    ASSERT_EQ(told_.size(), 1U);
    EXPECT_EQ(told_[0].first, "a");
    EXPECT_TRUE(told_[0].second.recovered);
    EXPECT_EQ(state_of("a"), state::healthy);
    on_.pass(29s);
    EXPECT_EQ(one->probes.size(), 1U);
    on_.pass(1s);
    ASSERT_EQ(one->probes.size(), 2U);
    EXPECT_EQ(one->last_probe().memory.session_id, "s1") << "what the last one left";
}

TEST_F(probing, a_backend_that_fails_is_probed_often) {
    const auto one = join("a");
    one->last_probe().answers(finding::refused);
    for (const auto pause : {100ms, 250ms, 500ms, 800ms}) {
        const auto before = one->probes.size();
        on_.pass(pause - 1ms);
        EXPECT_EQ(one->probes.size(), before);
        on_.pass(1ms);
        ASSERT_EQ(one->probes.size(), before + 1);
        one->last_probe().answers(finding::refused);
    }
}

TEST_F(probing, a_backend_that_works_on_a_request_is_seldom_sent_another_one) {
    const auto one = join("a");
    const auto first = one->probes[0];
    first->asked = on_.now();
    on_.pass(2'200ms);
    EXPECT_EQ(one->probes.size(), 1U);
    first->asked = on_.now(); // it has answered one, and has the next
    on_.pass(2'200ms);
    EXPECT_EQ(one->probes.size(), 1U) << "it is slow, but it gets on";
    for (int i = 0; i < 60; ++i) { // the others hang as well, and are given up
        on_.pass(100ms);
        if (one->probes.size() > 1 && one->last_probe().deadline <= on_.now())
            one->last_probe().answers(finding::timeout);
    }
    EXPECT_EQ(one->probes.size(), 3U) << "after 2.2 and 4.4 s, of ten";
    first->answers(finding::success);
    on_.settle();
    EXPECT_EQ(state_of("a"), state::healthy);
    on_.pass(5s);
    EXPECT_EQ(one->probes.size(), 3U) << "nobody waits any more";
}

TEST_F(probing, one_beside_another_is_made_as_soon_as_it_may_be) {
    const auto one = join("a");
    one->probes[0]->asked = on_.now();
    on_.pass(2'223ms);
    ASSERT_EQ(one->probes.size(), 2U);
    one->last_probe().answers(finding::success);
    on_.settle();
    EXPECT_EQ(state_of("a"), state::healthy);
}

TEST_F(probing, connecting_asks_nothing_of_a_backend_and_is_tried_as_often_as_ever) {
    const auto one = join("a");
    on_.pass(860ms);
    EXPECT_EQ(one->probes.size(), 2U) << "beside the one that hangs";
    one->last_probe().answers(finding::timeout);
    on_.pass(800ms);
    EXPECT_EQ(one->probes.size(), 3U);
}

TEST(probes, beside_a_request_that_waits_come_ever_later) {
    EXPECT_EQ(beside_after(0, 0ms, 1s), 800ms);
    EXPECT_EQ(beside_after(1, 0ms, 1s), 1600ms);
    EXPECT_EQ(beside_after(0, 0ms, 9s), 2s) << "who may take 9 s may take two";
    EXPECT_EQ(beside_after(2, 0ms, 9s), 8s);
    EXPECT_EQ(beside_after(0, 2s, 9s), 8s) << "it takes its time for everything";
    EXPECT_GT(beside_after(1'000'000, 0ms, 1s), 10s);
}

TEST_F(probing, a_wish_is_a_probe_now) {
    const auto one = join("a");
    one->last_probe().answers(finding::success);
    on_.pass(5s);
    driver_.want_probe("a");
    on_.settle();
    EXPECT_EQ(one->probes.size(), 2U);
    driver_.want_probe("nobody");
    on_.settle();
}

TEST_F(probing, what_calls_prove_counts_for_their_generation_only) {
    const auto old = std::make_shared<hand_backend>("a");
    const auto before = driver_.add("a", "http://a/mcp", old);
    driver_.remove("a");
    const auto one = join("a");
    one->last_probe().answers(finding::success);
    on_.settle();
    const auto told = told_.size();
    driver_.learned("a", before, {.what = finding::refused}, on_.now());
    driver_.learned("nobody", 1, {.what = finding::refused}, on_.now());
    EXPECT_EQ(told_.size(), told);
    EXPECT_EQ(state_of("a"), state::healthy);
    driver_.learned("a", before + 1, {.what = finding::refused}, on_.now());
    EXPECT_EQ(told_.size(), told + 1);
    EXPECT_EQ(state_of("a"), state::unhealthy);
}

TEST_F(probing, of_a_backend_that_left_nothing_is_told_and_its_session_is_ended) {
    const auto one = join("a");
    one->last_probe().answers(finding::success, "s1");
    on_.settle();
    driver_.want_probe("a");
    on_.pass(100ms);
    ASSERT_EQ(one->probes.size(), 2U);
    const auto running = one->probes[1];
    const auto told = told_.size();
    driver_.remove("a");
    EXPECT_TRUE(running->cancelled);
    on_.settle();
    EXPECT_EQ(told_.size(), told);
    EXPECT_FALSE(driver_.status_of("a"));
    ASSERT_EQ(one->probes.size(), 3U);
    EXPECT_EQ(one->last_probe().kind, probe_kind::goodbye);
    EXPECT_EQ(one->last_probe().memory.session_id, "s1");
    one->last_probe().answers(finding::success);
    on_.pass(1h);
    EXPECT_EQ(one->probes.size(), 3U);
}

TEST_F(probing, a_session_that_a_cancelled_probe_had_opened_is_ended) {
    const auto one = join("a");
    const auto running = one->probes[0];
    running->answers(finding::success, "late"); // before it hears that it is given up
    driver_.remove("a");
    on_.settle();
    ASSERT_EQ(one->probes.size(), 2U);
    EXPECT_EQ(one->last_probe().memory.session_id, "late");
}

TEST_F(probing, after_the_end_nothing_is_probed) {
    const auto a = join("a");
    const auto b = join("b");
    driver_.shut_down();
    on_.pass(1h);
    EXPECT_EQ(a->probes.size() + b->probes.size(), 2U);
    EXPECT_EQ(on_.context().poll(), 0U);
}

// A bug of a kind of backend costs one probe, not its place among those that run at once.
class broken_backend final : public supervised_backend {
public:
    std::shared_ptr<backend> for_calls() const override { return nullptr; }
    const void* session_key() const noexcept override { return this; }
    awaitable<list_outcome> read_lists(reading_patience, std::shared_ptr<cancellation>) override {
        throw std::logic_error("not used");
    }
    std::shared_ptr<backend_probe> make_probe(health::probe_memory, health::probe_kind) override {
        struct broken final : backend_probe {
            awaitable<health::probe_result> run(health::steady_time) override {
                throw std::runtime_error("on purpose");
            }
            void cancel() override {}
            std::optional<health::steady_time> asking_since() const override { return {}; }
        };
        ++begun;
        return std::make_shared<broken>();
    }
    void adjust(const backend_config&, const config&) override {}
    void recovered() override {}
    void retire() override {}
    backend_load load() const override { return {}; }
    unsigned begun = 0;
};

TEST_F(probing, an_exception_of_a_probe_is_not_its_last) {
    const auto one = std::make_shared<broken_backend>();
    driver_.add("a", "http://a/mcp", one);
    on_.pass(10s);
    EXPECT_GT(one->begun, 5U);
    EXPECT_EQ(state_of("a"), state::unknown) << "it proves nothing";
}

} // namespace
} // namespace vmcp
