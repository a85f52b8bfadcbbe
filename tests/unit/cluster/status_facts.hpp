// Views of backends and a stored VirtualMCPServer, for tests of what is reported of them.
#pragma once

#include "vmcp/cluster/status_document.hpp"

#include <string>
#include <utility>
#include <vector>

namespace vmcp::test {

using namespace std::chrono_literals;

inline health::wall_time day() {
    return health::wall_time{} + std::chrono::hours(24 * 365 * 50); // 2019-12-20T00:00:00Z
}

inline health::backend_row status_row(std::string name, health::state now) {
    health::backend_row made;
    made.name = std::move(name);
    made.url = "http://" + made.name + "/mcp";
    made.transport = "streamable-http";
    made.auth_type = "unauthenticated";
    made.health.now = now;
    return made;
}

inline health::overview status_view(std::vector<health::backend_row> rows) {
    return health::make_overview(std::move(rows), "1.0", "g");
}

inline stored_server status_object(nlohmann::json status = nlohmann::json::object()) {
    return {.name = "gateway",
            .name_space = "tools",
            .uid = "1234",
            .api_version = "toolhive.stacklok.dev/v1beta1",
            .resource_version = "41",
            .generation = 7,
            .status = std::move(status)};
}

} // namespace vmcp::test
