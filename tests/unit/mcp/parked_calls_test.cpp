// Calls that wait for a retry: found once, by whoever they belong to, and ended when nobody comes.
#include "transport/mcp/front/parked_calls.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace transport {
namespace {

using namespace std::chrono_literals;
using vmcp::errc;
using vmcp::steady_clock;

class parked_calls_test : public testing::Test {
protected:
    // A call whose backend has asked this.
    std::shared_ptr<vmcp::running_call> asked(std::string_view method = "elicitation/create") {
        const std::string text = R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t"}})";
        const auto m = vmcp::read_message(text);
        auto call = std::make_shared<vmcp::call>(
            *m,
            vmcp::call_terms{.spoken = vmcp::era::modern,
                             .from = std::make_shared<vmcp::caller>(),
                             .can = std::make_shared<vmcp::client_capabilities>(
                                 vmcp::read_client_capabilities(R"({"elicitation":{},"sampling":{}})"))},
            io.get_executor());
        call->keep_bytes();
        auto running = std::make_shared<vmcp::running_call>(std::move(call));
        const auto question = vmcp::request_message("7", method, "{}");
        questions.push_back(std::static_pointer_cast<vmcp::parked_question>(
            running->ask(vmcp::read_message(question).value()).value()));
        return running;
    }
    // What a question was answered with.
    std::string answer(std::size_t i = 0) const {
        std::string out = "nothing";
        boost::asio::io_context other;
        boost::asio::co_spawn(
            other,
            [](auto question, std::string* to) -> vmcp::awaitable<void> {
                const auto given = co_await question->answer(steady_clock::now());
                *to = given ? *given : given.error().message();
            }(questions[i], &out),
            boost::asio::detached);
        other.run_for(5s);
        return out;
    }
    auto take(std::string_view state, std::string_view binding,
              std::optional<steady_clock::time_point> at = std::nullopt) {
        return calls.take(state, binding, at.value_or(now),
                          [](const vmcp::running_call&) { return vmcp::result<void>(); });
    }
    void settle() {
        io.restart();
        io.run_for(200ms);
    }

    boost::asio::io_context io{};
    parked_counters counters{};
    const std::atomic<std::size_t>& count = counters.waiting;
    parked_calls calls{counters};
    const counted_caller somebody{{.issuer = "i", .subject = "s"}, 1};
    static constexpr auto ttl = 10min;
    std::vector<std::shared_ptr<vmcp::parked_question>> questions{};
    const steady_clock::time_point now = steady_clock::now();
};

TEST_F(parked_calls_test, are_found_once) {
    const auto running = asked();
    const auto state = calls.park(running, "b", somebody, now + ttl);
    ASSERT_TRUE(state);
    EXPECT_EQ(count, 1U);
    EXPECT_FALSE(take(*state, "other"));
    EXPECT_FALSE(take(*state + "A", "b"));
    EXPECT_FALSE(take(*state, "b", now + ttl + 1s)) << "too late";
    const auto found = take(*state, "b");
    ASSERT_TRUE(found);
    EXPECT_EQ(*found, running);
    EXPECT_EQ(count, 0U);
    const auto again = take(*state, "b");
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, errc::invalid_params);
    settle();
    EXPECT_FALSE(running->of()->cancelled());
    EXPECT_TRUE(questions[0]->open());
}

TEST_F(parked_calls_test, go_on_waiting_when_the_retry_is_refused) {
    const auto running = asked();
    const auto state = calls.park(running, "b", somebody, now + ttl);
    const auto refused = calls.take(*state, "b", now, [&](const vmcp::running_call& which) {
        EXPECT_EQ(&which, running.get());
        return vmcp::result<void>(vmcp::fail(errc::invalid_params, "no"));
    });
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().detail, "no");
    EXPECT_EQ(count, 1U);
    EXPECT_TRUE(take(*state, "b"));
}

TEST_F(parked_calls_test, end_when_nobody_comes_back) {
    const auto elicited = asked();
    const auto sampled = asked("sampling/createMessage");
    const auto late = now - 1s;
    const auto state = calls.park(elicited, "b", somebody, late);
    ASSERT_TRUE(state && calls.park(sampled, "b", somebody, late));
    settle();
    EXPECT_EQ(count, 0U);
    EXPECT_EQ(counters.expired, 2U);
    EXPECT_EQ(answer(0), R"({"jsonrpc":"2.0","id":0,"result":{"action":"cancel"}})");
    EXPECT_NE(answer(1).find("did not answer in time"), std::string::npos);
    EXPECT_TRUE(elicited->of()->cancelled());
    EXPECT_FALSE(take(*state, "b", late));
}

TEST_F(parked_calls_test, are_bounded_together) {
    const auto running = asked();
    std::string first;
    for (std::size_t i = 0; i < parked_calls::most; ++i) {
        auto state = calls.park(running, "b", {{}, i % 2}, now + ttl);
        ASSERT_TRUE(state);
        if (first.empty())
            first = *std::move(state);
    }
    const auto refused = calls.park(running, "b", somebody, now + ttl);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::too_many_requests);
    EXPECT_EQ(counters.refused, 1U);
    ASSERT_TRUE(take(first, "b"));
    EXPECT_TRUE(calls.park(running, "b", somebody, now + ttl)) << "there is a place again";
    calls.clear();
    EXPECT_EQ(count, 0U);
    settle();
    EXPECT_TRUE(running->of()->cancelled());
}

// One who parks all he can leaves places for others.
TEST_F(parked_calls_test, are_bounded_for_each_caller_and_each_address) {
    const auto running = asked();
    const auto fill = [&](const counted_caller& whose) {
        std::size_t parked = 0;
        while (parked <= parked_calls::most && calls.park(running, "b", whose, now + ttl))
            ++parked;
        return parked;
    };
    EXPECT_EQ(fill(somebody), parked_calls::most_of_caller);
    const auto refused = calls.park(running, "b", somebody, now + ttl);
    EXPECT_EQ(refused.error().code, errc::too_many_requests);
    const auto state = calls.park(running, "b", {{.issuer = "i", .subject = "other"}, 1}, now + ttl);
    ASSERT_TRUE(state) << "another one at the same address";
    calls.clear();
    EXPECT_EQ(fill({{}, 1}), parked_calls::most_of_address);
    EXPECT_TRUE(calls.park(running, "b", {{}, 2}, now + ttl)) << "another address";
    const auto taken = calls.park(running, "b", somebody, now + ttl);
    ASSERT_TRUE(taken && take(*taken, "b"));
    EXPECT_FALSE(calls.park(running, "b", {{}, 1}, now + ttl));
    calls.clear();
    EXPECT_EQ(fill(somebody), parked_calls::most_of_caller) << "places are given back";
}

} // namespace
} // namespace transport
