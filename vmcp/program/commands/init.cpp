#include "vmcp/program/commands/init.hpp"

#include "vmcp/program/commands/init_report.hpp"
#include "vmcp/program/commands/terminal.hpp"
#include "vmcp/yaml/init_config.hpp"
#include "vmcp/yaml/load_config.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>
#include <system_error>

namespace vmcp {
namespace {

struct init_flags {
    std::string from{};
    std::string output = "-";
    bool force = false;
};

// Why the file could not be written; empty when it was.
std::string write_file(const std::string& path, std::string_view text, bool force) {
    // What is made may hold the headers of the client's file, which may be secrets.
    const int descriptor =
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | (force ? O_TRUNC : O_EXCL), 0600);
    if (descriptor < 0)
        return errno == EEXIST ? "it exists already; --force overwrites it"
                               : std::generic_category().message(errno);
    int error = 0;
    while (!text.empty() && error == 0) {
        const auto count = ::write(descriptor, text.data(), text.size());
        if (count >= 0)
            text.remove_prefix(static_cast<std::size_t>(count));
        else if (errno != EINTR)
            error = errno;
    }
    if (::close(descriptor) != 0 && error == 0)
        error = errno;
    return error == 0 ? "" : std::generic_category().message(error);
}

exit_code run_init(const init_flags& flags) {
    const auto text = system_sources().read_file(flags.from);
    if (!text) {
        complain(fmt::format("{}: {}", flags.from, text.error().detail));
        return exit_code::usage;
    }
    const auto made = init_from_client_file(*text, flags.from);
    fmt::print(stderr, "{}", init_report(made));
    if (!made.problems.empty()) {
        complain_of(made.problems);
        return exit_code::usage;
    }
    if (flags.output == "-")
        return print(made.yaml) ? exit_code::ok : exit_code::failed;
    if (const auto why = write_file(flags.output, made.yaml, flags.force); !why.empty()) {
        complain(fmt::format("{}: {}", flags.output, why));
        return exit_code::failed;
    }
    complain(fmt::format("wrote {0}; check it with: vmcp validate {0}", flags.output));
    return exit_code::ok;
}

} // namespace

void add_init(CLI::App& program, exit_code& outcome) {
    auto* const command =
        program.add_subcommand("init", "Turn the file of an MCP client into a vmcp configuration");
    const auto flags = std::make_shared<init_flags>();
    command
        ->add_option(
            "--from", flags->from,
            "File in which a client keeps its servers: of Claude, Cursor, VS Code, Windsurf, Gemini CLI, "
            "Zed, opencode, Codex and others; - is standard input")
        ->envname("VMCP_FROM")
        ->type_name("FILE")
        ->required();
    command->add_option("-o,--output", flags->output, "File to write; - is standard output")
        ->envname("VMCP_OUTPUT")
        ->type_name("FILE")
        ->capture_default_str();
    command->add_flag("--force", flags->force, "Overwrite the output file")->envname("VMCP_FORCE");
    command->footer("Servers reached by Streamable HTTP become backends, with their headers, tool filters "
                    "and timeouts; so does what\n"
                    "stands behind mcp-remote. Programs (command), SSE servers and disabled entries are left "
                    "out. What was taken,\n"
                    "changed and left is told on standard error, and in comments of the file.\n\n"
                    "Examples:\n"
                    "  vmcp init --from .cursor/mcp.json --output vmcp.yaml\n"
                    "  vmcp init --from ~/.claude.json --output vmcp.yaml\n"
                    "  vmcp init --from .vscode/mcp.json | vmcp validate -");
    command->callback([&outcome, flags] { outcome = run_init(*flags); });
}

} // namespace vmcp
