// Holds an entry of a backend's list against the protocol's schema: SDK clients refuse a whole list for one entry that is
// not as it should be.
#pragma once

#include "vmcp/catalog/list_kind.hpp"
#include "vmcp/catalog/list_revision.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vmcp {

// How an entry stands to the schema of Tool, Prompt, Resource or ResourceTemplate of one revision (MCP, schema).
struct entry_verdict {
    // Why no client could read it; for people. Empty: all is well, or could be mended.
    std::string problem{};
    // The entry with what could be mended without losing anything its backend said; empty: nothing had to be.
    std::string mended{};
    // What was mended; for people. Empty like `mended`.
    std::string note{};

    [[nodiscard]] bool good() const noexcept { return problem.empty() && mended.empty(); }
    friend bool operator==(const entry_verdict&, const entry_verdict&) = default;
};

// `raw` is a JSON object that has the member it is known by (spec_of(kind).key) as a string. Optional members that are null
// are left out, `[]` for an object becomes `{}` and the other way round, an input schema gets the `"type":"object"` it must
// have, boolean property schemas become the objects they stand for, and a resource without a name is called by its URI. An output
// schema that clients cannot compile (schema_check.hpp) is left out: that costs the validation of results, not the tool. So is
// a member that the revision does not know and that is not as those want it who know it: a client of that revision loses nothing.
// Of an output schema, 2026-07-28 wants no more than that it is one; before, its instances must be objects.
[[nodiscard]] entry_verdict check_entry(list_kind kind, std::string_view raw,
                                        list_revision revision = usual_revision);

// The same for clients of all revisions.
struct entry_verdicts {
    entry_verdict usual{};                                            // of usual_revision
    std::vector<std::pair<list_revision, entry_verdict>> otherwise{}; // of revisions where it is another one

    [[nodiscard]] const entry_verdict& of(list_revision revision) const noexcept;
    // All is well for everybody.
    [[nodiscard]] bool good() const noexcept { return usual.good() && otherwise.empty(); }
    // What the texts in it take, in bytes.
    [[nodiscard]] std::size_t bytes() const noexcept;
};
[[nodiscard]] entry_verdicts check_for_all(list_kind kind, std::string_view raw);

} // namespace vmcp
