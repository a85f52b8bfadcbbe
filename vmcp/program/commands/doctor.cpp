#include "vmcp/program/commands/doctor.hpp"

#include "vmcp/base/known_secrets.hpp"
#include "vmcp/config/secrets_of.hpp"
#include "vmcp/door/diagnosis.hpp"
#include "vmcp/program/commands/one_shot.hpp"
#include "vmcp/program/commands/terminal.hpp"
#include "vmcp/yaml/load_config.hpp"

#include <iostream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>

namespace vmcp {
namespace {

struct doctor_flags {
    std::string config_path{};
    std::string token_file{};
};

// The token without the line end that files have. Nothing where none was given.
result<std::optional<std::string>> read_token_file(const std::string& path) {
    constexpr std::size_t most = std::size_t{64} << 10;
    if (path.empty())
        return std::optional<std::string>();
    std::string text;
    if (path == "-") {
        text.resize(most);
        std::cin.read(text.data(), static_cast<std::streamsize>(most));
        text.resize(static_cast<std::size_t>(std::cin.gcount()));
    } else {
        auto read = system_sources().read_file(path);
        if (!read)
            return fail(errc::io, fmt::format("--token-file {}: {}", path, read.error().detail));
        text = std::move(*read);
    }
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
        text.pop_back();
    return std::optional(std::move(text));
}

std::string_view mark_of(finding::kind kind) {
    switch (kind) {
    case finding::kind::fine:
        return "ok";
    case finding::kind::note:
        return "--";
    case finding::kind::wrong:
        break;
    }
    return "NO";
}

std::string text_of_findings(const diagnosis& from) {
    std::string out;
    for (const auto& one : from.findings)
        out += fmt::format("{:<10}{}  {}\n", one.step, mark_of(one.what), printable_line(one.text));
    return out;
}

exit_code examine(const oidc_config& settings, const std::optional<std::string>& token) {
    const auto rules = make_oidc_rules(settings);
    const auto from = rules ? make_fetcher(rules->fetching) : result<std::shared_ptr<fetcher>>(rules.error());
    if (!from) {
        complain(text_of(from.error()));
        return exit_code::usage;
    }
    return run_one_shot([&]() -> boost::asio::awaitable<exit_code> {
        const auto found = co_await diagnose(*rules, **from, token);
        if (!print(text_of_findings(found)))
            co_return exit_code::failed;
        co_return found.let_in ? exit_code::ok : exit_code::failed;
    });
}

exit_code run_doctor(const doctor_flags& flags, const std::string& path) {
    const auto loaded = load_config(path, system_sources());
    warn_of(loaded.warnings);
    if (!loaded) {
        complain_of(loaded.problems);
        return exit_code::usage;
    }
    const auto token = read_token_file(flags.token_file);
    if (!token) {
        complain(token.error().detail);
        return exit_code::usage;
    }
    auto secrets = secrets_of(*loaded.value);
    if (*token)
        secrets.push_back(**token);
    know_secrets(secrets);
    if (loaded.value->incoming.type != incoming_auth::kind::oidc)
        return print("rules     --  incomingAuth.type is not oidc: everybody is let in, and no token is "
                     "looked at\n")
                   ? exit_code::ok
                   : exit_code::failed;
    return examine(loaded.value->incoming.oidc, *token);
}

} // namespace

void add_doctor(CLI::App& program, exit_code& outcome, std::shared_ptr<const global_flags> globals) {
    auto* const command =
        program.add_subcommand("doctor", "Explain step by step whether an access token is let in");
    const auto flags = std::make_shared<doctor_flags>();
    add_config_option(*command, flags->config_path);
    command
        ->add_option("--token-file", flags->token_file,
                     "File with the token; - is standard input. Without it only the issuer is examined")
        ->envname("VMCP_TOKEN_FILE")
        ->type_name("FILE");
    command->footer(
        "Asks the issuer of incomingAuth.oidc as the gateway does: metadata, keys, and for tokens that are\n"
        "no JWTs the token itself. The token is never printed. Exit code 1 when it is not let in.\n\n"
        "Examples:\n"
        "  vmcp doctor vmcp.yaml\n"
        "  vmcp doctor vmcp.yaml --token-file - < token.txt");
    command->callback([&outcome, command, flags, globals] {
        const auto path = config_path_of(*command, flags->config_path, *globals);
        outcome = path.empty() ? exit_code::usage : run_doctor(*flags, path);
    });
}

} // namespace vmcp
