#include "vmcp/program/commands/validate.hpp"

#include "vmcp/base/words.hpp"
#include "vmcp/program/commands/program_sources.hpp"
#include "vmcp/program/commands/terminal.hpp"
#include "vmcp/yaml/load_config.hpp"

#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <vector>

namespace vmcp {
namespace {

struct validate_flags {
    std::string config_path{};
    command_line given{}; // where it will be served
    bool as_json = false;
};

std::string summary(const config& value, const std::string& path) {
    std::string names;
    for (const auto& one : value.backends)
        names.append(names.empty() ? ": " : ", ").append(one.name);
    const auto found = value.cluster.discover
                           ? fmt::format(", besides those of group {} in the cluster", value.group_ref)
                           : std::string();
    return fmt::format("{}: valid, {}{}{}\n", path, count_of(value.backends.size(), "backend"), names, found);
}

nlohmann::ordered_json places_of(const std::vector<config_problem>& list) {
    auto out = nlohmann::ordered_json::array();
    for (const auto& one : list)
        out.push_back({{"file", one.file},
                       {"line", one.at.line},
                       {"column", one.at.column},
                       {"key", one.key},
                       {"message", one.message}});
    return out;
}

std::string as_json(const loaded_config& loaded) {
    const nlohmann::ordered_json all{{"valid", loaded.problems.empty()},
                                     {"problems", places_of(loaded.problems)},
                                     {"warnings", places_of(loaded.warnings)}};
    return all.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

exit_code run_validate(const validate_flags& flags, const std::string& path) {
    const auto loaded = load_config(path, program_sources(flags.given));
    // Problems that only leave some backends out count too: it was asked whether everything is right.
    const auto code = loaded.problems.empty() ? exit_code::ok : exit_code::usage;
    if (flags.as_json)
        return print_json(as_json(loaded)) ? code : exit_code::failed;
    warn_of(loaded.warnings);
    if (loaded.problems.empty())
        return print(printable_text(summary(*loaded.value, path))) ? code : exit_code::failed;
    complain_of(loaded.problems);
    complain(count_of(loaded.problems.size(), "problem"));
    return code;
}

} // namespace

void add_validate(CLI::App& program, exit_code& outcome, std::shared_ptr<const global_flags> globals) {
    auto* const command =
        program.add_subcommand("validate", "Check a configuration and report every mistake at once");
    const auto flags = std::make_shared<validate_flags>();
    add_config_option(*command, flags->config_path);
    command->add_option("--host", flags->given.host, "Address it will be served at")
        ->envname("VMCP_HOST")
        ->type_name("ADDRESS")
        ->capture_default_str();
    command->add_option("--port", flags->given.port, "Port it will be served at")
        ->envname("VMCP_PORT")
        ->type_name("PORT")
        ->capture_default_str();
    command->add_flag("--json", flags->as_json, "Print the result as JSON")->envname("VMCP_JSON");
    command->footer("Mistakes are printed as FILE:LINE:COLUMN: KEY: what is wrong. Exit code 2 when there "
                    "are any. Warnings are\n"
                    "about what is valid and hardly meant, such as a backend that is this gateway itself.\n\n"
                    "Examples:\n"
                    "  vmcp validate vmcp.yaml\n"
                    "  vmcp validate --json - < vmcp.yaml");
    command->callback([&outcome, command, flags, globals] {
        const auto path = config_path_of(*command, flags->config_path, *globals);
        outcome = path.empty() ? exit_code::usage : run_validate(*flags, path);
    });
}

} // namespace vmcp
