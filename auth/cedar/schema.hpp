// The entity model as a Cedar schema (https://docs.cedarpolicy.com/schema/human-readable-schema.html), against
// which policies are checked when they are loaded.
#pragma once

#include "auth/cedar/cedar_model.hpp"
#include "auth/cedar/policy_engine.hpp"

#include <string>
#include <vector>

namespace auth {

// Claims and arguments are open: those that `attributes` name are declared, as things that may be missing. So are
// the `types` of configured entities, each with whatever attribute.
[[nodiscard]] std::string cedar_schema(const cedar_settings& settings,
                                       const std::vector<std::string>& attributes,
                                       const std::vector<std::string>& types);

// What is to be said to the author of the policies: actions, types and attributes that do not exist, claims and
// arguments that are read without `has` (their absence is an error, and an error denies), policies that can never
// apply, configured groups that nobody is in. None of it keeps the policies from being used.
[[nodiscard]] std::vector<policy_problem> policy_warnings(const policy_set& policies,
                                                          const cedar_settings& settings);

} // namespace auth
