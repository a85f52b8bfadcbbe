#include "vmcp/program/commands/schema.hpp"

#include "vmcp/config/json_schema.hpp"
#include "vmcp/program/commands/terminal.hpp"

namespace vmcp {

void add_schema(CLI::App& program, exit_code& outcome) {
    auto* const command = program.add_subcommand("schema", "Print the JSON Schema of the configuration");
    command->footer("Editors with a YAML language server check and complete a file that begins with\n"
                    "  # yaml-language-server: $schema=vmcp.schema.json\n\n"
                    "Example:\n"
                    "  vmcp schema > vmcp.schema.json");
    command->callback(
        [&outcome] { outcome = print(config_json_schema()) ? exit_code::ok : exit_code::failed; });
}

} // namespace vmcp
