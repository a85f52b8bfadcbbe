// The JSON bodies of /status, /api/backends/health and /readyz?verbose.
#pragma once

#include "health/public_status.hpp"
#include "health/status.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace health {

// How much is told. Addresses and peers' words belong to operators: they read the admin listener, anyone the public one.
enum class audience : std::uint8_t { anyone, operators };

// A long list is told in pieces.
struct status_page {
    std::size_t number = 1; // 1 is the first
    std::size_t rows = 1'000;
    [[nodiscard]] std::size_t begin() const noexcept { return (number - 1) * rows; }
};

// What /status tells operators beside the backends.
struct status_extras {
    const refused_reload* refused = nullptr; // of the last change of the configuration; null: it is in use
    std::vector<condition> more{};           // of other parts of the gateway
    std::vector<hidden_row> hidden{};        // those of the page
    std::size_t hidden_total = 0;
    status_page page{};
};

// ToolHive's members {backends:[{name,health,transport,auth_type,mcp_revision}],healthy,version,group_ref},
// where `healthy` means that at least one backend is exactly healthy; and beyond them phase, message,
// conditions, counts, and per backend routable, category, consecutive_failures, last_check, last_change,
// transitions, checks, reinitialised, circuit, circuit_changed, latency_ms (oldest first, null where the
// probe failed); hidden {kind, backend, name}. While the last change of the configuration is refused: a condition.
// `backends` and `hidden` have the rows of one page; hidden_total, page and pages say what there is.
[[nodiscard]] std::string status_json(const public_status& status, const status_page& page = {},
                                      std::size_t hidden_total = 0);

// The same for operators: also url and reason of each backend, the reason of what is hidden, names as they are, and
// reload_refused {when, by, problems}.
[[nodiscard]] std::string status_json(const overview& overview, const status_extras& extras = {});

// ToolHive's /api/backends/health, member for member: {monitoring_enabled, summary{Total,...},
// backends{id:{Status,
// ConsecutiveFailures,LastCheckTime,LastErrorCategory,LastTransitionTime,CircuitState,CircuitLastChanged,
// MCPRevision}}}. Times are RFC 3339 in UTC; "0001-01-01T00:00:00Z" means never.
[[nodiscard]] std::string backends_health_json(const public_status& status);

// {status, mode, phase, message, counts, backends:[{name, health, routable, category}]}, for operators with
// reason. `status` is "ready" or "not_ready" as the caller decided: readiness also depends on things outside
// health.
[[nodiscard]] std::string readyz_json(const public_status& status, bool ready);
[[nodiscard]] std::string readyz_json(const overview& overview, bool ready);

// "2026-03-19T08:15:30.123Z"; the default value gives "0001-01-01T00:00:00Z".
[[nodiscard]] std::string rfc3339(wall_time time);

} // namespace health
