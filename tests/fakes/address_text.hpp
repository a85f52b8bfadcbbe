// The kind of an address that is written down, as tests and fuzzers have them.
#pragma once

#include "auth/ssrf_guard.hpp"

#include <arpa/inet.h>

#include <optional>
#include <string>
#include <string_view>

namespace fakes {

// Without brackets and zone; nothing when it is none.
inline std::optional<auth::address_kind> kind_of_text(std::string_view address) {
    const std::string text(address);
    if (text.find('\0') != std::string::npos) // inet_pton stops there
        return std::nullopt;
    auth::ipv4_bytes four{};
    if (inet_pton(AF_INET, text.c_str(), four.data()) == 1)
        return auth::kind_of(four);
    auth::ipv6_bytes six{};
    if (inet_pton(AF_INET6, text.c_str(), six.data()) == 1)
        return auth::kind_of(six);
    return std::nullopt;
}

} // namespace fakes
