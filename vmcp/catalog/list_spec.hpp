// What the four lists of MCP are called on the wire, in one table.
#pragma once

#include "vmcp/catalog/backend_lists.hpp"

#include <array>
#include <string_view>

namespace vmcp {

inline constexpr std::array<list_kind, 4> all_list_kinds{list_kind::tools, list_kind::prompts,
                                                         list_kind::resources, list_kind::templates};

struct list_spec {
    std::string_view method; // the request
    std::string_view member; // of its result: the array of entries
    std::string_view key;    // of an entry: what identifies it
    std::string_view noun;   // for messages
};

// https://modelcontextprotocol.io/specification/2025-11-25/schema: ListToolsResult and its three siblings.
[[nodiscard]] constexpr list_spec spec_of(list_kind kind) noexcept {
    switch (kind) {
    case list_kind::tools:
        return {"tools/list", "tools", "name", "tool"};
    case list_kind::prompts:
        return {"prompts/list", "prompts", "name", "prompt"};
    case list_kind::resources:
        return {"resources/list", "resources", "uri", "resource"};
    case list_kind::templates:
        return {"resources/templates/list", "resourceTemplates", "uriTemplate", "resource template"};
    }
    return {};
}

// The entries of one kind of a backend.
[[nodiscard]] inline const std::vector<list_item>& items_of(const backend_lists& lists,
                                                            list_kind kind) noexcept {
    switch (kind) {
    case list_kind::tools:
        return lists.tools;
    case list_kind::prompts:
        return lists.prompts;
    case list_kind::resources:
        return lists.resources;
    case list_kind::templates:
        break;
    }
    return lists.templates;
}

} // namespace vmcp
