// vmcp serve: reads the configuration, then hands over to the gateway.
#pragma once

#include "vmcp/config/config.hpp"
#include "vmcp/program/commands/exit_code.hpp"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace vmcp {

struct serve_options {
    std::string config_path{}; // "-": standard input, which cannot be read again on reload
    std::string host = "127.0.0.1";
    std::uint16_t port = 4483; // 0: any free one
    std::string port_file{};   // empty: none
    unsigned workers = 0;      // 0: as the configuration says
};

// Serves until a signal ends it, and returns the exit code of the program. main() knows how.
using serve_function = std::function<int(std::shared_ptr<const config>, const serve_options&)>;

void add_serve(CLI::App& program, exit_code& outcome, serve_function serve);

} // namespace vmcp
