#include "vmcp/program/commands/command_line.hpp"

#include "vmcp/base/log.hpp"
#include "vmcp/config/schema_words.hpp"
#include "vmcp/program/commands/terminal.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace vmcp {
namespace {

constexpr std::string_view config_name = "--config";

// The command that was named, with the one below it, or the program where none was.
const CLI::App& named(const CLI::App& program) {
    const auto commands = program.get_subcommands();
    return commands.empty() ? program : named(*commands.back());
}

// "validate", "authz explain".
std::string full_name(const CLI::App& command) {
    const auto* const above = command.get_parent();
    if (above == nullptr)
        return {};
    const auto before = full_name(*above);
    return before.empty() ? command.get_name() : before + " " + command.get_name();
}

bool reads_config(const CLI::App& command) {
    return command.get_option_no_throw(std::string(config_name)) != nullptr;
}

// Without hidden flags, which exist only to be refused by name.
std::vector<std::string> flags_of(const CLI::App& command) {
    std::vector<std::string> out;
    for (const auto* app = &command; app != nullptr; app = app->get_parent()) {
        for (const auto* option : app->get_options()) {
            if (option->get_group().empty())
                continue;
            for (const auto& name : option->get_lnames())
                out.push_back("--" + name);
        }
    }
    return out;
}

std::vector<std::string> commands_of(const CLI::App& program) {
    std::vector<std::string> out;
    for (const auto* command : program.get_subcommands([](const CLI::App*) { return true; }))
        out.push_back(command->get_name());
    return out;
}

std::string hint(std::string_view wrong, const std::vector<std::string>& known) {
    return did_you_mean(wrong, std::vector<std::string_view>(known.begin(), known.end()));
}

// --audit for --enable-audit: whoever remembers a part of a flag is told the whole of it.
std::string hint_by_word(std::string_view wrong, const std::vector<std::string>& known) {
    const auto word = fmt::format("-{}-", wrong.substr(2));
    for (const auto& flag : known)
        if (fmt::format("{}-", flag).find(word) != std::string::npos)
            return fmt::format("; did you mean '{}'?", flag);
    return {};
}

// What is wrong with the first word of the command line that means nothing.
std::string about(const std::string& word, const CLI::App& program, const CLI::App& command) {
    const bool is_command = &command != &program;
    if (word.starts_with("--") && word.size() > 2) {
        const auto name = word.substr(0, word.find('='));
        const auto known = flags_of(command);
        const auto spelled = hint(name, known);
        return fmt::format("unknown flag '{}'{}", name,
                           spelled.empty() ? hint_by_word(name, known) : spelled);
    }
    if (word.starts_with('-') && word.size() > 1)
        return fmt::format("unknown flag '{}'", word);
    if (is_command)
        return fmt::format("unexpected argument '{}'", word);
    return fmt::format("there is no command '{}'{}", word, hint(word, commands_of(program)));
}

} // namespace

std::shared_ptr<const global_flags> add_global_options(CLI::App& program) {
    const auto flags = std::make_shared<global_flags>();
    program.add_option("-c,--config", flags->config_path, "Configuration file of serve, validate and doctor")
        ->type_name("FILE");
    program.add_flag("--debug", flags->debug, "Show more of the log: the same as log.level debug");
    program.fallthrough();
    program.parse_complete_callback([&program, flags] {
        if (flags->debug)
            log::set_level(log::level::debug);
        const auto& command = named(program);
        if (!flags->config_path.empty() && &command != &program && !reads_config(command))
            throw CLI::ExtrasError({std::string(config_name)});
    });
    return flags;
}

void add_config_option(CLI::App& command, std::string& path) {
    command.add_option("-c,--config,FILE", path, "Configuration file (YAML or JSON); - is standard input")
        ->envname("VMCP_CONFIG")
        ->type_name("FILE");
}

std::string config_path_of(const CLI::App& command, const std::string& own, const global_flags& globals) {
    const auto& path = own.empty() ? globals.config_path : own;
    if (path.empty())
        complain(fmt::format(
            "{0} needs a configuration: vmcp {0} FILE, or the variable VMCP_CONFIG; 'vmcp init' makes "
            "a first one",
            full_name(command)));
    return path;
}

std::string command_line_problem(const CLI::App& program, const CLI::ParseError& error) {
    const auto& command = named(program);
    auto left = program.remaining(true);
    std::erase_if(left, [](const std::string& word) { return word == "--"; });
    std::string problem;
    if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr && left.empty())
        problem = fmt::format(
            "{} goes with the commands that read a configuration: serve, validate, doctor, authz explain",
            config_name);
    else if (!left.empty())
        problem = about(left.front(), program, command);
    else if (&command == &program && dynamic_cast<const CLI::RequiredError*>(&error) != nullptr)
        problem = "a command is missing";
    else
        problem = error.what();
    const auto name = full_name(command);
    return fmt::format("{}{}{} ('vmcp {}{}--help' explains)", name, name.empty() ? "" : ": ", problem, name,
                       name.empty() ? "" : " ");
}

exit_code parse_and_run(CLI::App& program, int argc, const char* const* argv, const exit_code& outcome) {
    try {
        program.parse(argc, argv);
    } catch (const CLI::Success& asked) { // --help, --version
        return program.exit(asked) == 0 ? exit_code::ok : exit_code::usage;
    } catch (const CLI::ParseError& error) {
        complain(command_line_problem(program, error));
        return exit_code::usage;
    }
    return outcome;
}

} // namespace vmcp
