// What the configuration says of a Kubernetes cluster: whether backends are found in it, and how it is reached.
#pragma once

#include <chrono>
#include <string>

namespace vmcp {

struct cluster_config {
    bool discover = false;         // outgoingAuth.source: discovered
    std::string kubeconfig_path{}; // empty: KUBECONFIG, or the service account of the pod
    std::string name_space{};      // empty: VMCP_NAMESPACE, that of the pod, or of the kubeconfig
    std::chrono::milliseconds status_interval{30'000}; // statusReportingInterval
    friend bool operator==(const cluster_config&, const cluster_config&) = default;
};

} // namespace vmcp
