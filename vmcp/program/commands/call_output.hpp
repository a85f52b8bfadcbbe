// How the result of a tool and what it says on the way look on a terminal. Pure functions.
#pragma once

#include "vmcp/base/result.hpp"

#include <string>
#include <string_view>

namespace vmcp {

// The content of a CallToolResult (MCP 2025-11-25, server/tools, "Tool Result"): text as it is, other content
// as one line in brackets; structuredContent where there is no content. Ends with a line end unless empty.
[[nodiscard]] std::string tool_result_text(std::string_view raw_result);

// Whether the raw result has isError: true.
[[nodiscard]] bool is_tool_error(std::string_view raw_result);

// One line for a progress or log notification: "[3/10] counting stations", "log warning: disk is slow".
// Empty for any other.
[[nodiscard]] std::string notice_text(std::string_view raw_notification);

// The JSON-RPC request that calls `tool`, with a progress token. `arguments` is what the user gave: fails
// with errc::config when that is not one JSON object.
[[nodiscard]] result<std::string> call_message(std::string_view tool, std::string_view arguments);

} // namespace vmcp
