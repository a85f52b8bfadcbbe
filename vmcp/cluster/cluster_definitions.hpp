// Definitions of backends, out of the objects of a cluster. Pure functions.
//
// A discovered backend goes through the same table of keys as one of the configuration file: what is written in its objects is
// put as it would be written in the file, and the same rules check it.
#pragma once

#include "vmcp/cluster/cluster_objects.hpp"
#include "vmcp/config/discovery_settings.hpp"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace vmcp {

struct cluster_workload {
    workload_kind kind = workload_kind::server;
    std::string name{};
    std::string kept{};   // kept_of_workload()
    bool no_room = false; // it is there, and that is all that is known of it
};

// What is known of an object that something refers to.
struct referred_object {
    enum class state : std::uint8_t {
        pending,    // it is being asked for
        missing,    // there is none of this name
        unreadable, // `problem` says why
        there,
    };
    state at = state::pending;
    std::string kept{}; // kept_of()
    std::string problem{};
};

struct cluster_definition {
    workload_kind kind = workload_kind::server;
    backend_config backend{};
    std::string auth_config{}; // the MCPExternalAuthConfig that its credentials are from
    bool pending = false; // something it refers to is being asked for: `backend` says nothing but the name
};

struct cluster_definitions {
    std::vector<cluster_definition> all{}; // by name; of equal names in the order of workload_kind
    // By workload: filter and overrides of the MCPToolConfig that its entry in aggregation.tools refers to.
    std::map<std::string, workload_tools> tools{};
    std::vector<std::string> tool_problems{}; // of those: why none of a backend's tools is shown
    std::set<object_ref> needed{};            // what has to be known to tell
};

using object_lookup = std::function<referred_object(const object_ref& ref)>;

// What definitions are made by.
struct definition_rules {
    std::shared_ptr<const config> settings{}; // never null
    discovery_settings discovery{};
    std::string name_space{};
};

// Those of the group `settings->group_ref`.
[[nodiscard]] cluster_definitions define_backends(const definition_rules& rules,
                                                  const std::vector<cluster_workload>& workloads,
                                                  const object_lookup& look_up);

} // namespace vmcp
