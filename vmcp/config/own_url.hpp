// Whether a URL leads back to a listener of this very gateway.
#pragma once

#include "vmcp/base/url.hpp"

#include <cstdint>
#include <string_view>

namespace vmcp {

// localhost, ::1 or an address of 127.0.0.0/8, as vmcp::url has hosts: what goes there never leaves this machine.
[[nodiscard]] bool is_loopback(std::string_view host) noexcept;

// Whether a connection to `to` reaches what listens at `host` and `port` on this machine. `host` is an IP
// address or localhost; 0.0.0.0 and :: are every address of the machine, of which only the loopback ones are
// known here. Port 0 is not known yet: false.
[[nodiscard]] bool leads_to(const url& to, std::string_view host, std::uint16_t port) noexcept;

} // namespace vmcp
