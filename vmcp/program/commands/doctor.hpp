// vmcp doctor: why a token is let in or not, step by step.
#pragma once

#include "vmcp/program/commands/command_line.hpp"
#include "vmcp/program/commands/exit_code.hpp"

#include <CLI/CLI.hpp>

#include <memory>

namespace vmcp {

void add_doctor(CLI::App& program, exit_code& outcome, std::shared_ptr<const global_flags> globals);

} // namespace vmcp
