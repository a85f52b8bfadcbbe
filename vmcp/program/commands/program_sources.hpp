// What the program reads a configuration with: its environment, its files, and the policy engine.
#pragma once

#include "vmcp/config/config_problem.hpp"
#include "vmcp/yaml/load_config.hpp"

namespace vmcp {

// `given` wins over the text.
[[nodiscard]] config_sources program_sources(const command_line& given, pipes pipes = pipes::read);

} // namespace vmcp
