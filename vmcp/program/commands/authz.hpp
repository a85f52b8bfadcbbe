// vmcp authz explain: what the policies of a configuration say of one request, and which of them said it.
#pragma once

#include "vmcp/program/commands/command_line.hpp"
#include "vmcp/program/commands/exit_code.hpp"

#include <CLI/CLI.hpp>

#include <memory>

namespace vmcp {

// Needs no running gateway. `outcome`: ok when it is allowed, failed when it is denied.
void add_authz(CLI::App& program, exit_code& outcome, std::shared_ptr<const global_flags> globals);

} // namespace vmcp
