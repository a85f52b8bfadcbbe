#include "vmcp/program/commands/serve.hpp"

#include "vmcp/base/words.hpp"
#include "vmcp/config/text_rules.hpp"
#include "vmcp/config/value_text.hpp"
#include "vmcp/program/commands/program_sources.hpp"
#include "vmcp/program/commands/terminal.hpp"
#include "vmcp/yaml/load_config.hpp"

#include <chrono>
#include <optional>
#include <utility>

namespace vmcp {
namespace {

// As those of sessions.ttl.
constexpr std::chrono::milliseconds least_ttl = std::chrono::seconds(1);
constexpr std::chrono::milliseconds most_ttl = std::chrono::hours(30 * 24);

struct serve_flags {
    serve_options options{};
    std::string session_ttl{};
    bool enable_audit = false;
};

// What the command line says besides the file; nothing where it is wrong, which has been reported.
std::optional<command_line> given_by(const serve_flags& flags, bool debug) {
    command_line out{
        .host = flags.options.host, .port = flags.options.port, .debug = debug, .audit = flags.enable_audit};
    if (const auto wrong = rules::address.problem(flags.options.host);
        wrong && flags.options.host != "localhost") {
        complain(fmt::format("--host: '{}' {}", flags.options.host, *wrong));
        return std::nullopt;
    }
    // ToolHive: 0 is the default.
    if (flags.session_ttl.empty() || flags.session_ttl == "0")
        return out;
    const auto ttl = parse_duration(flags.session_ttl);
    if (!ttl || *ttl < least_ttl || *ttl > most_ttl) {
        complain(fmt::format("--session-ttl: must be a duration from {} to {}, such as 30m",
                             duration_text(least_ttl), duration_text(most_ttl)));
        return std::nullopt;
    }
    out.session_ttl = *ttl;
    return out;
}

exit_code run_serve(const serve_flags& flags, const std::string& path, bool debug,
                    const serve_function& serve) {
    const auto given = given_by(flags, debug);
    if (!given)
        return exit_code::usage;
    auto loaded = load_config(path, program_sources(*given));
    if (!loaded) {
        complain_of(loaded.problems);
        complain(
            fmt::format("not serving: {} in the configuration", count_of(loaded.problems.size(), "problem")));
        return exit_code::usage;
    }
    auto options = flags.options;
    options.config_path = path;
    for (const auto& one : loaded.warnings)
        options.warnings.push_back(format_problem(one));
    options.discovery = std::move(loaded.discovery);
    return static_cast<exit_code>(serve(std::make_shared<const config>(std::move(*loaded.value)), options));
}

void add_options(CLI::App& command, serve_flags& flags) {
    auto& options = flags.options;
    add_config_option(command, options.config_path);
    command.add_option("--host", options.host, "Address to listen on; 0.0.0.0 and :: mean every interface")
        ->envname("VMCP_HOST")
        ->type_name("ADDRESS")
        ->capture_default_str();
    command.add_option("--port", options.port, "Port to listen on; 0 takes any free one")
        ->envname("VMCP_PORT")
        ->type_name("PORT")
        ->capture_default_str();
    command.add_option("--port-file", options.port_file, "Write the port that is listened on into this file")
        ->envname("VMCP_PORT_FILE")
        ->type_name("FILE");
    command
        .add_option("--workers", options.workers, "Threads that serve; 0: runtime.workers, or one per core")
        ->envname("VMCP_WORKERS")
        ->check(CLI::Range(0, 1024))
        ->type_name("N");
    command
        .add_option("--session-ttl", flags.session_ttl,
                    "A session ends after this time without a request; 0: sessions.ttl")
        ->envname("VMCP_SESSION_TTL")
        ->type_name("DURATION");
    command
        .add_flag("--enable-audit", flags.enable_audit,
                  "Write the audit log: audit.enabled, whatever the configuration says")
        ->envname("VMCP_ENABLE_AUDIT");
}

} // namespace

void add_serve(CLI::App& program, exit_code& outcome, std::shared_ptr<const global_flags> globals,
               serve_function serve) {
    auto* const command = program.add_subcommand("serve", "Serve the backends of a configuration at one URL");
    const auto flags = std::make_shared<serve_flags>();
    add_options(*command, *flags);
    command->footer(
        "Paths:\n"
        "  /mcp                  the MCP endpoint: give http://HOST:PORT/mcp to your MCP client\n"
        "  /health /readyz       for probes; /status and /api/backends/health for people and tools; "
        "/metrics\n\n"
        "Signals:\n"
        "  TERM, INT             end: running calls finish first (runtime.drainTimeout at most);\n"
        "                        once more: end at once, running calls are cut\n"
        "  HUP                   read the configuration again; one with mistakes changes nothing\n"
        "  USR1                  open the file of the audit log again, after it was moved away\n\n"
        "Examples:\n"
        "  vmcp serve vmcp.yaml\n"
        "  vmcp init --from mcp.json | vmcp serve --config - --port 8080\n"
        "  VMCP_CONFIG=vmcp.yaml VMCP_HOST=0.0.0.0 vmcp serve");
    command->callback([&outcome, command, flags, globals, serve = std::move(serve)] {
        const auto path = config_path_of(*command, flags->options.config_path, *globals);
        outcome = path.empty() ? exit_code::usage : run_serve(*flags, path, globals->debug, serve);
    });
}

} // namespace vmcp
