// vmcp version: what this program is, for people and for bug reports.
#pragma once

#include "vmcp/program/commands/exit_code.hpp"

#include <CLI/CLI.hpp>

namespace vmcp {

// Each add_...() of this folder adds one subcommand; when it is given, it runs and sets `outcome`.
void add_version(CLI::App& program, exit_code& outcome);

} // namespace vmcp
