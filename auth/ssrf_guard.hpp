// Which addresses vmcp may connect to for URLs that others can choose: to be asked after the name was
// resolved, for each connection, with the very address that is dialled.
#pragma once

#include <array>
#include <cstdint>

namespace auth {

// What an address is for (IANA's special-purpose address registries, RFC 6890).
enum class address_kind : std::uint8_t {
    global,        // on the public Internet
    loopback,      // 127.0.0.0/8, ::1
    private_use,   // 10/8, 172.16/12, 192.168/16, fc00::/7
    shared,        // 100.64.0.0/10, between providers and customers
    link_local,    // 169.254.0.0/16 and other places where clouds keep credentials; fe80::/10
    unspecified,   // 0.0.0.0/8, ::
    multicast,     // and broadcast
    documentation, // 192.0.2.0/24 and its like
    reserved,      // everything else that is no public address of one host
};

// An address of IPv4, or of IPv6 in network byte order.
using ipv4_bytes = std::array<std::uint8_t, 4>;
using ipv6_bytes = std::array<std::uint8_t, 16>;

[[nodiscard]] address_kind kind_of(const ipv4_bytes& address) noexcept;

// An IPv6 address that leads to an IPv4 host is of the kind of that host: mapped and compatible addresses,
// NAT64 (64:ff9b::/96 and 64:ff9b:1::/96), 6to4, Teredo (whose server counts too) and ISATAP.
[[nodiscard]] address_kind kind_of(const ipv6_bytes& address) noexcept;

// Whether a connection may be made. `allow_private` (a configured flag) lets in what an operator's own
// network is made of: loopback, private_use and shared. Link-local and the rest is never let in.
[[nodiscard]] bool may_connect(address_kind kind, bool allow_private) noexcept;

} // namespace auth
