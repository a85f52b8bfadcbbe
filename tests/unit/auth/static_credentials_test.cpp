// Credentials out of the configuration.
#include "auth/static_credentials.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

namespace auth {
namespace {

using testing::ElementsAre;
using testing::Pair;

vmcp::credential credential_of(const vmcp::backend_config& config) {
    static_credentials source(config);
    boost::asio::io_context io;
    auto made = boost::asio::co_spawn(io, source.credential_for(nullptr), boost::asio::use_future);
    io.run();
    return *made.get().value();
}

TEST(static_credentials, are_always_at_hand) {
    static_credentials source(vmcp::backend_config{.headers = {{"X-Team", "red"}}});
    ASSERT_NE(source.at_hand(nullptr), nullptr);
    EXPECT_THAT(source.at_hand(nullptr)->fields, ElementsAre(Pair("X-Team", "red")));
}

TEST(static_credentials, are_the_configured_headers_and_the_injected_one) {
    vmcp::backend_config config;
    EXPECT_TRUE(credential_of(config).fields.empty());
    config.headers = {{"X-Team", "red"}};
    config.auth.type = vmcp::auth_strategy::kind::header_injection;
    config.auth.header_name = "Authorization";
    config.auth.header_value = "Bearer sesame";
    const auto made = credential_of(config);
    EXPECT_THAT(made.fields, ElementsAre(Pair("X-Team", "red"), Pair("Authorization", "Bearer sesame")));
    EXPECT_THAT(made.secrets, testing::IsSupersetOf({"Bearer sesame", "sesame"}))
        << "and other forms of them";
    EXPECT_EQ(made.key, "") << "the same for everybody";
}

} // namespace
} // namespace auth
