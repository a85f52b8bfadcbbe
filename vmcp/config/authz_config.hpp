// incomingAuth.authz as plain values: what callers may do.
#pragma once

#include <string>
#include <vector>

namespace vmcp {

struct authz_config {
    bool cedar = false; // type: cedar; else everybody may do everything
    std::vector<std::string> policies{};
    std::string entities_json{}; // a JSON array in Cedar's form, or empty
    std::string group_claim{};
    std::string role_claim{};
    std::string group_entity_type = "THVGroup";
    std::vector<std::string> multi_valued_claims{};
    bool toolhive_numbers = false; // numberMapping: toolhive
    friend bool operator==(const authz_config&, const authz_config&) = default;
};

} // namespace vmcp
