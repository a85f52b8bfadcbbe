#include "health/public_status.hpp"

#include "health/probe_messages.hpp"

#include <algorithm>
#include <iterator>
#include <span>

namespace health {
namespace {

constexpr std::size_t longest_name = 64;

constexpr bool is_plain(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
}

// That of `known` which `text` is; `other` where it is none.
std::string_view literal(std::string_view text, std::span<const std::string_view> known,
                         std::string_view other) noexcept {
    const auto found = std::ranges::find(known, text);
    return found == known.end() ? other : *found;
}

constexpr std::string_view transports[] = {"streamable-http", "sse", "stdio"};
constexpr std::string_view strategies[] = {"unauthenticated", "header_injection", "token_exchange",
                                           "client_credentials", "xaa"};
constexpr std::string_view categories[] = {"",
                                           "authentication_failed",
                                           "timeout",
                                           "cancelled",
                                           "backend_unavailable",
                                           "connection_failed",
                                           "health_check_failed"};
constexpr std::string_view kinds[] = {"tool", "prompt", "resource", "resource template"};
constexpr std::string_view askers[] = {"SIGHUP", "a file changed", "POST /api/reload"};
constexpr std::string_view revisions[] = {"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25",
                                          modern_version};

public_backend public_row(const backend_row& row) {
    const record_status& health = row.health;
    return {.name = plain_name(row.name),
            .now = health.now,
            .transport = literal(row.transport, transports, "other"),
            .auth_type = literal(row.auth_type, strategies, "other"),
            .category = literal(health.category, categories, "other"),
            .revision = literal(health.revision, revisions, ""),
            .metadata = row.metadata,
            .routable = counts_as_routable(row),
            .consecutive_failures = health.consecutive_failures,
            .last_check = health.last_check ? std::optional(health.last_check->wall) : std::nullopt,
            .last_change = health.last_transition.wall,
            .transitions = health.transitions,
            .checks = health.checks,
            .reinitialised = health.reinitialised,
            .circuit_state = row.circuit_state,
            .circuit_changed = row.circuit_changed.wall,
            .latency = health.latency};
}

} // namespace

plain_name::plain_name(std::string_view text) {
    if (text.size() <= longest_name && std::ranges::all_of(text, is_plain))
        text_ = text;
}

public_status public_part(const overview& overview, const std::vector<hidden_row>& hidden,
                          const refused_reload* refused) {
    public_status out{.counts = overview.counts,
                      .now = overview.now,
                      .monitoring = overview.monitoring,
                      .version = overview.version,
                      .group_ref = overview.group_ref,
                      .metadata = overview.metadata};
    std::ranges::transform(overview.backends, std::back_inserter(out.backends), public_row);
    for (const hidden_row& one : hidden)
        out.hidden.push_back(
            {literal(one.kind, kinds, "other"), plain_name(one.backend), plain_name(one.name)});
    if (refused != nullptr)
        out.refused = public_refusal{refused->when, literal(refused->by, askers, "an operator"),
                                     refused->problems.size()};
    return out;
}

} // namespace health
