// The four lists of MCP, and what they are called on the wire, in one table.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace vmcp {

enum class list_kind : std::uint8_t { tools, prompts, resources, templates };

inline constexpr std::array<list_kind, 4> all_list_kinds{list_kind::tools, list_kind::prompts,
                                                         list_kind::resources, list_kind::templates};

struct list_spec {
    std::string_view method;     // the request
    std::string_view member;     // of its result: the array of entries
    std::string_view key;        // of an entry: what identifies it
    std::string_view noun;       // for messages
    std::string_view label;      // the kind of a row in /status and /ui
    std::string_view capability; // a server that offers the list declares it
};

// https://modelcontextprotocol.io/specification/2025-11-25/schema: ListToolsResult and its three siblings.
[[nodiscard]] constexpr list_spec spec_of(list_kind kind) noexcept {
    switch (kind) {
    case list_kind::tools:
        return {"tools/list", "tools", "name", "tool", "tool", "tools"};
    case list_kind::prompts:
        return {"prompts/list", "prompts", "name", "prompt", "prompt", "prompts"};
    case list_kind::resources:
        return {"resources/list", "resources", "uri", "resource", "resource", "resources"};
    case list_kind::templates:
        return {"resources/templates/list", "resourceTemplates", "uriTemplate",
                "resource template",        "template",          "resources"};
    }
    return {};
}

} // namespace vmcp
