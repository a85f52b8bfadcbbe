// An MCPExternalAuthConfig as outgoingAuth would have it in the configuration file.
#pragma once

#include "vmcp/cluster/referred_values.hpp"

#include <nlohmann/json.hpp>

namespace vmcp {

// The strategy of `spec`, to be checked by the table of keys. What vmcp has nothing for is a problem of `values`, so that no
// backend is ever served without its credentials.
[[nodiscard]] nlohmann::json strategy_of(const nlohmann::json& spec, referred_values& values);

} // namespace vmcp
