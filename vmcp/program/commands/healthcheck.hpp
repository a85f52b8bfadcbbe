// vmcp healthcheck: tells a container runtime whether the gateway answers.
#pragma once

#include "vmcp/program/commands/exit_code.hpp"

#include <CLI/CLI.hpp>

namespace vmcp {

void add_healthcheck(CLI::App& program, exit_code& outcome);

} // namespace vmcp
