// The decisions of a merge, before anything is rendered: which entries are shown, under which name, and why
// the others are not. Private to vmcp/catalog.
#pragma once

#include "vmcp/catalog/backend_lists.hpp"
#include "vmcp/catalog/catalog.hpp"
#include "vmcp/catalog/uri_wrap.hpp"
#include "vmcp/config/config.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace vmcp {

// `lists[i]` belongs to the backend named `backends[i]` and is null when it has none yet. Plans point into it.
struct merge_input {
    const config& settings;
    const std::vector<std::string>& backends;
    std::vector<const backend_lists*> lists{};

    [[nodiscard]] const std::string& name_of(std::uint32_t backend) const { return backends[backend]; }
};

// How clients of one revision see an entry that others see otherwise.
struct revised_entry {
    list_revision revision{};
    std::string_view raw{}; // empty: not at all
};

struct placement {
    std::uint32_t backend = 0;
    const list_item* item = nullptr;
    std::string_view raw{};                 // the entry: as its backend wrote it, or mended
    std::string_view mended{};              // what of it was, for people; empty: nothing
    std::string exposed{};                  // while planning: the name it would like to have
    const tool_override* changes = nullptr; // tools only
    std::string note{};                     // why `exposed` is not what a reader would expect, or empty
    std::size_t prefix = 0;                 // how much of `exposed` the gateway put before the name
    std::vector<revised_entry> revised{};   // of revisions that see something else than `raw`
    bool withheld = false; // clients of usual_revision do not see it; `revised` says who does
};

struct merge_plan {
    std::vector<placement> shown{}; // in list order
    std::vector<hidden_entry> hidden{};
};

// Every entry of a kind, in list order, under the backend's own name. Hidden are a second one with the same key in one
// backend, and, by aggregation.invalidEntries, what does not fit the protocol's schema. What fits that of other revisions
// than usual_revision only is hidden, and shown behind all the rest: it takes nothing from what most clients see.
[[nodiscard]] merge_plan collect(const merge_input& input, list_kind kind);

// Overrides, then filters and visibility, then conflicts, then names that clients accept.
[[nodiscard]] merge_plan plan_tools(const merge_input& input);

// Prompts know no overrides, no filters and no rule for their names.
[[nodiscard]] merge_plan plan_prompts(const merge_input& input);

// Resources or templates: the first keeps a URI, later ones are wrapped or, where that cannot be, hidden.
[[nodiscard]] merge_plan plan_uris(const merge_input& input, list_kind kind, const uri_wrapper& wrapper);

// Makes the names of `plan` unique by the conflict rule `rule` (and, for tools, valid).
void resolve_conflicts(merge_plan& plan, const merge_input& input, list_kind kind, conflict_resolution rule);

// Moves the entries that `reasons` (same order as plan.shown) gives a reason for to plan.hidden.
void hide_marked(merge_plan& plan, const merge_input& input, list_kind kind,
                 std::vector<std::string> reasons);

} // namespace vmcp
