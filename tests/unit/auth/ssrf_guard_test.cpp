// Addresses that a URL of somebody else's choice must not lead to, in every spelling.
#include "auth/ssrf_guard.hpp"

#include "tests/fakes/address_text.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace auth {
namespace {

using enum address_kind;
using fakes::kind_of_text;

void expect(const std::vector<std::pair<std::string_view, address_kind>>& table) {
    for (const auto& [text, kind] : table)
        EXPECT_EQ(kind_of_text(text), kind) << text;
}

TEST(ssrf_guard, ipv4_blocks_with_their_edges) {
    expect({
        {"0.0.0.0", unspecified},
        {"0.255.255.255", unspecified},
        {"1.0.0.0", global},
        {"9.255.255.255", global},
        {"10.0.0.0", private_use},
        {"10.255.255.255", private_use},
        {"11.0.0.0", global},
        {"100.63.255.255", global},
        {"100.64.0.0", shared},
        {"100.127.255.255", shared},
        {"100.128.0.0", global},
        {"126.255.255.255", global},
        {"127.0.0.1", loopback},
        {"127.255.255.255", loopback},
        {"128.0.0.0", global},
        {"169.253.255.255", global},
        {"169.254.0.0", link_local},
        {"169.254.169.254", link_local},
        {"169.255.0.0", global},
        {"172.15.255.255", global},
        {"172.16.0.0", private_use},
        {"172.31.255.255", private_use},
        {"172.32.0.0", global},
        {"192.0.0.1", reserved},
        {"192.0.1.0", global},
        {"192.0.2.1", documentation},
        {"192.88.99.1", reserved},
        {"192.167.255.255", global},
        {"192.168.0.0", private_use},
        {"192.169.0.0", global},
        {"198.17.255.255", global},
        {"198.18.0.0", reserved},
        {"198.19.255.255", reserved},
        {"198.20.0.0", global},
        {"198.51.100.7", documentation},
        {"203.0.113.7", documentation},
        {"223.255.255.255", global},
        {"224.0.0.1", multicast},
        {"239.255.255.255", multicast},
        {"240.0.0.0", reserved},
        {"255.255.255.254", reserved},
        {"255.255.255.255", multicast},
        {"8.8.8.8", global},
    });
}

TEST(ssrf_guard, ipv6_blocks_with_their_edges) {
    expect({
        {"::", unspecified},
        {"::1", loopback},
        {"::2", reserved},
        {"2001:4860:4860::8888", global},
        {"2600::1", global},
        {"3ffe::1", global},
        {"fbff::1", reserved},
        {"fc00::", private_use},
        {"fdff:ffff::1", private_use},
        {"fe00::1", reserved},
        {"fe80::1", link_local},
        {"febf::1", link_local},
        {"fec0::1", private_use},
        {"ff02::1", multicast},
        {"2001:db8::1", documentation},
        {"2001:db9::1", global},
        {"3fff::1", documentation},
        {"3fff:fff::1", documentation},
        {"3fff:1000::1", global},
        {"2001:2::1", reserved},
        {"2001:10::1", reserved},
        {"2001:20::1", reserved},
        {"2001:1ff::1", reserved},
        {"2001:200::1", global},
        {"100::1", reserved},
        {"5f00::1", reserved},
        {"4000::1", reserved},
        {"1fff::1", reserved},
    });
}

TEST(ssrf_guard, where_clouds_keep_credentials) {
    expect({{"169.254.169.254", link_local},
            {"169.254.170.2", link_local},
            {"100.100.100.200", link_local},
            {"168.63.129.16", link_local},
            {"fd00:ec2::254", link_local},
            {"fd20:ce::254", link_local},
            {"::ffff:168.63.129.16", link_local}});
}

TEST(ssrf_guard, ipv6_that_leads_to_ipv4_is_that_ipv4) {
    expect({
        {"::ffff:127.0.0.1", loopback},
        {"::ffff:10.1.2.3", private_use},
        {"::ffff:8.8.8.8", global},
        {"::ffff:a9fe:a9fe", link_local},
        {"::127.0.0.1", loopback},
        {"::10.1.2.3", private_use},
        {"64:ff9b::7f00:1", loopback},
        {"64:ff9b::10.1.2.3", private_use},
        {"64:ff9b::169.254.169.254", link_local},
        {"64:ff9b::8.8.8.8", global},
        {"64:ff9b:1::a9fe:a9fe", link_local},
        {"64:ff9b:1::10.0.0.1", private_use},
        {"64:ff9b:1:a::1", reserved}, // where in it the IPv4 address stands, nobody can tell
        {"64:ff9b:1:ffff::8.8.8.8", reserved},
        {"64:ff9b:2::1", reserved},
        {"2002:7f00:1::1", loopback},
        {"2002:0a01:0203::1", private_use},
        {"2002:a9fe:a9fe::", link_local},
        {"2002:808:808::1", global},
    });
}

TEST(ssrf_guard, teredo_and_isatap) {
    expect({
        // 2001:0:server:flags:port:host with its bits turned: 192.168.1.1 is 3f57:fefe, 8.8.8.8 is f7f7:f7f7.
        {"2001:0:808:808:0:0:3f57:fefe", private_use},
        {"2001:0:808:808:0:0:f7f7:f7f7", global},
        {"2001:0:a00:1:0:0:f7f7:f7f7", private_use},
        {"2001:0:808:808:0:0:5601:5601", link_local}, // 169.254.169.254
        {"2600::5efe:10.1.2.3", private_use},
        {"2600::200:5efe:127.0.0.1", loopback},
        {"2600::5efe:8.8.8.8", global},
        {"fe80::5efe:8.8.8.8", link_local},
        {"2600::1:5efe:10.1.2.3", global},
    });
}

TEST(ssrf_guard, what_is_no_address) {
    for (const std::string_view text :
         {"", "localhost", "127.1", "0x7f.0.0.1", "017700000001", "2130706433", "1.2.3.4.5", "[::1]",
          "fe80::1%eth0", "::ffff:127.0.0.1 ", "1.2.3.4/8", "g::1"})
        EXPECT_EQ(kind_of_text(text), std::nullopt) << text;
    EXPECT_EQ(kind_of_text(std::string_view("8.8.8.8\0.127", 12)), std::nullopt);
}

TEST(ssrf_guard, what_may_be_connected_to) {
    EXPECT_TRUE(may_connect(global, false));
    EXPECT_TRUE(may_connect(global, true));
    for (const auto kind : {loopback, private_use, shared}) {
        EXPECT_FALSE(may_connect(kind, false));
        EXPECT_TRUE(may_connect(kind, true));
    }
    for (const auto kind : {link_local, unspecified, multicast, documentation, reserved}) {
        EXPECT_FALSE(may_connect(kind, false));
        EXPECT_FALSE(may_connect(kind, true));
    }
}

} // namespace
} // namespace auth
