// Problems of the machine, not of the text: a variable or a file that the configuration names is missing, or does not hold
// what it should. One that concerns single backends costs only those.
#pragma once

#include "vmcp/config/config_draft.hpp"
#include "vmcp/config/config_problem.hpp"

#include <vector>

namespace vmcp {

// Says in the backends of `draft` (backend_config::problem) which of the problems each of them has. True when the
// configuration can be used all the same: every problem is one of the machine and belongs to backends, whose names are
// known.
[[nodiscard]] bool assign_machine_problems(config_draft& draft, const std::vector<config_problem>& problems);

} // namespace vmcp
