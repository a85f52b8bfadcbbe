// What the four lists of MCP are called on the wire, in one table.
#pragma once

#include "vmcp/catalog/backend_lists.hpp"

#include <array>
#include <string_view>

namespace vmcp {

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

// The entries of one kind of a backend; of `const backend_lists` they are const.
template <class Lists>
[[nodiscard]] constexpr auto& items_of(Lists& lists, list_kind kind) noexcept {
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
