// Rules between the keys of aggregation, and between them and the backends.
#include "vmcp/config/settle_parts.hpp"

#include <algorithm>
#include <set>

namespace vmcp {
namespace {

// Nothing is said, not even something wrong.
bool is_hollow(const config_node& node) {
    return node.kind != node_kind::scalar && node.items.empty() &&
           std::all_of(node.members.begin(), node.members.end(),
                       [](const config_member& member) { return is_hollow(member.value); });
}

void check_overrides(settling& at, const workload_tools& workload, const key_path& path) {
    const auto* overrides = path.find(at.document.root);
    if (overrides == nullptr)
        return;
    std::set<std::string> names;
    for (const auto& [tool, key_at, node] : overrides->members) {
        if (is_hollow(node))
            at.problems.add(key_at, (path / tool).text(),
                            "changes nothing; give name, description or annotations");
        const auto change = workload.overrides.find(tool);
        if (change != workload.overrides.end() && !change->second.name.empty() &&
            !names.insert(change->second.name).second)
            at.problems.add(node.key_position("name"), (path / tool / "name").text(),
                            "another tool of this backend is named '" + change->second.name + "' already");
    }
}

void check_workloads(settling& at) {
    const auto& tools = at.draft.out.aggregation.tools;
    std::set<std::string> seen;
    for (std::size_t i = 0; i < tools.size(); ++i) {
        const auto& path = at.draft.workload_paths[i];
        at.expect_backend(path / "workload", tools[i].workload);
        if (!tools[i].workload.empty() && !seen.insert(tools[i].workload).second)
            at.complain(path / "workload",
                        "'" + tools[i].workload +
                            "' stands twice in aggregation.tools; put both entries into one");
        check_overrides(at, tools[i], path / "overrides");
    }
}

void check_order(settling& at) {
    const auto& aggregation = at.draft.out.aggregation;
    const auto path = key_path{} / "aggregation" / "conflictResolutionConfig" / "priorityOrder";
    std::set<std::string> listed;
    for (const auto& tools : aggregation.tools)
        listed.insert(tools.workload);
    std::set<std::string> seen;
    for (const auto& name : aggregation.priority_order) {
        at.expect_backend(path, name);
        if (!seen.insert(name).second)
            at.complain(path, "'" + name + "' stands twice");
        if (aggregation.resolution == conflict_resolution::priority && !aggregation.default_visible &&
            !listed.contains(name))
            at.complain(path, "'" + name +
                                  "' has no entry in aggregation.tools, and with defaultToolVisibility " +
                                  "deny none of its tools is shown");
    }
}

} // namespace

void settle_aggregation(settling& at) {
    const auto& aggregation = at.draft.out.aggregation;
    const auto path = key_path{} / "aggregation";
    const auto order = path / "conflictResolutionConfig" / "priorityOrder";
    const auto* order_node = order.find(at.document.root);
    if (aggregation.resolution == conflict_resolution::priority &&
        (order_node == nullptr || order_node->items.empty()))
        at.complain(order, "required by conflictResolution priority: backend names, the strongest first");
    if (aggregation.resolution == conflict_resolution::manual && aggregation.tools.empty())
        at.complain(path / "tools",
                    "required by conflictResolution manual: overrides that tell equal names apart");
    check_workloads(at);
    check_order(at);
}

} // namespace vmcp
