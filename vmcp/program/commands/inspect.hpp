// vmcp inspect: what a running gateway offers, as tables or JSON.
#pragma once

#include "vmcp/program/commands/exit_code.hpp"

#include <CLI/CLI.hpp>

namespace vmcp {

void add_inspect(CLI::App& program, exit_code& outcome);

} // namespace vmcp
