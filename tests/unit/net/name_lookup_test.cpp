// Name lookups: one that hangs holds up nobody, callers can leave it, and it may outlive everything.
#include "transport/net/name_lookup.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <optional>
#include <semaphore>
#include <thread>

namespace {

namespace asio = boost::asio;
using transport::name_answer;
using transport::name_lookup;
using transport::name_lookups;

const auto address = asio::ip::make_address("192.0.2.7");

// Names that begin with "slow" are answered after release().
struct slow_names {
    std::latch gate{1};
    std::counting_semaphore<> ended{0}; // slow lookups that are over
    std::atomic<int> asked{0};

    name_lookups::resolve_function function() {
        return [this](const std::string& host) -> name_answer {
            ++asked;
            if (host.starts_with("slow")) {
                gate.wait();
                ended.release();
            }
            if (host.starts_with("no"))
                return {.ec = asio::error::host_not_found, .endpoints = {}};
            return {.ec = {}, .endpoints = {{address, 0}}};
        };
    }
};

// Starts a lookup; its answer is in `into` once it is there.
void start(asio::io_context& context, name_lookup& lookup, std::string host,
           std::optional<name_answer>& into) {
    asio::co_spawn(
        context,
        [](name_lookup& l, std::string h, std::optional<name_answer>& out) -> asio::awaitable<void> {
            out = co_await l.run(std::move(h), 8080);
        }(lookup, std::move(host), into),
        asio::detached);
}

// Runs the context until the answer is there, at most ten seconds.
bool wait_for(asio::io_context& context, const std::optional<name_answer>& answer) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    auto work = asio::make_work_guard(context);
    context.restart();
    while (!answer && std::chrono::steady_clock::now() < end)
        context.run_one_until(end);
    return answer.has_value();
}

TEST(name_lookup, gives_every_address_with_the_port) {
    asio::io_context context;
    slow_names names;
    name_lookups lookups(context, names.function());
    name_lookup lookup(lookups);
    std::optional<name_answer> answer;
    start(context, lookup, "fast.test", answer);
    ASSERT_TRUE(wait_for(context, answer));
    EXPECT_FALSE(answer->ec);
    ASSERT_EQ(answer->endpoints.size(), 1U);
    EXPECT_EQ(answer->endpoints[0], asio::ip::tcp::endpoint(address, 8080));
    EXPECT_EQ(lookups.running(), 0U);
}

TEST(name_lookup, reports_the_resolvers_error) {
    asio::io_context context;
    slow_names names;
    name_lookups lookups(context, names.function());
    name_lookup lookup(lookups);
    std::optional<name_answer> answer;
    start(context, lookup, "no.test", answer);
    ASSERT_TRUE(wait_for(context, answer));
    EXPECT_EQ(answer->ec, asio::error::host_not_found);
}

TEST(name_lookup, names_that_hang_do_not_hold_up_others) {
    asio::io_context context;
    slow_names names;
    name_lookups lookups(context, names.function());
    name_lookup first(lookups), second(lookups), third(lookups);
    std::optional<name_answer> hanging, also_hanging, answer;
    start(context, first, "slow1.test", hanging);
    start(context, second, "slow2.test", also_hanging);
    start(context, third, "fast.test", answer);
    ASSERT_TRUE(wait_for(context, answer));
    EXPECT_FALSE(hanging);
    EXPECT_FALSE(also_hanging);
    EXPECT_EQ(lookups.running(), 2U);
    names.gate.count_down();
    ASSERT_TRUE(wait_for(context, hanging));
    EXPECT_FALSE(hanging->ec);
    ASSERT_TRUE(wait_for(context, also_hanging));
}

// The first lookup of a name hangs until the test ends, those that follow are answered.
TEST(name_lookup, a_renewed_name_answers_those_who_wait_for_a_lookup_that_hangs) {
    asio::io_context context;
    std::latch gate{1};
    std::binary_semaphore ended{0};
    std::atomic<int> asked{0};
    name_lookups lookups(context, [&](const std::string&) -> name_answer {
        if (asked++ == 0) {
            gate.wait();
            ended.release();
            return {.ec = asio::error::host_not_found, .endpoints = {}};
        }
        return {.ec = {}, .endpoints = {{address, 0}}};
    });
    lookups.renew("name.test");
    EXPECT_EQ(lookups.running(), 0U) << "nobody waits";
    name_lookup first(lookups), second(lookups);
    std::optional<name_answer> one, two;
    start(context, first, "name.test", one);
    start(context, second, "name.test", two);
    context.poll();
    while (asked == 0)
        std::this_thread::yield();
    lookups.renew("other.test");
    EXPECT_EQ(lookups.running(), 1U);
    lookups.renew("name.test");
    ASSERT_TRUE(wait_for(context, one));
    ASSERT_TRUE(wait_for(context, two));
    EXPECT_FALSE(one->ec);
    EXPECT_FALSE(two->ec);
    // Nor is it joined any more, however young it is.
    name_lookup third(lookups);
    std::optional<name_answer> three;
    start(context, third, "name.test", three);
    ASSERT_TRUE(wait_for(context, three));
    EXPECT_FALSE(three->ec);
    gate.count_down();
    ended.acquire();
}

TEST(name_lookup, callers_of_one_name_at_one_time_share_a_lookup) {
    asio::io_context context;
    slow_names names;
    name_lookups lookups(context, names.function());
    name_lookup first(lookups), second(lookups);
    std::optional<name_answer> one, two;
    start(context, first, "slow.test", one);
    start(context, second, "slow.test", two);
    context.poll();
    EXPECT_EQ(lookups.running(), 1U);
    names.gate.count_down();
    ASSERT_TRUE(wait_for(context, one));
    ASSERT_TRUE(wait_for(context, two));
    EXPECT_EQ(names.asked.load(), 1);
    EXPECT_EQ(one->endpoints, two->endpoints);
}

TEST(name_lookup, a_caller_that_cancels_leaves_at_once_and_the_others_stay) {
    asio::io_context context;
    slow_names names;
    name_lookups lookups(context, names.function());
    name_lookup first(lookups), second(lookups);
    std::optional<name_answer> one, two;
    start(context, first, "slow.test", one);
    start(context, second, "slow.test", two);
    context.poll();
    first.cancel();
    ASSERT_TRUE(wait_for(context, one));
    EXPECT_EQ(one->ec, asio::error::operation_aborted);
    EXPECT_FALSE(two);
    names.gate.count_down();
    ASSERT_TRUE(wait_for(context, two));
    EXPECT_FALSE(two->ec);
}

TEST(name_lookup, one_that_is_under_way_outlives_its_worker) {
    slow_names names;
    std::optional<name_answer> answer;
    {
        asio::io_context context;
        name_lookups lookups(context, names.function());
        name_lookup lookup(lookups);
        start(context, lookup, "slow.test", answer);
        context.poll();
        EXPECT_EQ(lookups.running(), 1U);
    }
    names.gate.count_down();
    names.ended.acquire();
    EXPECT_FALSE(answer);
}

TEST(name_lookup, knows_localhost) {
    asio::io_context context;
    name_lookups lookups(context);
    name_lookup lookup(lookups);
    std::optional<name_answer> answer;
    start(context, lookup, "localhost", answer);
    ASSERT_TRUE(wait_for(context, answer));
    EXPECT_FALSE(answer->ec) << answer->ec.message();
    ASSERT_FALSE(answer->endpoints.empty());
    EXPECT_TRUE(answer->endpoints[0].address().is_loopback());
    EXPECT_EQ(answer->endpoints[0].port(), 8080);
}

} // namespace
