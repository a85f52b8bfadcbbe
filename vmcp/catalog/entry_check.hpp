// Holds an entry of a backend's list against the protocol's schema: SDK clients refuse a whole list for one entry that is
// not as it should be.
#pragma once

#include "vmcp/catalog/list_kind.hpp"

#include <string>
#include <string_view>

namespace vmcp {

// How an entry stands to the schema of Tool, Prompt, Resource or ResourceTemplate (MCP 2025-11-25, schema; members of
// older revisions are a subset).
struct entry_verdict {
    // Why no client could read it; for people. Empty: all is well, or could be mended.
    std::string problem{};
    // The entry with what could be mended without losing anything its backend said; empty: nothing had to be.
    std::string mended{};
    // What was mended; for people. Empty like `mended`.
    std::string note{};
};

// `raw` is a JSON object that has the member it is known by (spec_of(kind).key) as a string. Optional members that are null
// are left out, `[]` for an object becomes `{}` and the other way round, an input schema gets the `"type":"object"` it must
// have, boolean property schemas become the objects they stand for, and a resource without a name is called by its URI. An output
// schema that clients cannot compile (schema_check.hpp) is left out: that costs the validation of results, not the tool.
[[nodiscard]] entry_verdict check_entry(list_kind kind, std::string_view raw);

} // namespace vmcp
