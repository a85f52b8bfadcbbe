// Which clients are counted together: those at one address.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <cstdint>

namespace transport {

// A number that is the same for one IPv4 address, and for one /64 network of IPv6: that is the least that a single host has
// for itself (RFC 4291, 2.5.4). Never 0.
[[nodiscard]] std::uint64_t network_of(const boost::asio::ip::address& address);

} // namespace transport
