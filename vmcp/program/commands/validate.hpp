// vmcp validate: checks a configuration without serving it.
#pragma once

#include "vmcp/program/commands/command_line.hpp"
#include "vmcp/program/commands/exit_code.hpp"

#include <CLI/CLI.hpp>

#include <memory>

namespace vmcp {

void add_validate(CLI::App& program, exit_code& outcome, std::shared_ptr<const global_flags> globals);

} // namespace vmcp
