// What /health, /readyz, /status and the like say, made of the live set of backends.
#pragma once

#include "health/status_json.hpp"
#include "transport/admin/router.hpp"
#include "transport/mcp/front/front_settings.hpp"
#include "vmcp/supervision/supervisor.hpp"

namespace vmcp {

// Adds /health, /ping, /livez, /readyz, /status and /api/backends/health. `to` decides how much they tell.
void add_status_pages(transport::router& pages, supervisor& backends, health::audience to);

// On a loopback listener, refuses every request for a page whose Host is neither a name of this machine nor one of
// listener.allowedHosts: a web page that had its own name resolve to this machine could read the pages.
[[nodiscard]] transport::router::check known_hosts_only(const published<transport::front_settings>& settings);

} // namespace vmcp
