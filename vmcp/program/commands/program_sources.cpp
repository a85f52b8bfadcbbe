#include "vmcp/program/commands/program_sources.hpp"

#include "auth/cedar/cedar_rules.hpp"
#include "vmcp/yaml/load_config.hpp"

namespace vmcp {

config_sources program_sources(const command_line& given, pipes pipes) {
    auto out = system_sources(pipes);
    out.given = given;
    out.check_policies = auth::check_policies;
    return out;
}

} // namespace vmcp
