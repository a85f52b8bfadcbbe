// What can be decided only when all keys are known: defaults that depend on other keys, files to read, and
// rules between keys.
#pragma once

#include "vmcp/config/config_draft.hpp"
#include "vmcp/config/config_problem.hpp"

#include <string>
#include <vector>

namespace vmcp {

// Completes `draft.out` (credentials, deadlines and certificates of each backend) and reports contradictions;
// in `warnings` what is valid and hardly meant. Keys that were wrong by themselves are empty in the draft and
// cause no second problem. Returns the files asked for.
[[nodiscard]] std::vector<std::string> settle_config(config_draft& draft, const config_document& document,
                                                     const config_sources& sources, problem_list& problems,
                                                     problem_list& warnings);

} // namespace vmcp
