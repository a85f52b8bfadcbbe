#include "vmcp/program/commands/authz.hpp"

#include "auth/cedar/cedar_model.hpp"
#include "auth/cedar/cedar_rules.hpp"
#include "vmcp/base/excerpt.hpp"
#include "vmcp/base/json_cursor.hpp"
#include "vmcp/base/json_text.hpp"
#include "vmcp/program/commands/program_sources.hpp"
#include "vmcp/program/commands/terminal.hpp"
#include "vmcp/yaml/load_config.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace vmcp {
namespace {

struct explain_flags {
    std::string config_path{};
    std::string subject{};
    std::string claims{};
    std::string tool{};
    std::string prompt{};
    std::string resource{};
    std::string arguments{};
    std::string annotations{};
};

struct question {
    auth::cedar_target target{}; // views of the flags
    std::string_view action{};
    std::string_view type{};
};

question question_of(const explain_flags& flags) {
    using auth::cedar_operation;
    const bool tool = !flags.tool.empty();
    question out =
        tool ? question{{cedar_operation::call_tool, flags.tool}, "call_tool", "Tool"}
        : !flags.prompt.empty()
            ? question{{cedar_operation::get_prompt, flags.prompt}, "get_prompt", "Prompt"}
            : question{{cedar_operation::read_resource, flags.resource}, "read_resource", "Resource"};
    out.target.annotations = tool ? std::string_view(flags.annotations) : std::string_view();
    out.target.arguments = flags.arguments;
    return out;
}

// Why the text is no JSON object; nothing when it is one, or empty.
std::optional<std::string> object_problem(std::string_view flag, std::string_view text) {
    if (text.empty())
        return std::nullopt;
    json_cursor cursor(text, 64);
    json_slice value;
    if (cursor.value(value) && cursor.at_end() && value.kind == json_kind::object)
        return std::nullopt;
    return fmt::format("{}: must be a JSON object", flag);
}

std::string first_line(std::string_view policy) {
    policy.remove_prefix(std::min(policy.find_first_not_of(" \t\r\n"), policy.size()));
    return excerpt_of(policy.substr(0, policy.find('\n')));
}

std::string explanation(const config& settings, const question& question, const std::string& subject,
                        const auth::policy_decision& decision) {
    std::string out = fmt::format("{}: Client::{}, Action::\"{}\", {}::{}\n",
                                  decision.allowed ? "allowed" : "denied", vmcp::quoted(subject),
                                  question.action, question.type, vmcp::quoted(question.target.name));
    for (const auto index : decision.reasons)
        out += fmt::format("  policies[{}] {}: {}\n", index, decision.allowed ? "permits it" : "decided",
                           first_line(settings.authz.policies.at(index)));
    for (const auto& error : decision.errors)
        out += fmt::format("  could not be evaluated, which denies: {}\n",
                           excerpt_of(auth::format_problem(error)));
    if (decision.reasons.empty() && decision.errors.empty())
        out += "  no policy permits it\n";
    return out;
}

result<auth::policy_decision> decide(const auth::cedar_rules& rules, const question& question,
                                     const std::string& subject, const std::string& claims) {
    const auto& view = rules.policies->view();
    const auto caller = auth::make_caller(rules.settings, subject, claims, view);
    if (!caller)
        return caller.error();
    const auto request = auth::make_request(rules.settings, *caller, question.target, view);
    if (!request)
        return request.error();
    return rules.policies->decide(*request);
}

exit_code show(const config& settings, const explain_flags& flags) {
    if (!settings.authz.cedar)
        return print("allowed: the configuration has no policies (incomingAuth.authz)\n") ? exit_code::ok
                                                                                          : exit_code::failed;
    const auto made = auth::make_rules(settings);
    const auto claims =
        flags.claims.empty() ? fmt::format(R"({{"sub":{}}})", vmcp::quoted(flags.subject)) : flags.claims;
    const auto question = question_of(flags);
    const auto decision = decide(*made.value, question, flags.subject, claims);
    const auto text = decision ? explanation(settings, question, flags.subject, *decision)
                               : fmt::format("denied: {}\n", decision.error().detail);
    const bool printed = print(printable_text(text));
    return printed && decision && decision->allowed ? exit_code::ok : exit_code::failed;
}

exit_code run_explain(const explain_flags& flags, const std::string& path) {
    if (int{!flags.tool.empty()} + int{!flags.prompt.empty()} + int{!flags.resource.empty()} != 1) {
        complain("authz explain: give one of --tool, --prompt and --resource");
        return exit_code::usage;
    }
    for (const auto& [flag, text] : {std::pair<std::string_view, std::string_view>{"--claims", flags.claims},
                                     {"--arguments", flags.arguments},
                                     {"--annotations", flags.annotations}}) {
        if (const auto wrong = object_problem(flag, text)) {
            complain(*wrong);
            return exit_code::usage;
        }
    }
    const auto loaded = load_config(path, program_sources({}));
    if (!loaded) {
        complain_of(loaded.problems);
        return exit_code::usage;
    }
    return show(*loaded.value, flags);
}

void add_options(CLI::App& command, explain_flags& flags) {
    add_config_option(command, flags.config_path);
    command.add_option("--subject", flags.subject, "Who asks: the subject of the token (sub)")
        ->type_name("SUBJECT")
        ->required();
    command.add_option("--claims", flags.claims, R"(All claims of the token; without it {"sub":SUBJECT})")
        ->type_name("JSON");
    command.add_option("--tool", flags.tool, "What is asked for: a tool, by the name that clients see")
        ->type_name("NAME");
    command.add_option("--prompt", flags.prompt, "... or a prompt")->type_name("NAME");
    command.add_option("--resource", flags.resource, "... or a resource or a template")->type_name("URI");
    command.add_option("--arguments", flags.arguments, "Arguments of the call")->type_name("JSON");
    command
        .add_option("--annotations", flags.annotations,
                    "What the tool's server says of it; without it: nothing")
        ->type_name("JSON");
}

} // namespace

void add_authz(CLI::App& program, exit_code& outcome, std::shared_ptr<const global_flags> globals) {
    auto* const group = program.add_subcommand("authz", "Ask the policies of a configuration");
    group->require_subcommand(1);
    auto* const command =
        group->add_subcommand("explain", "Say whether a request is allowed, and by which policies");
    const auto flags = std::make_shared<explain_flags>();
    add_options(*command, *flags);
    command->footer(
        "No gateway has to run. Exit code 0: allowed; 1: denied.\n\n"
        "Example:\n"
        "  vmcp authz explain --config vmcp.yaml --subject alice --tool weather_get_forecast \\\n"
        "      --claims '{\"sub\":\"alice\",\"groups\":[\"dev\"]}' --arguments '{\"city\":\"Bern\"}'");
    command->callback([&outcome, command, flags, globals] {
        const auto path = config_path_of(*command, flags->config_path, *globals);
        outcome = path.empty() ? exit_code::usage : run_explain(*flags, path);
    });
}

} // namespace vmcp
