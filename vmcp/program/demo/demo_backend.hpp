// vmcp demo-backend: a small MCP server to try vmcp with.
#pragma once

#include "vmcp/program/commands/exit_code.hpp"

#include <CLI/CLI.hpp>

namespace vmcp {

void add_demo_backend(CLI::App& program, exit_code& outcome);

} // namespace vmcp
