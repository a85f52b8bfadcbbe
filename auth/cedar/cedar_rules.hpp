// The policies of a configuration (incomingAuth.authz), compiled, and what can be known of them before anybody asks.
#pragma once

#include "auth/cedar/caller.hpp"
#include "auth/cedar/policy_engine.hpp"
#include "vmcp/config/config.hpp"
#include "vmcp/config/config_problem.hpp"

#include <memory>
#include <vector>

namespace auth {

// Immutable.
struct cedar_rules {
    cedar_settings settings{};
    std::shared_ptr<const policy_set> policies{};
    bool sees_arguments = false; // decisions can depend on the arguments of a call
    bool sees_hints = false;     // ... on what a tool's server says of it
    bool names_clients = false;  // ... on who a caller is, besides the claims
};

// `value` is null where there are problems, and where the configuration has no policies.
struct made_rules {
    std::shared_ptr<const cedar_rules> value{};
    std::vector<policy_problem> problems{};
};

[[nodiscard]] made_rules make_rules(const vmcp::config& from);

// For config_sources::check_policies: everything that is wrong with the policies, and what is hardly meant.
[[nodiscard]] std::vector<vmcp::policy_remark> check_policies(const vmcp::config& settings);

} // namespace auth
