// Addresses that are counted together.
#include "transport/net/network_of.hpp"

#include <gtest/gtest.h>

namespace transport {
namespace {

std::uint64_t of(const char* text) {
    return network_of(boost::asio::ip::make_address(text));
}

TEST(network_of, is_one_address_of_ipv4_and_one_network_of_ipv6) {
    EXPECT_EQ(of("10.0.0.1"), of("::ffff:10.0.0.1")) << "however it is written";
    EXPECT_NE(of("10.0.0.1"), of("10.0.0.2"));
    EXPECT_EQ(of("2001:db8::1"), of("2001:db8::ffff:1"));
    EXPECT_NE(of("2001:db8::1"), of("2001:db8:0:1::1"));
    for (const auto* text : {"0.0.0.0", "::", "::1", "127.0.0.1"})
        EXPECT_NE(of(text), 0U) << text;
    EXPECT_NE(of("127.0.0.1"), of("::1"));
}

} // namespace
} // namespace transport
