#include "vmcp/service/rate_limits.hpp"

#include "tests/fakes/run.hpp"
#include "vmcp/base/log.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vmcp {
namespace {

using namespace std::chrono_literals;

// Answers as it is told, and writes down what it was asked.
class scripted_limiter final : public rate_limiter {
public:
    awaitable<result<rate_decision>> take(std::span<const token_draw> from) override {
        asked.clear();
        for (const auto& one : from)
            asked.push_back(std::string(one.tool) + "/" + (one.user == nullptr ? "" : one.user->subject) +
                            "/" + std::to_string(one.max_tokens));
        ++times;
        if (failing)
            co_return *failing;
        co_return answer;
    }

    rate_decision answer{};
    std::optional<failure> failing{};
    std::vector<std::string> asked{};
    int times = 0;
};

class rate_limits_of_calls : public testing::Test {
protected:
    result<void> check(std::string_view tool) {
        return fakes::run(io_, limits_.check(settings_, caller_, tool));
    }

    boost::asio::io_context io_{};
    scripted_limiter buckets_{};
    rate_limits limits_{buckets_};
    const caller caller_{.who = {"iss", "ann"}};
    rate_limit_config settings_{
        .shared = token_bucket_config{100, 60s},
        .per_user = token_bucket_config{10, 60s},
        .tools = {
            {.name = "both", .shared = token_bucket_config{5, 1s}, .per_user = token_bucket_config{2, 1s}},
            {.name = "shared", .shared = token_bucket_config{7, 1s}}}};
};

TEST_F(rate_limits_of_calls, draw_from_what_applies) {
    using strings = std::vector<std::string>;
    EXPECT_TRUE(check("other"));
    EXPECT_EQ(buckets_.asked, (strings{"//100", "/ann/10"}));
    EXPECT_TRUE(check("shared"));
    EXPECT_EQ(buckets_.asked, (strings{"//100", "shared//7", "/ann/10"}));
    EXPECT_TRUE(check("both"));
    EXPECT_EQ(buckets_.asked, (strings{"//100", "both//5", "/ann/10", "both/ann/2"}));
}

TEST_F(rate_limits_of_calls, cost_nothing_where_none_applies) {
    settings_ = {.tools = {{.name = "t", .shared = token_bucket_config{1, 1s}}}};
    EXPECT_TRUE(check("u"));
    EXPECT_EQ(buckets_.times, 0);
    EXPECT_EQ(limits_.counters().checks.read().count, 0U);
}

TEST_F(rate_limits_of_calls, say_when_to_come_again_in_whole_seconds) {
    const std::pair<std::chrono::microseconds, std::string> cases[] = {
        {1us, "1"}, {0us, "1"}, {1s, "1"}, {1s + 1us, "2"}, {59'999ms, "60"}, {1h, "3600"}};
    for (const auto& [after, seconds] : cases) {
        buckets_.answer = {.allowed = false, .refused_by = 1, .retry_after = after};
        const auto refused = check("other");
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, errc::rate_limited);
        EXPECT_EQ(refused.error().data, R"({"retryAfterSeconds":)" + seconds + "}");
        EXPECT_EQ(refused.error().message(), "Rate limit exceeded: try again in " + seconds + " s");
    }
}

TEST_F(rate_limits_of_calls, are_counted_by_scope_and_by_what_they_limit) {
    EXPECT_TRUE(check("both"));
    EXPECT_TRUE(check("other"));
    buckets_.answer = {.allowed = false, .refused_by = 3, .retry_after = 1s};
    EXPECT_FALSE(check("both"));
    buckets_.answer.refused_by = 0;
    EXPECT_FALSE(check("other"));
    const auto& of = limits_.counters().of;
    EXPECT_EQ(of[0][0].allowed, 2U);
    EXPECT_EQ(of[0][1].allowed, 1U);
    EXPECT_EQ(of[1][0].allowed, 2U);
    EXPECT_EQ(of[1][1].allowed, 1U);
    EXPECT_EQ(of[0][0].rejected, 1U);
    EXPECT_EQ(of[0][1].rejected, 0U);
    EXPECT_EQ(of[1][0].rejected, 0U);
    EXPECT_EQ(of[1][1].rejected, 1U);
    EXPECT_EQ(limits_.counters().checks.read().count, 4U);
    // A store that names a draw that there was not.
    buckets_.answer.refused_by = 99;
    EXPECT_FALSE(check("other"));
    EXPECT_EQ(of[1][0].rejected, 1U);
}

TEST_F(rate_limits_of_calls, let_calls_through_while_buckets_cannot_be_reached) {
    std::vector<std::string> lines;
    log::set_level(log::level::info); // other tests want less
    log::set_sink([&](log::level level, std::string_view text) {
        if (level == log::level::warn)
            lines.emplace_back(text);
    });
    buckets_.failing = fail(errc::io, "redis://r:6379: connection refused");
    for (int i = 0; i < 100; ++i)
        EXPECT_TRUE(check("other"));
    log::set_sink({});
    EXPECT_EQ(limits_.counters().failures, 100U);
    EXPECT_EQ(limits_.counters().of[0][0].allowed, 0U);
    ASSERT_EQ(lines.size(), 1U) << "one line in a while";
    EXPECT_EQ(lines[0],
              "rateLimiting: limits cannot be checked, and calls are let through: Input/output error: "
              "redis://r:6379: connection refused");
    buckets_.failing = fail(errc::cancelled);
    EXPECT_FALSE(check("other"));
    EXPECT_EQ(limits_.counters().failures, 100U);
}

TEST_F(rate_limits_of_calls, can_be_kept_elsewhere) {
    scripted_limiter other;
    limits_.keep_in(other);
    EXPECT_TRUE(check("other"));
    EXPECT_EQ(buckets_.times, 0);
    EXPECT_EQ(other.times, 1);
}

} // namespace
} // namespace vmcp
