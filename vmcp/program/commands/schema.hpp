// vmcp schema: the JSON Schema of the configuration.
#pragma once

#include "vmcp/program/commands/exit_code.hpp"

#include <CLI/CLI.hpp>

namespace vmcp {

void add_schema(CLI::App& program, exit_code& outcome);

} // namespace vmcp
