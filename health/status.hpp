// The state of all backends as one immutable value: counts, phase, conditions. What /status, /readyz and the
// status page show, under ToolHive's names.
#pragma once

#include "health/breaker.hpp"
#include "health/moment.hpp"
#include "health/record.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace health {

enum class phase : std::uint8_t {
    pending,  // backends are configured, and none has answered or failed yet
    ready,    // all are routable; also without any backend
    degraded, // some are
    failed,   // none is
};

[[nodiscard]] std::string_view name_of(phase value) noexcept; // "Pending" "Ready" "Degraded" "Failed"

// A Kubernetes condition; `status` is "True" or "False".
struct condition {
    std::string type{};
    std::string status{};
    std::string reason{};
    std::string message{};
    friend bool operator==(const condition&, const condition&) = default;
};

struct backend_counts {
    std::size_t total = 0, healthy = 0, degraded = 0, unhealthy = 0, unknown = 0, unauthenticated = 0;
    std::size_t routable = 0;
    friend bool operator==(const backend_counts&, const backend_counts&) = default;
};

// One backend. `circuit_state` is absent while the breaker is off.
struct backend_row {
    std::string name{};
    std::string url{}; // as shown_url() gives it
    std::string transport{};
    std::string auth_type{};
    std::string sessions{};                        // as the configuration spells it, or "single"
    bool sessions_found = false;                   // the backend showed that it takes a single one only
    std::map<std::string, std::string> metadata{}; // labels of the configuration
    record_status health{};
    // A caller can bring what the backend wants to see: headers of callers are passed on to it.
    bool callers_may_authenticate = false;
    std::optional<circuit> circuit_state{};
    moment circuit_changed{}; // default value: never
    friend bool operator==(const backend_row&, const backend_row&) = default;
};

// Something a backend offers and clients are not shown.
struct hidden_row {
    std::string kind{}; // "tool", "prompt", "resource", "resource template"
    std::string backend{};
    std::string name{};
    std::string reason{};
    friend bool operator==(const hidden_row&, const hidden_row&) = default;
};

// A change of the configuration that was refused: what runs is not what is on disk.
struct refused_reload {
    wall_time when{};
    std::string by{};                    // what asked for it: "SIGHUP", "a file changed"
    std::vector<std::string> problems{}; // why; one line each, for operators
    friend bool operator==(const refused_reload&, const refused_reload&) = default;
};

struct overview {
    std::vector<backend_row> backends{}; // in the order of the configuration
    backend_counts counts{};
    phase now = phase::pending;
    std::string message{}; // one sentence for people
    std::vector<condition> conditions{};
    bool monitoring = true; // false: no health monitor runs
    std::string version{};
    std::string group_ref{};
    std::map<std::string, std::string> metadata{}; // labels of the gateway, from the configuration
    friend bool operator==(const overview&, const overview&) = default;
};

// Whether a call can succeed there, as far as is known: healthy, degraded, and `unauthenticated` where no credentials are
// configured and callers may bring their own. A backend that wants some and gets none is up, and no use to anybody; so is
// one that refused those that are configured.
[[nodiscard]] bool counts_as_routable(const backend_row& row) noexcept;

// One sentence for people, and the conditions. They are made of numbers, and tell nothing else.
[[nodiscard]] std::string message_of(const backend_counts& counts, phase now);
[[nodiscard]] std::vector<condition> conditions_of(const backend_counts& counts, phase now);

// "AuditLogWritten", False: so many lines of the audit log could not be written. Why, only operators may read.
[[nodiscard]] condition unwritten_condition(std::uint64_t waiting, std::uint64_t lost);

// "ConfigurationValid", False, with the reason ReloadRefused. Says how many problems there are; which, only operators may read.
[[nodiscard]] condition refused_condition(wall_time when, std::string_view by, std::size_t problems);

// Derives everything else from the rows. Pure.
[[nodiscard]] overview make_overview(std::vector<backend_row> rows, std::string version,
                                     std::string group_ref, bool monitoring = true);

} // namespace health
