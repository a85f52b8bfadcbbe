// What /health, /readyz, /status and the like say, made of the live set of backends.
#pragma once

#include "health/status_json.hpp"
#include "transport/admin/router.hpp"
#include "transport/mcp/front/front_settings.hpp"
#include "vmcp/audit/audit_log.hpp"
#include "vmcp/base/published.hpp"
#include "vmcp/program/cluster_membership.hpp"
#include "vmcp/program/reload_outcome.hpp"
#include "vmcp/supervision/supervisor.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace vmcp {

// Where the pages read, which outlives them, and for whom they are.
struct status_sources {
    supervisor& backends;
    const published<reload_history>& reloads;
    const audit_log& records;
    health::audience to;
    // How it goes with the backends of a cluster, null where none is looked into; from any thread.
    std::function<std::shared_ptr<const cluster_standing>()> cluster = [] { return nullptr; };
};

// What /status says of the audit log: nothing while it is off or well; else the condition "AuditLogWritten", False. Why, only
// operators may read.
[[nodiscard]] std::vector<health::condition> conditions_of(const audit_figures& records, health::audience to);

// Answers on the public listener are made of health::public_status, which cannot hold what is for operators.
// Adds /health, /ping, /livez, /readyz, /status and /api/backends/health.
void add_status_pages(transport::router& pages, status_sources from);

// On a loopback listener, refuses every request for a page whose Host is neither a name of this machine nor one of
// listener.allowedHosts: a web page that had its own name resolve to this machine could read the pages.
[[nodiscard]] transport::router::check known_hosts_only(const published<transport::front_settings>& settings);

} // namespace vmcp
