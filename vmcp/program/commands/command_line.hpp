// What stands around the commands: options of all of them, and what is said about a wrong command line.
#pragma once

#include "vmcp/program/commands/exit_code.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <string>

namespace vmcp {

// Options before or behind any command, with the meaning that ToolHive's vMCP gives them.
struct global_flags {
    std::string config_path{}; // of commands that read one
    bool debug = false;
};

// Adds them, and what they do: --debug shows more of the log; --config is refused with a command that reads
// no configuration. To be called before the commands are added.
[[nodiscard]] std::shared_ptr<const global_flags> add_global_options(CLI::App& program);

// The configuration that a command reads: its own flag or argument, else the global one. Reports that there
// is none. Empty: it was reported.
[[nodiscard]] std::string config_path_of(const CLI::App& command, const std::string& own,
                                         const global_flags& globals);

// Adds -c, --config and a FILE without a flag to a command.
void add_config_option(CLI::App& command, std::string& path);

// What was wrong with the command line, in one line that names the command, what was not expected, and what
// may have been meant.
[[nodiscard]] std::string command_line_problem(const CLI::App& program, const CLI::ParseError& error);

// Parses, runs the command, and says what was wrong. `outcome` is what the command sets.
[[nodiscard]] exit_code parse_and_run(CLI::App& program, int argc, const char* const* argv,
                                      const exit_code& outcome);

} // namespace vmcp
