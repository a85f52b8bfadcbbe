// The lists of a gateway as tables for people. Pure functions from raw JSON to text; entries that are not as
// MCP says show empty cells.
#pragma once

#include "vmcp/program/commands/terminal.hpp"

#include <cstddef>
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

// Why backends are not healthy, a line each: "notes is unhealthy: connect to ...". The reasons stand in the
// /status of the admin listener only; empty where `status` has none.
[[nodiscard]] std::string backend_reasons(std::string_view status);

// Whether the body of /status has a backend that is not healthy.
[[nodiscard]] bool has_unhealthy(std::string_view status);

// Whether two bodies of /status speak of the same gateway, as far as one can see: group, version, names of
// backends.
[[nodiscard]] bool same_gateway(std::string_view one, std::string_view other);

// How many pages /status has, as one of them says; at most some thousands, whatever it says.
[[nodiscard]] std::size_t pages_of(std::string_view status);
// Adds the backends, and what is hidden, of another page to `status`.
void append_backends(std::string& status, std::string_view page);

// The raw entries as a JSON array, one a line.
[[nodiscard]] std::string json_array(const std::vector<std::string>& entries);

} // namespace vmcp
