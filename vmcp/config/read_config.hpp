// From the configuration tree to the configuration: expands, checks against the schema table, settles what
// depends on several keys.
#pragma once

#include "vmcp/config/config_problem.hpp"

namespace vmcp {

// `earlier` are problems that a parser found in the same file; with any of them there is no value, but the
// rest is checked all the same, so that all problems are reported at once, in the order of the file.
[[nodiscard]] loaded_config read_config(config_document document, const config_sources& sources,
                                        problem_list earlier = {});

} // namespace vmcp
