// Turns YAML (and so JSON) text into the configuration tree.
#pragma once

#include "vmcp/config/config_problem.hpp"

#include <string_view>

namespace vmcp {

// The tree of one document. Reported in `problems`: text that is too long, not UTF-8 or has control
// characters; syntax errors; tabs in indentation; duplicate keys; keys that are not text; anchors, aliases,
// merge keys and tags, which are not supported; nesting beyond max_config_depth; an empty text and a second
// document. After a problem the tree holds what was read so far. A text that is JSON, comments and trailing
// commas let through, is read as JSON.
[[nodiscard]] config_node read_yaml(std::string_view text, problem_list& problems);

} // namespace vmcp
