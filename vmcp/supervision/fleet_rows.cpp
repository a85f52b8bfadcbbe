#include "vmcp/supervision/fleet_rows.hpp"

#include "vmcp/base/excerpt.hpp"

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace vmcp {
namespace {

std::string_view auth_name(const auth_strategy& auth) {
    switch (auth.type) {
    case auth_strategy::kind::header_injection:
        return "header_injection";
    case auth_strategy::kind::token_exchange:
        return "token_exchange";
    case auth_strategy::kind::client_credentials:
        return "client_credentials";
    case auth_strategy::kind::xaa:
        return "xaa";
    case auth_strategy::kind::aws_sts:
        return "aws_sts";
    case auth_strategy::kind::unauthenticated:
        break;
    }
    return "unauthenticated";
}

std::string_view sessions_name(backend_session_mode mode) {
    switch (mode) {
    case backend_session_mode::shared:
        return "shared";
    case backend_session_mode::single:
        return "single";
    case backend_session_mode::dedicated:
        break;
    }
    return "dedicated";
}

health::backend_row described(const backend_config& definition) {
    return {.name = definition.name,
            .url = vmcp::shown_url(definition.url),
            .transport = definition.transport,
            .auth_type = std::string(auth_name(definition.auth)),
            .sessions = std::string(sessions_name(definition.sessions)),
            .metadata = definition.metadata};
}

health::backend_row unusable(const backend_config& definition, const std::string& problem) {
    auto row = described(definition);
    row.health.now = health::state::unhealthy;
    row.health.reason = "it cannot be used: " + problem;
    row.health.category = "health_check_failed";
    return row;
}

} // namespace

health::backend_row make_row(const backend_config& definition) {
    return unusable(definition, definition.problem);
}

health::backend_row make_row(const member& one, const row_facts& known) {
    if (!one.usable())
        return unusable(one.definition, one.problem);
    auto row = described(one.definition);
    row.callers_may_authenticate = known.callers_may_authenticate;
    row.sessions_found = one.port->found_single_session();
    if (row.sessions_found)
        row.sessions = sessions_name(backend_session_mode::single);
    if (known.status)
        row.health = *known.status;
    // A backend is shown as healthy when its tools can be called, which takes that its lists are known.
    const bool answers =
        row.health.now == health::state::healthy || row.health.now == health::state::degraded;
    if (!known.shown && answers) {
        const auto& kept = one.lists->kept();
        row.health.now = health::state::unknown;
        row.health.reason = kept.problem().empty() ? "it answers; its lists are being read" : kept.problem();
        row.health.category = kept.category();
    }
    if (const auto circuit = one.gate->circuit(known.now); circuit.enabled) {
        row.circuit_state = circuit.state;
        row.circuit_changed = circuit.changed;
    }
    return row;
}

} // namespace vmcp
