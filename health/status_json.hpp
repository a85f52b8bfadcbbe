// The JSON bodies of /status, /api/backends/health and /readyz?verbose.
#pragma once

#include "health/status.hpp"

#include <cstdint>
#include <string>

namespace health {

// How much a body tells. Addresses and peers' words belong to operators: `operators` is for the admin
// listener and for authenticated callers, `anyone` for the public one, where raw error texts and URLs are
// withheld.
enum class audience : std::uint8_t { anyone, operators };

// What /status tells beside the backends.
struct status_extras {
    const refused_reload* refused = nullptr; // of the last change of the configuration; null: it is in use
    std::vector<condition> more{};           // of other parts of the gateway
};

// ToolHive's members {backends:[{name,health,transport,auth_type,mcp_revision}],healthy,version,group_ref},
// where `healthy` means that at least one backend is exactly healthy; and beyond them phase, message,
// conditions, counts, and per backend routable, category, consecutive_failures, last_check, last_change,
// transitions, checks, reinitialised, circuit, circuit_changed, latency_ms (oldest first, null where the
// probe failed); for operators also url and reason. While the last change of the configuration is refused: a condition, and
// for operators reload_refused {when, by, problems}.
[[nodiscard]] std::string status_json(const overview& of, audience to, const status_extras& extras = {});

// ToolHive's /api/backends/health, member for member: {monitoring_enabled, summary{Total,...},
// backends{id:{Status,
// ConsecutiveFailures,LastCheckTime,LastErrorCategory,LastTransitionTime,CircuitState,CircuitLastChanged,
// MCPRevision}}}. Times are RFC 3339 in UTC; "0001-01-01T00:00:00Z" means never.
[[nodiscard]] std::string backends_health_json(const overview& of);

// {status, mode, phase, message, counts, backends:[{name, health, routable, category}]}, for operators with
// reason. `status` is "ready" or "not_ready" as the caller decided: readiness also depends on things outside
// health.
[[nodiscard]] std::string readyz_json(const overview& of, bool ready, audience to);

// "2026-03-19T08:15:30.123Z"; the default value gives "0001-01-01T00:00:00Z".
[[nodiscard]] std::string rfc3339(wall_time time);

} // namespace health
