// Buckets that replicas share: which key each has, and what is said of the answer.
#include "vmcp/replicas/shared_buckets.hpp"

#include "tests/fakes/run.hpp"
#include "vmcp/replicas/stored_session.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

namespace vmcp {
namespace {

using namespace std::chrono_literals;
using kind = transport::resp_value::kind;
using testing::HasSubstr;
using testing::Not;

class scripted_redis final : public transport::redis_commands {
public:
    awaitable<result<transport::resp_value>> run(transport::redis_command command) override {
        commands.push_back(std::move(command));
        auto next = replies.front();
        replies.pop_front();
        co_return next;
    }
    void send(transport::redis_command) override {}
    [[nodiscard]] bool up() const noexcept override { return true; }

    std::vector<transport::redis_command> commands{};
    std::deque<result<transport::resp_value>> replies{};
};

transport::resp_value verdict(std::int64_t which, std::int64_t wait) {
    return {.type = kind::array,
            .items = {{.type = kind::integer, .number = which}, {.type = kind::integer, .number = wait}}};
}

class shared_buckets_test : public testing::Test {
protected:
    result<rate_decision> take(std::vector<token_draw> draws) { return fakes::run(io, buckets.take(draws)); }

    boost::asio::io_context io{};
    scripted_redis redis{};
    shared_buckets buckets{redis, "ns", "gw"};
    identity alice{"https://issuer.example", "alice"};
};

TEST_F(shared_buckets_test, keys_are_those_of_toolhive_and_name_no_user) {
    const auto id = owner_digest(alice);
    EXPECT_EQ(buckets.key_of({}), "thv:rl:{ns:gw}:shared");
    EXPECT_EQ(buckets.key_of({.tool = "t"}), "thv:rl:{ns:gw}:shared:tool:t");
    EXPECT_EQ(buckets.key_of({.user = &alice}), "thv:rl:{ns:gw}:user:" + id);
    EXPECT_EQ(buckets.key_of({.tool = "t", .user = &alice}), "thv:rl:{ns:gw}:user-tool:t:" + id);
    EXPECT_THAT(buckets.key_of({.user = &alice}), Not(HasSubstr("alice")));
}

TEST_F(shared_buckets_test, all_draws_are_one_command) {
    redis.replies = {verdict(0, 0)};
    const auto decided = take({{.max_tokens = 10, .refill_period = 60s}, {.user = &alice, .max_tokens = 2}});
    ASSERT_TRUE(decided);
    EXPECT_TRUE(decided->allowed);
    ASSERT_EQ(redis.commands.size(), 1U);
    EXPECT_EQ(redis.commands[0].at(2), "2");
}

TEST_F(shared_buckets_test, a_refusal_says_which_and_how_long) {
    redis.replies = {verdict(2, 1'500)};
    const auto decided = take({{}, {.tool = "t"}});
    ASSERT_TRUE(decided);
    EXPECT_FALSE(decided->allowed);
    EXPECT_EQ(decided->refused_by, 1U);
    EXPECT_EQ(decided->retry_after, 1'500us);
}

TEST_F(shared_buckets_test, a_server_that_does_not_know_the_script_is_given_it) {
    redis.replies = {fail(errc::io, "Redis says: NOSCRIPT No matching script. Please use EVAL."),
                     verdict(0, 0)};
    EXPECT_TRUE(take({{}})->allowed);
    EXPECT_EQ(redis.commands.at(0).front(), "EVALSHA");
    EXPECT_EQ(redis.commands.at(1).front(), "EVAL");
}

TEST_F(shared_buckets_test, a_server_that_is_away_decides_nothing) {
    redis.replies = {fail(errc::io, "connection refused")};
    EXPECT_FALSE(take({{}}));
}

} // namespace
} // namespace vmcp
