// vmcp init: a first configuration from the one of an MCP client.
#pragma once

#include "vmcp/program/commands/exit_code.hpp"

#include <CLI/CLI.hpp>

namespace vmcp {

void add_init(CLI::App& program, exit_code& outcome);

} // namespace vmcp
