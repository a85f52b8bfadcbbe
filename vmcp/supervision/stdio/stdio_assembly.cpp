#include "vmcp/supervision/stdio/stdio_assembly.hpp"

#include "auth/static_credentials.hpp"
#include "vmcp/base/secret_forms.hpp"
#include "vmcp/config/secrets_of.hpp"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <utility>

namespace vmcp {
namespace {

std::vector<std::string> forms_of_secrets(const program_config& program) {
    std::vector<std::string> out;
    for (const auto& value : secrets_of_program(program))
        std::ranges::move(secret_forms(value), std::back_inserter(out));
    return out;
}

std::shared_ptr<const transport::stdio_program> program_of(const backend_config& definition,
                                                           const config& settings,
                                                           const std::vector<transport::worker*>& homes,
                                                           const transport::program_surroundings& programs,
                                                           std::vector<std::string> secrets) {
    const auto& program = definition.program;
    auto out = std::make_shared<transport::stdio_program>();
    out->name = definition.name;
    out->spec = {.command = program.command,
                 .args = program.args,
                 .environment = transport::program_environment(program.env),
                 .folder = program.cwd,
                 .memory = program.memory};
    out->start_timeout = program.start_timeout;
    out->write_timeout = settings.limits.write_timeout;
    out->most_processes = program.processes;
    out->secrets = std::move(secrets);
    out->around = programs;
    out->home = [homes, next = std::make_shared<std::atomic<std::size_t>>(
                            std::hash<std::string>{}(definition.name))]() -> transport::worker& {
        return *homes[next->fetch_add(1) % homes.size()];
    };
    return out;
}

} // namespace

stdio_assembly assemble_stdio_backend(const backend_config& definition, const config& settings,
                                      const guard_factory& make_guard, const published<snapshot>& current,
                                      session_lists_taker& own_lists, const transport::via_chain& via,
                                      const std::vector<transport::worker*>& homes,
                                      const transport::program_surroundings& programs) {
    auto secrets = forms_of_secrets(definition.program);
    stdio_assembly out{.program = program_of(definition, settings, homes, programs, secrets),
                       .own = std::make_shared<own_carrier>()};
    programs.places->set_most(settings.limits.max_processes);
    auto context = std::make_shared<transport::backend_context>();
    context->connections =
        std::make_shared<transport::backend_connections>(definition, transport::target{}, homes.size() + 1);
    // Nothing is sent with a request; but what nobody may read is struck out of its words.
    context->credentials = std::make_shared<auth::static_credentials>(credential{.secrets = secrets});
    context->guard = make_guard(secrets);
    context->via = &via;
    context->own_lists = &own_lists;
    context->expose_uri = exposed_by(current, definition.name);
    context->carriers_are_dear = true;
    context->make_carrier = [program = out.program, own = out.own](transport::session_core& session) {
        auto made = std::make_shared<transport::stdio_carrier>(session, program);
        own->note(made);
        return made;
    };
    adjust(*context, settings);
    out.context = context;
    out.backend = std::make_shared<transport::http_backend>(context);
    return out;
}

} // namespace vmcp
