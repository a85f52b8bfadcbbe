// Arguments of a tool that its schema wants repeated in header fields of the call (`x-mcp-header`; MCP 2026-07-28,
// basic/transports/streamable-http, "Custom Headers from Tool Parameters"). Pure.
#pragma once

#include "vmcp/base/json_cursor.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vmcp {

// One of them: the field is called Mcp-Param-<header>.
struct mirrored_argument {
    std::string header{};            // as the schema writes it, never empty
    std::vector<std::string> path{}; // of names, from the arguments down
    friend bool operator==(const mirrored_argument&, const mirrored_argument&) = default;
};

struct mirrored_arguments {
    std::vector<mirrored_argument> all{}; // each property that is reached through `properties` alone
    // Why a client must not use the tool: one of its annotations breaks the rules. For people; empty: none does.
    std::string flaw{};
};

// `entry`: a tool as it stands in tools/list.
[[nodiscard]] mirrored_arguments read_mirrored_arguments(std::string_view entry);

// The argument at the end of `path`; empty where there is none.
[[nodiscard]] json_slice argument_at(std::string_view arguments, const std::vector<std::string>& path);

} // namespace vmcp
