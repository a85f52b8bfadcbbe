#include "vmcp/program/cluster_membership.hpp"

#include "transport/kube/kube_client.hpp"
#include "vmcp/base/log.hpp"
#include "vmcp/cluster/kubeconfig.hpp"

#include <fmt/format.h>

#include <utility>

namespace vmcp {

result<void> cluster_membership::prepare(const config& settings, transport::worker& control,
                                         supervisor& backends, std::function<double()> dice) {
    if (!settings.cluster.discover)
        return {};
    auto access = find_cluster(settings.cluster, kube::own_surroundings());
    if (!access)
        return fail(errc::config, "outgoingAuth.source discovered: " + access.error().detail);
    auto name_space = access->name_space;
    log::info("cluster: members of {} in namespace {} are looked for at {}", settings.group_ref, name_space,
              access->server);
    auto client = kube::make_kube_client(*std::move(access));
    if (!client)
        return client.error();
    source_ =
        std::make_unique<cluster_source>(control, *std::move(client), std::move(name_space), std::move(dice));
    backends.add_source(*source_);
    source_->on_tools([this, &backends] {
        const auto change = backends.apply(source_->with_tools(settings_));
        log::info("cluster: an MCPToolConfig changed; backends: {}", health::describe(change));
    });
    return {};
}

std::shared_ptr<const config> cluster_membership::effective(std::shared_ptr<const config> settings,
                                                            discovery_settings discovery) {
    settings_ = std::move(settings);
    discovery_ = std::move(discovery);
    if (!source_)
        return settings_;
    source_->use(settings_, discovery_);
    return source_->with_tools(settings_);
}

void cluster_membership::start() {
    if (source_)
        source_->start();
}

void cluster_membership::stop() {
    if (source_)
        source_->stop();
}

std::vector<health::condition> conditions_of(const cluster_standing& standing) {
    if (standing.ready && standing.problems.empty())
        return {};
    auto message = standing.waits_for;
    constexpr std::size_t most = 5;
    for (std::size_t i = 0; i < standing.problems.size() && i < most; ++i)
        message.append(message.empty() ? "" : "; ").append(standing.problems[i]);
    if (standing.problems.size() > most)
        message += fmt::format("; and {} more", standing.problems.size() - most);
    return {{"ClusterInSync", "False", standing.ready ? "WatchFailed" : "NotListedYet", std::move(message)}};
}

} // namespace vmcp
