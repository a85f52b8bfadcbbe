// Backends of a cluster: what discovery needs, and what has no effect without it.
#include "vmcp/config/expand_env.hpp"
#include "vmcp/config/settle_parts.hpp"

namespace vmcp {

void settle_cluster(settling& at) {
    auto& cluster = at.draft.out.cluster;
    if (!cluster.kubeconfig_path.empty())
        cluster.kubeconfig_path = resolve_path(at.document.file, cluster.kubeconfig_path);
    if (cluster.discover && at.draft.out.group_ref.empty() && !at.has(key_path{} / "groupRef"))
        at.complain(key_path{} / "groupRef",
                    "required by outgoingAuth.source discovered: the MCPGroup whose members are served");
    const auto& tools = at.draft.out.aggregation.tools;
    for (std::size_t i = 0; i < tools.size(); ++i) {
        const auto& path = at.draft.workload_paths[i];
        if (at.draft.tool_configs[i].empty())
            continue;
        if (!cluster.discover)
            at.complain(path / "toolConfigRef", "has no effect unless outgoingAuth.source is discovered");
        for (const std::string_view key : {"filter", "overrides"})
            if (at.has(path / key))
                at.warn(path / key, "has no effect beside toolConfigRef");
        at.draft.discovery.tool_configs[tools[i].workload] = at.draft.tool_configs[i];
    }
}

} // namespace vmcp
