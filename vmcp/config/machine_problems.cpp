#include "vmcp/config/machine_problems.hpp"

#include <algorithm>
#include <string_view>

namespace vmcp {
namespace {

// `key` is that of a node, `below` that of the node itself or of one above it.
bool is_below(std::string_view key, std::string_view below) {
    return key.starts_with(below) && (key.size() == below.size() || key[below.size()] == '.' ||
                                      key[below.size()] == '[' || below.empty());
}

// Whether the node `key` is about the backend; without its credentials it is never served.
bool concerns(std::string_view key, const config_draft& draft, std::size_t backend) {
    if (is_below(key, draft.backend_paths[backend].text()))
        return true;
    const auto own = draft.strategies.find(draft.out.backends[backend].name);
    if (own != draft.strategies.end())
        return is_below(key, own->second.path.text());
    return draft.default_strategy && is_below(key, draft.default_strategy->path.text());
}

// Of strategies for backends that are found later, in a cluster.
void assign_to_strategies(config_draft& draft, const config_problem& problem) {
    const auto add = [&](discovery_settings::strategy& to) {
        to.problem.append(to.problem.empty() ? "" : "; ")
            .append(problem.key)
            .append(": ")
            .append(problem.message);
    };
    if (draft.discovery.fallback && is_below(problem.key, draft.default_strategy->path.text()))
        add(*draft.discovery.fallback);
    for (auto& [name, strategy] : draft.discovery.strategies)
        if (is_below(problem.key, draft.strategies.at(name).path.text()))
            add(strategy);
}

} // namespace

bool assign_machine_problems(config_draft& draft, const std::vector<config_problem>& problems) {
    bool usable = std::ranges::none_of(draft.out.backends, [](const auto& b) { return b.name.empty(); });
    for (const auto& problem : problems) {
        // A strategy that no backend uses costs none.
        bool assigned =
            is_below(problem.key, "outgoingAuth.backends") || is_below(problem.key, "outgoingAuth.default");
        for (std::size_t i = 0; problem.of_machine && i < draft.out.backends.size(); ++i) {
            if (!concerns(problem.key, draft, i))
                continue;
            assigned = true;
            auto& text = draft.out.backends[i].problem;
            text.append(text.empty() ? "" : "; ").append(problem.key).append(": ").append(problem.message);
        }
        if (problem.of_machine)
            assign_to_strategies(draft, problem);
        usable = usable && problem.of_machine && assigned;
    }
    return usable;
}

} // namespace vmcp
