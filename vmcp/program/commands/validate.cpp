#include "vmcp/program/commands/validate.hpp"

#include "vmcp/program/commands/terminal.hpp"
#include "vmcp/yaml/load_config.hpp"

#include <nlohmann/json.hpp>

#include <memory>
#include <string>

namespace vmcp {
namespace {

struct validate_flags {
    std::string config_path{};
    bool as_json = false;
};

std::string summary(const config& value, const std::string& path) {
    std::string names;
    for (const auto& one : value.backends)
        names.append(names.empty() ? "" : ", ").append(one.name);
    return fmt::format("{}: valid, {} backend{}: {}\n", path, value.backends.size(),
                       value.backends.size() == 1 ? "" : "s", names);
}

std::string as_json(const loaded_config& loaded) {
    auto problems = nlohmann::ordered_json::array();
    for (const auto& one : loaded.problems)
        problems.push_back({{"file", one.file},
                            {"line", one.at.line},
                            {"column", one.at.column},
                            {"key", one.key},
                            {"message", one.message}});
    const nlohmann::ordered_json all{{"valid", loaded.problems.empty()}, {"problems", std::move(problems)}};
    return all.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

exit_code run_validate(const validate_flags& flags) {
    const auto loaded = load_config(flags.config_path, system_sources());
    // Also of what costs only some backends: it was asked whether everything is right.
    const auto code = loaded.problems.empty() ? exit_code::ok : exit_code::usage;
    if (flags.as_json)
        return print(as_json(loaded)) ? code : exit_code::failed;
    if (loaded.problems.empty())
        return print(summary(*loaded.value, flags.config_path)) ? code : exit_code::failed;
    fmt::print(stderr, "{}", format_problems(loaded.problems));
    complain(fmt::format("{} problem{}", loaded.problems.size(), loaded.problems.size() == 1 ? "" : "s"));
    return code;
}

} // namespace

void add_validate(CLI::App& program, exit_code& outcome) {
    auto* const command =
        program.add_subcommand("validate", "Check a configuration and report every mistake at once");
    const auto flags = std::make_shared<validate_flags>();
    command->add_option("-c,--config", flags->config_path, "Configuration file; - is standard input")
        ->envname("VMCP_CONFIG")
        ->type_name("FILE")
        ->required();
    command->add_flag("--json", flags->as_json, "Print the result as JSON")->envname("VMCP_JSON");
    command->footer(
        "Mistakes are printed as FILE:LINE:COLUMN: KEY: what is wrong. Exit code 2 when there are any.\n\n"
        "Examples:\n"
        "  vmcp validate --config vmcp.yaml\n"
        "  vmcp validate --config - --json < vmcp.yaml");
    command->callback([&outcome, flags] { outcome = run_validate(*flags); });
}

} // namespace vmcp
