// What a finished command tells the shell.
#pragma once

#include "vmcp/base/result.hpp"

#include <cstdint>

namespace vmcp {

enum class exit_code : std::uint8_t {
    ok = 0,
    failed = 1,      // what was asked was tried, and failed: a tool reported an error, a check did not pass
    usage = 2,       // wrong command line, or a configuration with mistakes
    unreachable = 3, // nothing answers at the URL
};

// The code for a failure of a request to a gateway.
[[nodiscard]] exit_code exit_code_of(const failure& why) noexcept;

} // namespace vmcp
