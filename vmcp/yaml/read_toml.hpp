// Turns TOML text into the tree that the readers of YAML and JSON make: what Codex keeps its servers in.
#pragma once

#include "vmcp/config/config_problem.hpp"

#include <string_view>

namespace vmcp {

// The tree of one document (TOML 1.0). Text that is not TOML, or nests deeper than max_config_depth, is one
// problem with its place; the tree is then empty. Numbers, booleans and dates are scalars as they are written;
// whether they are numbers and dates is not checked. Tables that a document opens twice are taken together.
[[nodiscard]] config_node read_toml(std::string_view text, problem_list& problems);

// Whether `text`, which is not JSON, holds a table [mcp_servers...] as in TOML, or `file` ends in .toml.
[[nodiscard]] bool looks_like_toml(std::string_view text, std::string_view file) noexcept;

} // namespace vmcp
