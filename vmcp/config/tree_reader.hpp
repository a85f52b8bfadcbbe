// Walks the configuration tree along the schema table: every value is checked against its row and stored.
#pragma once

#include "vmcp/config/config_draft.hpp"
#include "vmcp/config/config_problem.hpp"

namespace vmcp {

// Reports unknown keys, keys without effect, wrong types and ranges, and missing required keys. Values that
// are fine are stored in `draft`, also when others are not.
void read_tree(const config_node& root, config_draft& draft, problem_list& problems);

} // namespace vmcp
