// A configuration while it is being read: the values so far, and what can be settled only once all keys are
// known.
#pragma once

#include "vmcp/config/config.hpp"
#include "vmcp/config/config_node.hpp"
#include "vmcp/config/discovery_settings.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vmcp {

enum class item_event : std::uint8_t { value, begin };

// One value, checked against its row. Only the member that belongs to the row's kind is set; sizes are
// `number`.
struct config_value {
    item_event event = item_event::value;
    std::string key{}; // of an entry of a map
    std::string text{};
    std::int64_t number = 0;
    bool flag = false;
    std::chrono::milliseconds duration{};
    key_path path{};
};

// A strategy of outgoingAuth before its environment variable is looked up and its parts are checked.
struct strategy_draft {
    auth_strategy auth{};
    std::string header_value_env{};
    std::string secret_env{};
    std::string target_secret_env{};
    std::vector<std::string> sections{}; // of strategies that get tokens
    bool has_type = false;
    bool has_header_injection = false;
    key_path path{};
};

struct config_draft {
    config out{};
    std::vector<key_path> backend_paths{}; // one per out.backends
    std::optional<strategy_draft> default_strategy{};
    std::map<std::string, strategy_draft> strategies{}; // by backend
    std::string oidc_secret_env{};                      // incomingAuth.oidc.clientSecretEnv
    std::map<std::string, key_path> timeout_paths{};    // of perWorkload
    std::vector<key_path> workload_paths{};             // one per out.aggregation.tools

    // What the keys being read belong to.
    backend_config* backend = nullptr;
    strategy_draft* strategy = nullptr;
    workload_tools* workload = nullptr;
    tool_override* tool = nullptr;

    discovery_settings discovery{};          // beside `out`
    std::vector<std::string> tool_configs{}; // one per out.aggregation.tools: toolConfigRef.name, or empty
};

} // namespace vmcp
