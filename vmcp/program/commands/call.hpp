// vmcp call: calls one tool through a running gateway.
#pragma once

#include "vmcp/program/commands/exit_code.hpp"

#include <CLI/CLI.hpp>

namespace vmcp {

void add_call(CLI::App& program, exit_code& outcome);

} // namespace vmcp
