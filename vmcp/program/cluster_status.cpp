#include "vmcp/program/cluster_status.hpp"

#include "transport/kube/kube_client.hpp"
#include "vmcp/base/environment.hpp"
#include "vmcp/base/log.hpp"
#include "vmcp/cluster/kubeconfig.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <random>
#include <string>
#include <utility>

namespace vmcp {
namespace {

std::uint64_t random_number() {
    std::random_device from;
    return std::uint64_t{from()} << 32U | from();
}

// No two processes have the same: that of a pod that was replaced under its name does not hold what the new one holds.
std::string own_identity() {
    constexpr std::size_t longest = 100; // reportingInstance has 128 bytes
    auto name = environment("POD_NAME").value_or("");
    if (name.empty())
        name = environment("HOSTNAME").value_or("vmcp");
    return fmt::format("{}_{:016x}", name.substr(0, longest), random_number());
}

report_sources sources_of(supervisor& backends, const cluster_membership& members) {
    return {.look = [&backends] { return backends.look(); },
            .known =
                [&members] {
                    const auto standing = members.standing();
                    return !standing || standing->ready;
                },
            .auth_config_of = [&members](std::string_view name) { return members.auth_config_of(name); }};
}

} // namespace

void cluster_status::prepare(const config& settings, const control_thread& home, supervisor& backends,
                             cluster_membership& members) {
    const auto target = status_target_of(environment("VMCP_NAME"), environment("VMCP_NAMESPACE"));
    if (!target)
        return log::warn("no status is written into the cluster: {}", target.error().detail);
    if (!*target)
        return;
    auto access = find_cluster(settings.cluster, kube::own_surroundings());
    if (!access)
        return log::warn("no status is written into the cluster: {}", access.error().detail);
    auto client = kube::make_kube_client(*std::move(access));
    if (!client)
        return log::warn("no status is written into the cluster: {}", client.error().detail);
    reporter_ = std::make_shared<status_reporter>(
        home, *std::move(client), **target, sources_of(backends, members), own_identity(), random_number);
    const auto heard = [this] {
        if (reporter_)
            reporter_->heard();
    };
    backends.on_news(heard);
    members.on_ready(heard); // of a group without members nothing else is news
    log::info("the status of VirtualMCPServer {}/{} is written", (*target)->name_space, (*target)->name);
}

void cluster_status::start(const config& settings) {
    if (reporter_)
        reporter_->start(settings.cluster.status_interval);
}

void cluster_status::configure(const config& settings) {
    if (reporter_)
        reporter_->configure(settings.cluster.status_interval);
}

void cluster_status::stop() {
    if (reporter_)
        reporter_->stop();
}

} // namespace vmcp
