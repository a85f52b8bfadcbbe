// The lists of a gateway as tables for people. Pure functions from raw JSON to text; entries that are not as
// MCP says show empty cells.
#pragma once

#include "vmcp/program/commands/terminal.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vmcp {

// Each takes the raw entries of one list. Arguments that are optional end in '?'.
[[nodiscard]] text_table tools_table(const std::vector<std::string>& tools);
[[nodiscard]] text_table prompts_table(const std::vector<std::string>& prompts);
[[nodiscard]] text_table resources_table(const std::vector<std::string>& resources,
                                         const std::vector<std::string>& templates);

// From the bodies of /status and /api/backends/health.
[[nodiscard]] text_table backends_table(std::string_view status, std::string_view health);

// The raw entries as a JSON array, one a line.
[[nodiscard]] std::string json_array(const std::vector<std::string>& entries);

} // namespace vmcp
