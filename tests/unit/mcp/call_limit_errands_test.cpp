// What the gateway does in the background has its share of the places at a backend, and no more.
#include "tests/fakes/run.hpp"
#include "transport/mcp/back/call_limit.hpp"
#include "transport/mcp/back/newest_only.hpp"
#include "transport/mcp/back/parked_place.hpp"

#include <gtest/gtest.h>

#include <list>
#include <string>
#include <vector>

namespace transport {
namespace {

using namespace std::chrono_literals;
using fakes::settle;
using vmcp::errc;
using vmcp::steady_clock;
using entry = fakes::started<vmcp::result<call_limit::place>>;
using use = call_limit::use;

class errands : public testing::Test {
protected:
    entry& want(use as) {
        auto& one = entries_.emplace_back(io_, limit_.enter(steady_clock::now() + 1h, nullptr, as));
        settle(io_);
        return one;
    }
    void leave(entry& one) {
        one.value()->give_back();
        settle(io_);
    }

    boost::asio::io_context io_{};
    call_limit limit_{4, 9};
    std::list<entry> entries_{};
};

TEST_F(errands, have_half_of_the_places_and_calls_find_the_other_half) {
    for (int i = 0; i < 10; ++i)
        want(use::errand);
    EXPECT_EQ(limit_.running(), 2U);
    EXPECT_EQ(limit_.errands_running(), 2U);
    EXPECT_EQ(limit_.errands_waiting(), 8U);
    EXPECT_EQ(limit_.waiting(), 0U) << "only calls are counted there";
    EXPECT_TRUE(want(use::call).done());
    EXPECT_TRUE(limit_.try_enter());
}

TEST_F(errands, and_calls_come_in_turn_while_both_wait) {
    limit_.configure(1, 9);
    auto& running = want(use::call);
    std::vector<entry*> calls;
    std::vector<entry*> others;
    for (int i = 0; i < 3; ++i) {
        others.push_back(&want(use::errand));
        calls.push_back(&want(use::call));
    }
    leave(running);
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(calls[static_cast<std::size_t>(i)]->done()) << i;
        ASSERT_FALSE(others[static_cast<std::size_t>(i)]->done()) << i;
        leave(*calls[static_cast<std::size_t>(i)]);
        ASSERT_TRUE(others[static_cast<std::size_t>(i)]->done()) << i;
        leave(*others[static_cast<std::size_t>(i)]);
    }
    EXPECT_EQ(limit_.running(), 0U);
    EXPECT_EQ(limit_.errands_running(), 0U);
}

TEST_F(errands, get_one_place_where_there_is_one) {
    limit_.configure(1, 9);
    EXPECT_TRUE(want(use::errand).done());
    EXPECT_FALSE(limit_.try_enter());
}

TEST_F(errands, that_are_too_many_lose_the_one_that_waits_longest) {
    limit_.configure(1, 9);
    auto& running = want(use::call);
    auto& oldest = want(use::errand);
    for (std::size_t i = 1; i < call_limit::most_errands; ++i)
        entries_.emplace_back(io_, limit_.enter(steady_clock::now() + 1h, nullptr, use::errand));
    settle(io_);
    ASSERT_FALSE(oldest.done());
    auto& newest = want(use::errand);
    ASSERT_TRUE(oldest.done());
    EXPECT_EQ(oldest.value().error().code, errc::backend_overloaded);
    EXPECT_FALSE(newest.done());
    EXPECT_EQ(limit_.errands_waiting(), call_limit::most_errands);
    EXPECT_TRUE(running.done());
}

TEST_F(errands, and_calls_let_answers_pass) {
    limit_.configure(1, 1);
    auto& running = want(use::call);
    auto& call = want(use::call);
    auto& errand = want(use::errand);
    auto& first = want(use::answer);
    auto& second = want(use::answer); // no queue is too short for them
    leave(running);
    ASSERT_TRUE(first.done() && !second.done());
    leave(first);
    ASSERT_TRUE(second.done() && !call.done() && !errand.done());
    leave(second);
    EXPECT_TRUE(call.done());
    leave(call);
    EXPECT_TRUE(errand.done());
}

// ---- a call that waits for its client

TEST_F(errands, a_call_that_asks_gives_its_place_back_and_goes_on_in_that_of_the_last_answer) {
    limit_.configure(1, 9);
    auto of_call = *limit_.try_enter();
    parked_place parked;
    parked.asked(of_call);
    EXPECT_EQ(limit_.running(), 0U);
    parked.asked(of_call);
    parked.answered(*std::move(want(use::answer).value()));
    EXPECT_FALSE(parked.holds()) << "another question is open";
    EXPECT_EQ(limit_.running(), 0U);
    parked.answered(*std::move(want(use::answer).value()));
    EXPECT_TRUE(parked.holds());
    EXPECT_EQ(limit_.running(), 1U);
    parked.asked(of_call);
    EXPECT_EQ(limit_.running(), 0U) << "it asked once more";
    parked.answered({});
    EXPECT_FALSE(parked.holds());
}

TEST_F(errands, a_call_that_is_over_needs_no_place) {
    limit_.configure(1, 9);
    auto of_call = *limit_.try_enter();
    parked_place parked;
    parked.asked(of_call);
    parked.call_over();
    parked.answered(*std::move(want(use::answer).value()));
    EXPECT_EQ(limit_.running(), 0U);
}

// ---- what is told

TEST(newest_only, is_told_and_what_came_in_between_is_not) {
    newest_only<std::string> n;
    EXPECT_TRUE(n.put("a", "1"));
    EXPECT_FALSE(n.put("a", "2")) << "somebody is about to tell it";
    EXPECT_TRUE(n.put("b", "x")) << "another subject";
    EXPECT_EQ(n.take("a"), "2");
    EXPECT_FALSE(n.put("a", "3"));
    EXPECT_FALSE(n.put("a", "4"));
    EXPECT_FALSE(n.is_done("a"));
    EXPECT_EQ(n.take("a"), "4");
    EXPECT_EQ(n.take("a"), std::nullopt);
    EXPECT_TRUE(n.is_done("a"));
    EXPECT_TRUE(n.put("a", "5"));
}

} // namespace
} // namespace transport
