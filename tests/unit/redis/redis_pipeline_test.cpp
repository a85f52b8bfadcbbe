// Commands in their order: each has one reply, or one failure, whatever becomes of the connection.
#include "transport/redis/redis_pipeline.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace transport {
namespace {

using namespace std::chrono_literals;
using vmcp::steady_clock;

class redis_pipeline_test : public testing::Test {
protected:
    bool add(const std::string& name, steady_clock::duration within = 1s) {
        return line.add(
            {name},
            [this, name](auto reply) {
                heard.push_back(name + "=" + (reply ? reply->text : reply.error().detail));
            },
            now + within);
    }
    bool answer(std::string text) {
        return line.answered(resp_value{.type = resp_value::kind::bulk, .text = std::move(text)});
    }

    steady_clock::time_point now{};
    redis_pipeline line{{.commands = 3, .bytes = 100}};
    std::vector<std::string> heard{};
};

TEST_F(redis_pipeline_test, replies_come_in_the_order_of_commands) {
    ASSERT_TRUE(add("A"));
    ASSERT_TRUE(add("B"));
    EXPECT_EQ(line.take_unsent(now), "*1\r\n$1\r\nA\r\n*1\r\n$1\r\nB\r\n");
    EXPECT_TRUE(line.take_unsent(now).empty());
    EXPECT_EQ(line.under_way(), 2U);
    EXPECT_TRUE(answer("1"));
    EXPECT_TRUE(answer("2"));
    EXPECT_EQ(heard, (std::vector<std::string>{"A=1", "B=2"}));
    EXPECT_FALSE(answer("3")) << "nobody asked";
}

TEST_F(redis_pipeline_test, a_lost_connection_fails_what_was_under_way_and_keeps_the_rest) {
    ASSERT_TRUE(add("A"));
    (void)line.take_unsent(now);
    ASSERT_TRUE(add("B"));
    line.fail_sent(vmcp::fail(vmcp::errc::io, "lost"));
    EXPECT_EQ(heard, (std::vector<std::string>{"A=lost"}));
    EXPECT_EQ(line.take_unsent(now), "*1\r\n$1\r\nB\r\n");
}

TEST_F(redis_pipeline_test, what_was_not_sent_in_time_is_not_sent) {
    ASSERT_TRUE(add("A", 1s));
    ASSERT_TRUE(add("B", 3s));
    EXPECT_EQ(line.take_unsent(now + 2s), "*1\r\n$1\r\nB\r\n");
    EXPECT_EQ(heard, (std::vector<std::string>{"A=Redis could not be reached in time"}));
}

TEST_F(redis_pipeline_test, it_is_bounded_in_number_and_bytes) {
    EXPECT_TRUE(add("A"));
    EXPECT_TRUE(add("B"));
    EXPECT_TRUE(add("C"));
    EXPECT_FALSE(add("D"));
    (void)line.take_unsent(now);
    EXPECT_FALSE(add("D")) << "those under way count";
    EXPECT_TRUE(answer(""));
    EXPECT_FALSE(add(std::string(90, 'x')));
    EXPECT_TRUE(add(std::string(40, 'x')));
}

TEST_F(redis_pipeline_test, the_end_fails_all) {
    ASSERT_TRUE(add("A"));
    (void)line.take_unsent(now);
    ASSERT_TRUE(add("B"));
    line.fail_all(vmcp::fail(vmcp::errc::io, "over"));
    EXPECT_EQ(heard, (std::vector<std::string>{"A=over", "B=over"}));
    EXPECT_EQ(line.size(), 0U);
    EXPECT_TRUE(add(std::string(40, 'x'))) << "nothing of them is counted any more";
}

} // namespace
} // namespace transport
