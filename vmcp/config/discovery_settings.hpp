// What the configuration says of backends that it does not list, but that are found in a cluster. Beside the configuration and not
// within it, as it concerns nothing but finding them.
#pragma once

#include "vmcp/config/config.hpp"

#include <map>
#include <optional>
#include <string>

namespace vmcp {

// Empty unless cluster.discover.
struct discovery_settings {
    struct strategy {
        auth_strategy auth{};
        std::string problem{}; // as backend_config::problem
        friend bool operator==(const strategy&, const strategy&) = default;
    };
    std::optional<strategy> fallback{};                // outgoingAuth.default
    std::map<std::string, strategy> strategies{};      // outgoingAuth.backends
    std::map<std::string, std::string> tool_configs{}; // aggregation.tools[].toolConfigRef, by workload
    friend bool operator==(const discovery_settings&, const discovery_settings&) = default;
};

} // namespace vmcp
