#include "vmcp/program/commands/serve.hpp"

#include "vmcp/program/commands/terminal.hpp"
#include "vmcp/yaml/load_config.hpp"

#include <utility>

namespace vmcp {
namespace {

exit_code run_serve(const serve_options& options, const serve_function& serve) {
    auto loaded = load_config(options.config_path, system_sources());
    if (!loaded) {
        fmt::print(stderr, "{}", format_problems(loaded.problems));
        complain(fmt::format("not serving: {} problem{} in the configuration", loaded.problems.size(),
                             loaded.problems.size() == 1 ? "" : "s"));
        return exit_code::usage;
    }
    return static_cast<exit_code>(serve(std::make_shared<const config>(std::move(*loaded.value)), options));
}

} // namespace

void add_serve(CLI::App& program, exit_code& outcome, serve_function serve) {
    auto* const command = program.add_subcommand("serve", "Serve the backends of a configuration at one URL");
    const auto given = std::make_shared<serve_options>();
    auto& options = *given;
    command
        ->add_option("-c,--config", options.config_path,
                     "Configuration file (YAML or JSON); - is standard input")
        ->envname("VMCP_CONFIG")
        ->type_name("FILE")
        ->required();
    command->add_option("--host", options.host, "Address to listen on; 0.0.0.0 and :: mean every interface")
        ->envname("VMCP_HOST")
        ->type_name("ADDRESS")
        ->capture_default_str();
    command->add_option("--port", options.port, "Port to listen on; 0 takes any free one")
        ->envname("VMCP_PORT")
        ->type_name("PORT")
        ->capture_default_str();
    command->add_option("--port-file", options.port_file, "Write the port that is listened on into this file")
        ->envname("VMCP_PORT_FILE")
        ->type_name("FILE");
    command
        ->add_option("--workers", options.workers, "Threads that serve; 0: runtime.workers, or one per core")
        ->envname("VMCP_WORKERS")
        ->check(CLI::Range(0, 1024))
        ->type_name("N");
    command->footer(
        "Paths:\n"
        "  /mcp                  the MCP endpoint: give http://HOST:PORT/mcp to your MCP client\n"
        "  /health /readyz       for probes; /status and /api/backends/health for people and tools; "
        "/metrics\n\n"
        "Signals:\n"
        "  TERM, INT             end: running calls finish first (runtime.drainTimeout at most);\n"
        "                        once more: end at once, running calls are cut\n"
        "  HUP                   read the configuration again; one with mistakes changes nothing\n\n"
        "Examples:\n"
        "  vmcp serve --config vmcp.yaml\n"
        "  vmcp init --from mcp.json | vmcp serve --config - --port 8080\n"
        "  VMCP_CONFIG=vmcp.yaml VMCP_HOST=0.0.0.0 vmcp serve");
    command->callback([&outcome, given, serve = std::move(serve)] { outcome = run_serve(*given, serve); });
}

} // namespace vmcp
