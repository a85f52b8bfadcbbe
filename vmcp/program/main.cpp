// Entry point of the vmcp program: the command line, and what only main() may know.
#include "vmcp/base/environment.hpp"
#include "vmcp/base/log.hpp"
#include "vmcp/base/program.hpp"
#include "vmcp/program/app.hpp"
#include "vmcp/program/commands/authz.hpp"
#include "vmcp/program/commands/call.hpp"
#include "vmcp/program/commands/command_line.hpp"
#include "vmcp/program/commands/doctor.hpp"
#include "vmcp/program/commands/healthcheck.hpp"
#include "vmcp/program/commands/init.hpp"
#include "vmcp/program/commands/inspect.hpp"
#include "vmcp/program/commands/schema.hpp"
#include "vmcp/program/commands/serve.hpp"
#include "vmcp/program/commands/terminal.hpp"
#include "vmcp/program/commands/validate.hpp"
#include "vmcp/program/commands/version.hpp"
#include "vmcp/program/demo/demo_backend.hpp"
#include "vmcp/program/logging.hpp"

#include <csignal>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace vmcp {
namespace {

constexpr auto footer =
    R"(Every flag can be given as an environment variable too: the name stands behind it in the help of its command.

Exit codes:
  0  done
  1  it was tried and failed: a tool reported an error, a check did not pass
  2  wrong command line, or a configuration with mistakes
  3  nothing answers at the URL

Start here:
  vmcp demo-backend --name weather --port 9101 &
  vmcp demo-backend --name notes --port 9102 &
  vmcp serve examples/quickstart.yaml &
  vmcp inspect tools
  vmcp call weather_get_forecast '{"city":"Bern"}')";

// Kubernetes sets VMCP_PORT=tcp://10.0.0.1:4483 in every pod beside a Service called "vmcp".
void drop_service_link() {
    const auto port = environment("VMCP_PORT");
    if (port && port->find("://") != std::string::npos)
        unset_environment("VMCP_PORT");
}

// Warnings of the configuration are lines of the log, in the format that the configuration asks for.
int serve_with_warnings(std::shared_ptr<const config> settings, const serve_options& options) {
    install_logging(settings->log);
    for (const auto& one : options.warnings)
        log::warn("{}", one);
    return serve(std::move(settings), options);
}

exit_code run(int argc, char** argv) {
    auto outcome = exit_code::ok;
    CLI::App program(
        "vmcp: one MCP server in front of many. Clients see one URL; behind it the tools, resources and\n"
        "prompts of every backend.",
        "vmcp");
    program.footer(footer);
    program.set_version_flag("--version", std::string(program_version));
    program.require_subcommand(1);
    program.get_formatter()->column_width(28);
    const auto globals = add_global_options(program);
    add_serve(program, outcome, globals, serve_with_warnings);
    add_validate(program, outcome, globals);
    add_doctor(program, outcome, globals);
    add_authz(program, outcome, globals);
    add_init(program, outcome);
    add_schema(program, outcome);
    add_inspect(program, outcome);
    add_call(program, outcome);
    add_healthcheck(program, outcome);
    add_demo_backend(program, outcome);
    add_version(program, outcome);
    return parse_and_run(program, argc, argv, outcome);
}

} // namespace
} // namespace vmcp

int main(int argc, char** argv) {
    // A peer or a pipe that is gone is an error of the write, not the end of the process.
    std::signal(SIGPIPE, SIG_IGN);
    vmcp::drop_service_link();
    vmcp::install_logging({.level = "warn", .format = "text"});
    try {
        return static_cast<int>(vmcp::run(argc, argv));
    } catch (const std::exception& e) {
        vmcp::complain(std::string("bug: ") + e.what());
        return static_cast<int>(vmcp::exit_code::failed);
    }
}
