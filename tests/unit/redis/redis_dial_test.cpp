// What a new connection says first, and what its refusals mean.
#include "transport/redis/bucket_script.hpp"
#include "transport/redis/reconnect_pace.hpp"
#include "transport/redis/redis_dial.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace transport {
namespace {

using namespace std::chrono_literals;
using kind = resp_value::kind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

resp_value error(std::string text) {
    return {.type = kind::error, .text = std::move(text)};
}
resp_value address(std::string host, std::string port) {
    return {.type = kind::array,
            .items = {{.type = kind::bulk, .text = std::move(host)},
                      {.type = kind::bulk, .text = std::move(port)}}};
}

TEST(redis_greeting, says_what_is_configured_and_always_asks_whether_it_is_served) {
    EXPECT_THAT(greeting_of({}), ElementsAre(redis_command{"PING"}));
    EXPECT_THAT(greeting_of({.password = "p"}),
                ElementsAre(redis_command{"AUTH", "p"}, redis_command{"PING"}));
    EXPECT_THAT(
        greeting_of({.username = "u", .password = "p", .database = 3}),
        ElementsAre(redis_command{"AUTH", "u", "p"}, redis_command{"SELECT", "3"}, redis_command{"PING"}));
}

TEST(redis_greeting, refusals_name_the_key_to_look_at_and_no_secret) {
    const redis_command auth{"AUTH", "top-secret"};
    EXPECT_THAT(refusal_text(auth, error("WRONGPASS invalid username-password pair")),
                HasSubstr("sessionStorage.username"));
    EXPECT_THAT(refusal_text(auth, error("WRONGPASS")), Not(HasSubstr("top-secret")));
    EXPECT_THAT(refusal_text({"PING"}, error("NOAUTH Authentication required.")),
                HasSubstr("sessionStorage.password"));
    EXPECT_THAT(refusal_text({"SELECT", "77"}, error("ERR DB index is out of range")),
                HasSubstr("sessionStorage.db"));
    EXPECT_THAT(refusal_text({"PING"}, error("LOADING Redis is loading the dataset in memory")),
                HasSubstr("loading"));
}

TEST(redis_greeting, sentinels_answers_are_addresses) {
    const auto found = master_in(address("10.0.0.7", "6380"), "m");
    ASSERT_TRUE(found);
    EXPECT_EQ(*found, (redis_place{"10.0.0.7", 6380}));
    for (const auto& wrong : {address("", "6380"), address("h", ""), address("h", "0"), address("h", "65536"),
                              address("h", "12x"), resp_value{.type = kind::array}, error("ERR no")})
        EXPECT_FALSE(master_in(wrong, "m"));
    EXPECT_THAT(master_in({}, "mine").error().detail, HasSubstr("'mine' (sessionStorage.sentinel.master)"));
}

TEST(reconnect_pace, doubles_within_bounds_and_begins_anew) {
    reconnect_pace pace;
    EXPECT_EQ(pace.next(0), 25ms);
    EXPECT_EQ(pace.next(50), 100ms);
    for (int i = 0; i < 20; ++i) {
        const auto pause = pace.next(static_cast<std::uint32_t>(i) * 7'919);
        EXPECT_GE(pause, 50ms);
        EXPECT_LE(pause, reconnect_pace::most);
    }
    EXPECT_GE(pace.next(0), 1'000ms);
    pace.connected();
    EXPECT_LE(pace.next(1), 50ms);
}

TEST(bucket_script, is_asked_for_by_its_digest_and_given_where_it_is_not_known) {
    const std::vector<shared_bucket> buckets{{"thv:rl:{n:g}:shared", 10, 60s},
                                             {"thv:rl:{n:g}:user:a", 2, 1s}};
    const auto by_digest = bucket_command(buckets, true);
    EXPECT_THAT(by_digest, ElementsAre("EVALSHA", bucket_script_sha1(), "2", "thv:rl:{n:g}:shared",
                                       "thv:rl:{n:g}:user:a", "10", "60000000", "2", "1000000"));
    EXPECT_EQ(bucket_script_sha1().size(), 40U);
    const auto whole = bucket_command(buckets, false);
    EXPECT_EQ(whole[0], "EVAL");
    EXPECT_EQ(whole[1], bucket_script());
}

resp_value verdict(std::int64_t which, std::int64_t wait) {
    return {.type = kind::array,
            .items = {{.type = kind::integer, .number = which}, {.type = kind::integer, .number = wait}}};
}

TEST(bucket_script, its_verdict_names_the_empty_bucket_and_the_wait) {
    EXPECT_FALSE(verdict_in(verdict(0, 0), 2)->empty);
    const auto refused = verdict_in(verdict(2, 1'001), 2);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->empty, 1U);
    EXPECT_EQ(refused->wait, 1'001us);
    EXPECT_FALSE(verdict_in(verdict(3, 0), 2));
    EXPECT_FALSE(verdict_in(verdict(-1, 0), 2));
    EXPECT_FALSE(verdict_in({}, 2));
}

} // namespace
} // namespace transport
