#include "transport/net/network_of.hpp"

#include <cstddef>

namespace transport {
namespace {

constexpr std::uint64_t mark_of_v4 = std::uint64_t{0xFFFF} << 32; // as in ::ffff:a.b.c.d, where no /64 has it

} // namespace

std::uint64_t network_of(const boost::asio::ip::address& address) {
    namespace ip = boost::asio::ip;
    if (address.is_v4())
        return mark_of_v4 | address.to_v4().to_uint();
    const auto six = address.to_v6();
    if (six.is_v4_mapped())
        return mark_of_v4 | ip::make_address_v4(ip::v4_mapped, six).to_uint();
    std::uint64_t prefix = 0;
    const auto bytes = six.to_bytes();
    for (std::size_t i = 0; i < 8; ++i)
        prefix = prefix << 8 | bytes[i];
    return prefix == 0 ? 1 : prefix; // ::1
}

} // namespace transport
