// Names that several backends want: prefix, priority or manual; then names that clients accept.
#include "vmcp/catalog/list_kind.hpp"
#include "vmcp/catalog/merge_plan.hpp"
#include "vmcp/catalog/name_hygiene.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <unordered_set>
#include <utility>

namespace vmcp {
namespace {

constexpr std::string_view default_prefix_format = "{workload}_";

std::string prefixed(std::string_view format, std::string_view backend, std::string_view name) {
    constexpr std::string_view hole = "{workload}";
    std::string out;
    for (std::size_t at = format.find(hole); at != std::string_view::npos; at = format.find(hole)) {
        out.append(format.substr(0, at)).append(backend);
        format.remove_prefix(at + hole.size());
    }
    out.append(format).append(name);
    return out;
}

class resolver {
public:
    resolver(merge_plan& plan, const merge_input& input, list_kind kind)
        : plan_(plan)
        , input_(input)
        , kind_(kind) {}

    void run(conflict_resolution rule) {
        hide_twins();
        switch (rule) {
        case conflict_resolution::prefix:
            for (auto& entry : plan_.shown)
                add_prefix(entry, input_.settings.aggregation.prefix_format);
            break;
        case conflict_resolution::priority:
            apply_priority();
            break;
        case conflict_resolution::manual:
            break;
        }
        claim_names();
        if (kind_ == list_kind::tools)
            clean_names();
    }

private:
    // Overrides can give two tools of one backend the same name.
    void hide_twins() {
        std::vector<std::string> reasons(plan_.shown.size());
        std::unordered_map<std::string_view, std::size_t> first;
        for (std::size_t i = 0; i < plan_.shown.size(); ++i) {
            const auto& entry = plan_.shown[i];
            if (i > 0 && plan_.shown[i - 1].backend != entry.backend)
                first.clear();
            const auto [owner, is_first] = first.emplace(entry.exposed, i);
            if (!is_first)
                reasons[i] = fmt::format("the same backend's \"{}\" already has the name \"{}\"; see the "
                                         "overrides of workload \"{}\"",
                                         plan_.shown[owner->second].item->key, entry.exposed,
                                         input_.name_of(entry.backend));
        }
        hide_marked(plan_, input_, kind_, std::move(reasons));
    }

    void add_prefix(placement& entry, std::string_view format) const {
        const std::size_t own = entry.exposed.size();
        entry.exposed = prefixed(format, input_.name_of(entry.backend), entry.exposed);
        entry.prefix = entry.exposed.size() - own;
    }

    // The place of each backend in priorityOrder; those that it does not name come last, all equal.
    std::vector<std::size_t> ranks() const {
        std::unordered_map<std::string_view, std::size_t> order;
        for (const auto& name : input_.settings.aggregation.priority_order)
            order.emplace(name, order.size());
        std::vector<std::size_t> out;
        for (const auto& backend : input_.backends) {
            const auto found = order.find(backend);
            out.push_back(found == order.end() ? unlisted : found->second);
        }
        return out;
    }

    void apply_priority() {
        const auto rank = ranks();
        std::unordered_map<std::string_view, std::vector<std::size_t>> claims;
        for (std::size_t i = 0; i < plan_.shown.size(); ++i)
            claims[plan_.shown[i].exposed].push_back(i);
        std::vector<std::string> reasons(plan_.shown.size());
        std::vector<std::size_t> to_prefix;
        const auto is_withheld = [&](std::size_t i) { return plan_.shown[i].withheld; };
        for (auto& [name, entries] : claims) {
            // What most clients see does not give way to what few do.
            if (!std::ranges::all_of(entries, is_withheld)) {
                for (const std::size_t i : entries)
                    if (is_withheld(i))
                        reasons[i] = fmt::format("another backend has a {} of the same name \"{}\"",
                                                 spec_of(kind_).noun, name);
                std::erase_if(entries, is_withheld);
            }
            if (entries.size() == 1)
                continue;
            const auto rank_of = [&](std::size_t i) { return rank[plan_.shown[i].backend]; };
            const std::size_t winner =
                *std::min_element(entries.begin(), entries.end(),
                                  [&](std::size_t a, std::size_t b) { return rank_of(a) < rank_of(b); });
            for (const std::size_t i : entries) {
                if (rank_of(winner) == unlisted)
                    to_prefix.push_back(i);
                else if (i != winner)
                    reasons[i] =
                        fmt::format("backend \"{}\" comes before \"{}\" in priorityOrder and has a {} "
                                    "of the same name \"{}\"",
                                    input_.name_of(plan_.shown[winner].backend),
                                    input_.name_of(plan_.shown[i].backend), spec_of(kind_).noun, name);
            }
        }
        for (const std::size_t i : to_prefix) {
            auto& entry = plan_.shown[i];
            entry.note = fmt::format("prefixed: more than one backend that priorityOrder does not name has "
                                     "\"{}\"",
                                     entry.exposed);
            add_prefix(entry, default_prefix_format);
        }
        hide_marked(plan_, input_, kind_, std::move(reasons));
    }

    // First come, first served in list order, but names that backends or overrides gave come before those
    // that the gateway made, and of those the one with the longer backend name comes first.
    void claim_names() {
        std::vector<std::string> reasons(plan_.shown.size());
        std::unordered_map<std::string_view, std::size_t> owners;
        for (const bool generated : {false, true})
            for (std::size_t i = 0; i < plan_.shown.size(); ++i) {
                if ((plan_.shown[i].prefix > 0) != generated)
                    continue;
                const auto [owner, is_first] = owners.emplace(plan_.shown[i].exposed, i);
                if (is_first)
                    continue;
                // "a_b_echo" is the echo of "a_b" rather than the "b_echo" of "a", whoever comes first.
                std::size_t loser = i;
                if (generated && plan_.shown[owner->second].prefix > 0 && !plan_.shown[i].withheld &&
                    input_.name_of(plan_.shown[i].backend).size() >
                        input_.name_of(plan_.shown[owner->second].backend).size())
                    std::swap(owner->second, loser);
                auto& winner = plan_.shown[owner->second];
                reasons[loser] = why_taken(plan_.shown[loser], winner);
                constexpr std::size_t longest = 2'000; // there may be thousands of losers
                if (winner.note.size() < longest)
                    winner.note.append(winner.note.empty() ? "" : "; ")
                        .append(fmt::format("\"{}\" of backend \"{}\" would have the same name and is hidden",
                                            plan_.shown[loser].item->key,
                                            input_.name_of(plan_.shown[loser].backend)));
            }
        hide_marked(plan_, input_, kind_, std::move(reasons));
    }

    std::string why_taken(const placement& loser, const placement& owner) const {
        std::string_view advice = kind_ == list_kind::tools
                                      ? "rename one of them under overrides in aggregation.tools"
                                      : "choose another prefixFormat";
        return fmt::format("the name \"{}\" belongs to \"{}\" of backend \"{}\"; {}", loser.exposed,
                           owner.item->key, input_.name_of(owner.backend), advice);
    }

    // A name is changed only when clients would refuse it, and never takes one that another tool has.
    void clean_names() {
        std::unordered_set<std::string> taken;
        std::vector<placement*> bad;
        for (auto& entry : plan_.shown) {
            if (valid_tool_name(entry.exposed))
                taken.insert(entry.exposed);
            else
                bad.push_back(&entry);
        }
        for (placement* entry : bad) {
            const std::string_view wanted = entry->exposed;
            const auto [prefix, own] =
                std::pair(wanted.substr(0, entry->prefix), wanted.substr(entry->prefix));
            unsigned attempt = 0;
            std::string name = clean_tool_name(prefix, own);
            while (!taken.insert(name).second)
                name = clean_tool_name(prefix, own, ++attempt);
            if (!entry->note.empty())
                entry->note += "; ";
            entry->note += fmt::format("renamed from \"{}\", which clients refuse: {}", entry->exposed,
                                       tool_name_problem(entry->exposed));
            entry->exposed = std::move(name);
        }
    }

    static constexpr std::size_t unlisted = std::numeric_limits<std::size_t>::max();

    merge_plan& plan_;
    const merge_input& input_;
    list_kind kind_;
};

} // namespace

void resolve_conflicts(merge_plan& plan, const merge_input& input, list_kind kind, conflict_resolution rule) {
    resolver(plan, input, kind).run(rule);
}

} // namespace vmcp
