#include "vmcp/catalog/merge_plan.hpp"

#include "vmcp/catalog/list_kind.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <unordered_set>

namespace vmcp {
namespace {

using workload_index = std::unordered_map<std::string_view, const workload_tools*>;

workload_index index_workloads(const aggregation_config& settings) {
    workload_index out;
    for (const auto& workload : settings.tools)
        out.emplace(workload.workload, &workload);
    return out;
}

const workload_tools* find(const workload_index& index, std::string_view name) {
    const auto found = index.find(name);
    return found == index.end() ? nullptr : found->second;
}

void apply_override(placement& entry, const workload_tools* workload) {
    if (workload == nullptr)
        return;
    const auto found = workload->overrides.find(entry.item->key);
    if (found == workload->overrides.end())
        return;
    entry.changes = &found->second;
    if (!found->second.name.empty())
        entry.exposed = found->second.name;
}

// Empty: the tool is to be shown.
std::string why_invisible(const placement& entry, const workload_tools* workload,
                          const aggregation_config& settings, const std::string& backend) {
    if (settings.exclude_all_tools)
        return "aggregation.excludeAllTools is true";
    if (workload == nullptr) {
        if (settings.default_visible)
            return {};
        return fmt::format("aggregation.defaultToolVisibility is deny and aggregation.tools has no workload "
                           "\"{}\"",
                           backend);
    }
    if (workload->exclude_all)
        return fmt::format("excludeAll is true for workload \"{}\" in aggregation.tools", backend);
    if (workload->filter && std::find(workload->filter->begin(), workload->filter->end(), entry.exposed) ==
                                workload->filter->end())
        return fmt::format("\"{}\" is not in the filter of workload \"{}\" in aggregation.tools",
                           entry.exposed, backend);
    if (std::find(workload->exclude.begin(), workload->exclude.end(), entry.exposed) !=
        workload->exclude.end())
        return fmt::format("\"{}\" is in exclude of workload \"{}\" in aggregation.tools", entry.exposed,
                           backend);
    return {};
}

// What clients see of an entry with this verdict; empty: nothing.
std::string_view text_by(const entry_verdict& verdict, const list_item& item, invalid_entries policy) {
    if (policy == invalid_entries::pass || verdict.good())
        return item.raw;
    return policy == invalid_entries::repair && verdict.problem.empty() ? std::string_view(verdict.mended)
                                                                        : std::string_view();
}

// Why clients do not see it.
std::string why_invalid(const entry_verdict& verdict) {
    if (!verdict.problem.empty())
        return fmt::format("it does not fit the protocol's schema: {}", verdict.problem);
    return fmt::format("it does not fit the protocol's schema (aggregation.invalidEntries is hide): {}",
                       verdict.note);
}

placement placed(std::uint32_t backend, const list_item& item, invalid_entries policy) {
    placement out{.backend = backend, .item = &item, .raw = item.raw, .exposed = item.key};
    if (!item.verdict)
        return out;
    out.raw = text_by(item.verdict->usual, item, policy);
    out.withheld = out.raw.empty();
    if (policy == invalid_entries::repair && !out.withheld)
        out.mended = item.verdict->usual.note;
    for (const auto& [revision, verdict] : item.verdict->otherwise)
        if (const auto text = text_by(verdict, item, policy); text != out.raw)
            out.revised.push_back({revision, text});
    return out;
}

// The revisions whose clients see what the others do not.
std::string seen_by(const placement& entry) {
    std::string out;
    for (const auto& one : entry.revised)
        out.append(out.empty() ? "" : ", ").append(text_of(one.revision));
    return out;
}

} // namespace

void hide_marked(merge_plan& plan, const merge_input& input, list_kind kind,
                 std::vector<std::string> reasons) {
    std::vector<placement> kept;
    kept.reserve(plan.shown.size());
    for (std::size_t i = 0; i < plan.shown.size(); ++i) {
        auto& entry = plan.shown[i];
        if (reasons[i].empty())
            kept.push_back(std::move(entry));
        else
            plan.hidden.push_back(
                {kind, input.name_of(entry.backend), entry.item->key, std::move(reasons[i])});
    }
    plan.shown = std::move(kept);
}

merge_plan collect(const merge_input& input, list_kind kind) {
    merge_plan plan;
    std::vector<placement> withheld;
    std::unordered_set<std::string_view> seen;
    const auto place = [&](std::uint32_t backend, const list_item& item) {
        auto entry = placed(backend, item, input.settings.aggregation.invalid_entries);
        if (!entry.withheld)
            return plan.shown.push_back(std::move(entry));
        auto reason = why_invalid(item.verdict->usual);
        if (!entry.revised.empty())
            reason += fmt::format(" (clients of {} see it)", seen_by(entry));
        plan.hidden.push_back({kind, input.name_of(backend), item.key, std::move(reason)});
        if (!entry.revised.empty())
            withheld.push_back(std::move(entry));
    };
    for (std::uint32_t i = 0; i < input.lists.size(); ++i) {
        if (input.lists[i] == nullptr)
            continue;
        seen.clear();
        for (const auto& item : items_of(*input.lists[i], kind)) {
            const auto spec = spec_of(kind);
            if (item.key.empty())
                plan.hidden.push_back(
                    {kind, input.name_of(i), item.key, fmt::format("it has no {}", spec.key)});
            else if (!seen.insert(item.key).second)
                plan.hidden.push_back({kind, input.name_of(i), item.key,
                                       fmt::format("the backend lists more than one {} with this {}; the "
                                                   "first one is shown",
                                                   spec.noun, spec.key)});
            else
                place(i, item);
        }
    }
    std::ranges::move(withheld, std::back_inserter(plan.shown));
    return plan;
}

merge_plan plan_tools(const merge_input& input) {
    const auto& settings = input.settings.aggregation;
    const workload_index workloads = index_workloads(settings);
    merge_plan plan = collect(input, list_kind::tools);
    std::vector<std::string> reasons(plan.shown.size());
    for (std::size_t i = 0; i < plan.shown.size(); ++i) {
        auto& entry = plan.shown[i];
        const auto& backend = input.name_of(entry.backend);
        const workload_tools* workload = find(workloads, backend);
        apply_override(entry, workload);
        reasons[i] = why_invisible(entry, workload, settings, backend);
    }
    hide_marked(plan, input, list_kind::tools, std::move(reasons));
    resolve_conflicts(plan, input, list_kind::tools, settings.resolution);
    return plan;
}

merge_plan plan_prompts(const merge_input& input) {
    merge_plan plan = collect(input, list_kind::prompts);
    // There are no overrides for prompts by which a conflict could be settled by hand.
    const auto rule = input.settings.aggregation.resolution == conflict_resolution::manual
                          ? conflict_resolution::prefix
                          : input.settings.aggregation.resolution;
    resolve_conflicts(plan, input, list_kind::prompts, rule);
    return plan;
}

merge_plan plan_uris(const merge_input& input, list_kind kind, const uri_wrapper& wrapper) {
    merge_plan plan = collect(input, kind);
    std::vector<std::string> reasons(plan.shown.size());
    std::unordered_map<std::string, std::uint32_t>
        owners; // of the URIs that backends wrote, in their normal form
    for (std::size_t i = 0; i < plan.shown.size(); ++i) {
        auto& entry = plan.shown[i];
        const auto [owner, is_first] = owners.emplace(wrapper.normal(entry.item->key), entry.backend);
        if (is_first)
            continue;
        const auto& first = input.name_of(owner->second);
        if (!uri_wrapper::wrappable(entry.item->key)) {
            reasons[i] = fmt::format("backend \"{}\" comes first in the configuration with the same {}; http "
                                     "and https URIs cannot be told apart by a wrapped form",
                                     first, spec_of(kind).key);
            continue;
        }
        entry.exposed = wrapper.wrap(entry.backend, entry.item->key);
        entry.note = fmt::format("wrapped: backend \"{}\" has the same {}", first, spec_of(kind).key);
    }
    // A backend may itself write URIs that look wrapped.
    std::unordered_set<std::string_view> taken;
    for (const bool wrapped : {false, true})
        for (std::size_t i = 0; i < plan.shown.size(); ++i)
            if (reasons[i].empty() && plan.shown[i].note.empty() != wrapped &&
                !taken.insert(plan.shown[i].exposed).second)
                reasons[i] =
                    fmt::format("{}, and \"{}\" is taken too", plan.shown[i].note, plan.shown[i].exposed);
    hide_marked(plan, input, kind, std::move(reasons));
    return plan;
}

} // namespace vmcp
