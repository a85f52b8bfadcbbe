// Arguments of a tool that its schema wants repeated in header fields (`x-mcp-header`; MCP 2026-07-28,
// basic/transports/streamable-http, "Server Validation"). Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace transport {

// A header field of a request, by its name (compared without case).
struct repeated_field {
    std::optional<std::string_view> value{}; // nothing: the request has none of that name
    bool contradicts_itself = false;         // it has several, with different values
};
using field_lookup = std::function<repeated_field(std::string_view name)>;

// What is wrong with the Mcp-Param-* fields of a call of the tool that `entry` describes (as it stands in tools/list) with
// these raw arguments; empty when all is well. Annotated may be each property that is reached through `properties` alone.
[[nodiscard]] std::string mirror_problem(std::string_view entry, std::string_view arguments,
                                         const field_lookup& field);

} // namespace transport
