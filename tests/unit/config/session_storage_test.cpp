// sessionStorage: what is taken, and what is wrong with it.
#include "config_fixture.hpp"

#include "vmcp/config/secrets_of.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace vmcp {
namespace {

using namespace std::chrono_literals;
using test::world;
using testing::HasSubstr;
using testing::Not;

std::string with(std::string_view keys) {
    return std::string(test::one_backend) + "sessionStorage: {" + std::string(keys) + "}\n";
}

TEST(session_storage, is_this_process_unless_it_is_redis) {
    EXPECT_FALSE(world{}.good(test::one_backend).session_storage.shared());
    EXPECT_FALSE(world{}.good(with("provider: memory")).session_storage.shared());
    const auto plain = world{}.good(with("provider: redis, address: 'redis.example:6379'")).session_storage;
    EXPECT_EQ(plain,
              (session_storage_config{.provider = session_provider::redis, .address = "redis.example:6379"}));
}

TEST(session_storage, takes_all_keys) {
    world here;
    here.files["conf/ca.pem"] = test::certificate_pem;
    const auto all =
        here.good(with("provider: redis, address: '[::1]:7000', db: 3, keyPrefix: 'a:b:', username: u, "
                       "password: pass-word, tls: true, caBundlePath: ca.pem, timeout: 250ms"))
            .session_storage;
    EXPECT_EQ(all, (session_storage_config{.provider = session_provider::redis,
                                           .address = "[::1]:7000",
                                           .database = 3,
                                           .key_prefix = "a:b:",
                                           .username = "u",
                                           .password = "pass-word",
                                           .tls = true,
                                           .ca_bundle_path = "conf/ca.pem",
                                           .ca_bundle = std::string(test::certificate_pem),
                                           .timeout = 250ms}));
}

TEST(session_storage, finds_the_master_by_sentinels) {
    const auto found =
        world{}
            .good(with("provider: redis, sentinel: {addresses: ['a:26379', 'b:26379'], master: m, "
                       "password: of-sentinels}"))
            .session_storage;
    EXPECT_EQ(found.sentinels, (std::vector<std::string>{"a:26379", "b:26379"}));
    EXPECT_EQ(found.sentinel_master, "m");
    EXPECT_EQ(found.sentinel_password, "of-sentinels");
    EXPECT_TRUE(found.address.empty());
}

TEST(session_storage, takes_the_password_of_the_environment_where_none_is_written) {
    world here;
    here.variables["THV_SESSION_REDIS_PASSWORD"] = "from-outside";
    EXPECT_EQ(here.good(with("provider: redis, address: 'h:1'")).session_storage.password, "from-outside");
    EXPECT_EQ(here.good(with("provider: redis, address: 'h:1', password: written")).session_storage.password,
              "written");
}

TEST(session_storage, passwords_are_secrets) {
    const auto secrets =
        secrets_of(world{}.good(with("provider: redis, password: one-secret, sentinel: {addresses: ['a:1'], "
                                     "master: m, password: other-secret}")));
    EXPECT_EQ(std::ranges::count(secrets, "one-secret"), 1);
    EXPECT_EQ(std::ranges::count(secrets, "other-secret"), 1);
    EXPECT_THAT(world{}.bad(with("provider: redis, address: 'h:1', password: [top-secret]")),
                Not(HasSubstr("top-secret")));
}

TEST(session_storage, says_what_is_wrong_and_what_to_do) {
    const auto problem = [](std::string_view keys) { return world{}.bad(with(keys)); };
    EXPECT_THAT(problem("provider: redis"), HasSubstr("sessionStorage.address"));
    for (const std::string address :
         {"h", "h:", "h:0", "h:x", "h:65536", "redis://h:1", "h:1/0", "u@h:1", "[::1]"})
        EXPECT_THAT(problem("provider: redis, address: '" + address + "'"), HasSubstr("HOST:PORT"))
            << address;
    EXPECT_THAT(problem("provider: redis, address: 'h:1', keyPrefix: x"), HasSubstr("must end with ':'"));
    EXPECT_THAT(problem("provider: redis, address: 'h:1', username: u"),
                HasSubstr("THV_SESSION_REDIS_PASSWORD"));
    EXPECT_THAT(problem("provider: redis, address: 'h:1', caBundlePath: ca.pem"),
                HasSubstr("without 'tls: true'"));
    EXPECT_THAT(problem("provider: redis, address: 'h:1', tls: true, caBundlePath: ca.pem"),
                HasSubstr("No such file"));
    EXPECT_THAT(problem("provider: redis, sentinel: {master: m}"), HasSubstr("sentinel.addresses"));
    EXPECT_THAT(problem("provider: redis, sentinel: {addresses: ['h:1']}"), HasSubstr("sentinel.master"));
    EXPECT_THAT(problem("provider: redis, sentinel: {addresses: [h], master: m}"), HasSubstr("HOST:PORT"));
    EXPECT_THAT(problem("provider: redis, address: 'h:1', sentinel: {addresses: ['h:2'], master: m}"),
                HasSubstr("has no effect with sentinel"));
    EXPECT_THAT(problem("provider: valkey"), HasSubstr("redis"));
}

TEST(session_storage, keys_of_redis_without_it_are_a_warning) {
    const auto out = world{}.load(with("address: 'h:1'"));
    ASSERT_TRUE(out);
    ASSERT_EQ(out.warnings.size(), 1U);
    EXPECT_THAT(format_warning(out.warnings.front()), HasSubstr("without 'provider: redis'"));
}

} // namespace
} // namespace vmcp
