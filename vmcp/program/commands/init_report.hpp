// What vmcp init tells about a client's file: what it took, changed and left, and why. A pure function.
#pragma once

#include "vmcp/yaml/init_config.hpp"

#include <string>

namespace vmcp {

// Aligned lines, each ended by a line end; fit for a terminal.
[[nodiscard]] std::string init_report(const initial_config& made);

} // namespace vmcp
