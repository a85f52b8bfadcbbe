// Counts, phase and conditions from the rows.
#include "health/status.hpp"

#include "health/status_json.hpp"
#include "vmcp/base/words.hpp"

#include <fmt/format.h>

#include <utility>

namespace health {
namespace {

backend_counts count(const std::vector<backend_row>& rows) {
    backend_counts counts;
    counts.total = rows.size();
    for (const backend_row& row : rows) {
        counts.routable += counts_as_routable(row) ? 1 : 0;
        switch (row.health.now) {
        case state::unknown:
            ++counts.unknown;
            break;
        case state::healthy:
            ++counts.healthy;
            break;
        case state::degraded:
            ++counts.degraded;
            break;
        case state::unhealthy:
            ++counts.unhealthy;
            break;
        case state::unauthenticated:
            ++counts.unauthenticated;
            break;
        }
    }
    return counts;
}

phase phase_of(const backend_counts& counts) {
    if (counts.routable == counts.total)
        return phase::ready;
    if (counts.unknown == counts.total)
        return phase::pending;
    return counts.routable == 0 ? phase::failed : phase::degraded;
}

std::string_view ready_reason(phase now) {
    switch (now) {
    case phase::pending:
        return "BackendsPending";
    case phase::ready:
        return "AllBackendsRoutable";
    case phase::degraded:
        return "SomeBackendsUnhealthy";
    case phase::failed:
        return "NoRoutableBackends";
    }
    return "NoRoutableBackends";
}

} // namespace

std::string message_of(const backend_counts& counts, phase now) {
    switch (now) {
    case phase::pending:
        return fmt::format("Waiting for the first answer of {}", vmcp::count_of(counts.total, "backend"));
    case phase::ready:
        return counts.total == 0   ? std::string("No backends are configured")
               : counts.total == 1 ? std::string("The only backend is routable")
                                   : fmt::format("All {} backends are routable", counts.total);
    case phase::degraded:
    case phase::failed:
        break;
    }
    return fmt::format("{} of {} {} routable ({} unhealthy, {} unauthenticated, {} unknown)", counts.routable,
                       vmcp::count_of(counts.total, "backend"), counts.total == 1 ? "is" : "are",
                       counts.unhealthy, counts.unauthenticated, counts.unknown);
}

std::vector<condition> conditions_of(const backend_counts& counts, phase now) {
    std::vector<condition> made;
    made.push_back({"Ready", now == phase::ready ? "True" : "False", std::string(ready_reason(now)),
                    message_of(counts, now)});
    made.push_back({"BackendsDiscovered", "True", "BackendsDiscovered",
                    fmt::format("{} configured", vmcp::count_of(counts.total, "backend"))});
    if (counts.degraded > 0)
        made.push_back({"Degraded", "True", "BackendsDegraded",
                        fmt::format("{} degraded", vmcp::count_of(counts.degraded, "backend"))});
    return made;
}

std::string_view name_of(phase value) noexcept {
    switch (value) {
    case phase::pending:
        return "Pending";
    case phase::ready:
        return "Ready";
    case phase::degraded:
        return "Degraded";
    case phase::failed:
        return "Failed";
    }
    return "Failed";
}

bool counts_as_routable(const backend_row& row) noexcept {
    switch (row.health.now) {
    case state::healthy:
    case state::degraded:
        return true;
    case state::unauthenticated:
        return row.callers_may_authenticate && !row.health.credentials_refused;
    case state::unknown:
    case state::unhealthy:
        return false;
    }
    return false;
}

condition unwritten_condition(std::uint64_t waiting, std::uint64_t lost) {
    return {"AuditLogWritten", "False", "WriteFailed",
            fmt::format("The file of the audit log cannot be written: {}, {}",
                        vmcp::count_of(waiting, "line waits", "lines wait"),
                        vmcp::count_of(lost, "is lost", "are lost"))};
}

condition refused_condition(wall_time when, std::string_view by, std::size_t problems) {
    return {"ConfigurationValid", "False", "ReloadRefused",
            fmt::format("The configuration that is on disk since {} ({}) is not used, for {}: the one "
                        "before stays in effect",
                        rfc3339(when), by, vmcp::count_of(problems, "problem"))};
}

overview make_overview(std::vector<backend_row> rows, std::string version, std::string group_ref,
                       bool monitoring) {
    overview made;
    made.counts = count(rows);
    made.now = phase_of(made.counts);
    made.message = message_of(made.counts, made.now);
    made.conditions = conditions_of(made.counts, made.now);
    made.backends = std::move(rows);
    made.version = std::move(version);
    made.group_ref = std::move(group_ref);
    made.monitoring = monitoring;
    return made;
}

} // namespace health
