#include "auth/ssrf_guard.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>

namespace auth {
namespace {

struct block4 {
    ipv4_bytes start;
    unsigned bits;
    address_kind kind;
};

constexpr std::array<block4, 18> blocks4{{
    // Where clouds give credentials to whoever asks from inside, beside 169.254.169.254.
    {{100, 100, 100, 200}, 32, address_kind::link_local},
    {{168, 63, 129, 16}, 32, address_kind::link_local},
    {{0, 0, 0, 0}, 8, address_kind::unspecified},
    {{10, 0, 0, 0}, 8, address_kind::private_use},
    {{100, 64, 0, 0}, 10, address_kind::shared},
    {{127, 0, 0, 0}, 8, address_kind::loopback},
    {{169, 254, 0, 0}, 16, address_kind::link_local},
    {{172, 16, 0, 0}, 12, address_kind::private_use},
    {{192, 0, 0, 0}, 24, address_kind::reserved}, // protocol assignments
    {{192, 0, 2, 0}, 24, address_kind::documentation},
    {{192, 88, 99, 0}, 24, address_kind::reserved}, // once the nearest 6to4 relay
    {{192, 168, 0, 0}, 16, address_kind::private_use},
    {{198, 18, 0, 0}, 15, address_kind::reserved}, // benchmarks
    {{198, 51, 100, 0}, 24, address_kind::documentation},
    {{203, 0, 113, 0}, 24, address_kind::documentation},
    {{224, 0, 0, 0}, 4, address_kind::multicast},
    {{255, 255, 255, 255}, 32, address_kind::multicast},
    {{240, 0, 0, 0}, 4, address_kind::reserved},
}};

struct block6 {
    ipv6_bytes start;
    unsigned bits;
    address_kind kind;
};

constexpr std::array<block6, 14> blocks6{{
    // Clouds' places for credentials again.
    {{0xfd, 0x00, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54}, 128, address_kind::link_local},
    {{0xfd, 0x20, 0x00, 0xce, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54}, 128, address_kind::link_local},
    {{}, 128, address_kind::unspecified},
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, address_kind::loopback},
    {{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, 48, address_kind::reserved}, // NAT64 in forms that cannot be read
    {{0x20, 0x01, 0x0d, 0xb8}, 32, address_kind::documentation},
    {{0x3f, 0xff}, 20, address_kind::documentation},
    {{0x20, 0x01}, 23, address_kind::reserved}, // protocol assignments, benchmarks among them
    {{0xfc}, 7, address_kind::private_use},
    {{0xfe, 0x80}, 10, address_kind::link_local},
    {{0xfe, 0xc0}, 10, address_kind::private_use}, // site-local, of old
    {{0xff}, 8, address_kind::multicast},
    {{0x20}, 3, address_kind::global},
    {{}, 0, address_kind::reserved}, // nothing outside of 2000::/3 is given to hosts
}};

// Whether the first `bits` bits are the same.
bool same_prefix(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b, unsigned bits) noexcept {
    const std::size_t whole = bits / 8;
    if (!std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(whole), b.begin()))
        return false;
    const unsigned rest = bits % 8;
    return rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0;
}

ipv4_bytes part_of(const ipv6_bytes& address, std::size_t at, std::uint8_t mask = 0) noexcept {
    ipv4_bytes out{};
    for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = address[at + i] ^ mask;
    return out;
}

// What leads to an IPv4 host whose address is the last four bytes.
struct prefix6 {
    ipv6_bytes start;
    unsigned bits;
};

constexpr std::array<prefix6, 3> last_four{{
    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96}, // mapped
    {{0x00, 0x64, 0xff, 0x9b}, 96},                   // NAT64 (RFC 6052)
    {{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, 96}, // NAT64 of a network's own (RFC 8215), in its usual form
}};
constexpr prefix6 compatible{{}, 96};
constexpr prefix6 six_to_four{{0x20, 0x02}, 16};
constexpr prefix6 teredo{{0x20, 0x01}, 32};

bool within(const ipv6_bytes& address, const prefix6& prefix) noexcept {
    return same_prefix(address, prefix.start, prefix.bits);
}

// The kind of the IPv4 host that an address leads to, if it leads to one.
std::optional<address_kind> embedded_kind(const ipv6_bytes& address) noexcept {
    const auto last = kind_of(part_of(address, 12));
    if (std::any_of(last_four.begin(), last_four.end(),
                    [&](const prefix6& one) { return within(address, one); }))
        return last;
    const bool is_own = address[12] == 0 && address[13] == 0 && address[14] == 0; // :: and ::1 are no IPv4
    if (within(address, compatible) && !is_own)
        return last;
    if (within(address, six_to_four))
        return kind_of(part_of(address, 2));
    if (within(address, teredo)) { // its server, and its host with all bits turned
        const auto server = kind_of(part_of(address, 4));
        return server != address_kind::global ? server : kind_of(part_of(address, 12, 0xFF));
    }
    // ISATAP (RFC 5214): an interface of any network that says which IPv4 host it is.
    const bool isatap =
        (address[8] & 0xFD) == 0 && address[9] == 0 && address[10] == 0x5e && address[11] == 0xfe;
    if (isatap && last != address_kind::global)
        return last;
    return std::nullopt;
}

} // namespace

address_kind kind_of(const ipv4_bytes& address) noexcept {
    for (const auto& block : blocks4) {
        if (same_prefix(address, block.start, block.bits))
            return block.kind;
    }
    return address_kind::global;
}

address_kind kind_of(const ipv6_bytes& address) noexcept {
    if (const auto embedded = embedded_kind(address))
        return *embedded;
    for (const auto& block : blocks6) {
        if (same_prefix(address, block.start, block.bits))
            return block.kind;
    }
    return address_kind::reserved;
}

bool may_connect(address_kind kind, bool allow_private) noexcept {
    switch (kind) {
    case address_kind::global:
        return true;
    case address_kind::loopback:
    case address_kind::private_use:
    case address_kind::shared:
        return allow_private;
    case address_kind::link_local:
    case address_kind::unspecified:
    case address_kind::multicast:
    case address_kind::documentation:
    case address_kind::reserved:
        break;
    }
    return false;
}

} // namespace auth
