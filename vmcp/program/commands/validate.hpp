// vmcp validate: checks a configuration without serving it.
#pragma once

#include "vmcp/program/commands/exit_code.hpp"

#include <CLI/CLI.hpp>

namespace vmcp {

void add_validate(CLI::App& program, exit_code& outcome);

} // namespace vmcp
