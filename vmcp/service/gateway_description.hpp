// What the gateway says of itself when a client opens (MCP 2025-11-25, basic/lifecycle: InitializeResult), neutral of
// the revision.
#pragma once

#include "vmcp/service/snapshot.hpp"

#include <string>
#include <string_view>

namespace vmcp {

struct gateway_description {
    std::string_view capabilities{}; // raw JSON; a view of the snapshot
    std::string_view instructions{}; // may be empty; a view of the snapshot
    std::string_view name{};         // a view of the snapshot
};

[[nodiscard]] inline gateway_description describe(const snapshot& snap) {
    return {snap.catalog->capabilities(), snap.catalog->instructions(), snap.settings->name};
}

} // namespace vmcp
