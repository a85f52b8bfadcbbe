// vmcp serve: reads the configuration, then hands over to the gateway.
#pragma once

#include "vmcp/config/discovery_settings.hpp"
#include "vmcp/program/commands/command_line.hpp"
#include "vmcp/program/commands/exit_code.hpp"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace vmcp {

struct serve_options {
    std::string config_path{}; // "-": standard input, which cannot be read again on reload
    std::string host = "127.0.0.1";
    std::uint16_t port = default_port;   // 0: any free one
    std::string port_file{};             // empty: none
    unsigned workers = 0;                // 0: as the configuration says
    std::vector<std::string> warnings{}; // of the configuration, for the log
    discovery_settings discovery{};      // what it says of backends that are found
};

// Serves until a signal ends it, and returns the exit code of the program. main() knows how.
using serve_function = std::function<int(std::shared_ptr<const config>, const serve_options&)>;

void add_serve(CLI::App& program, exit_code& outcome, std::shared_ptr<const global_flags> globals,
               serve_function serve);

} // namespace vmcp
