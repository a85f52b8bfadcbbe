// What /health, /readyz, /status and the like say, made of the live set of backends.
#pragma once

#include "health/status_json.hpp"
#include "transport/admin/pages.hpp"
#include "vmcp/runtime/backend_set.hpp"

namespace vmcp {

// Adds /health, /ping, /livez, /readyz, /status and /api/backends/health. `to` decides how much they tell.
void add_status_pages(transport::router& pages, backend_set& backends, health::audience to);

} // namespace vmcp
