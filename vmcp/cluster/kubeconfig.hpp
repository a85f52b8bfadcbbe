// The ways to the cluster: what a kubeconfig file says, and which way is taken.
#pragma once

#include "transport/kube/cluster_access.hpp"
#include "vmcp/base/result.hpp"
#include "vmcp/config/cluster_config.hpp"

#include <string>
#include <string_view>

namespace vmcp {

// The current context of a kubeconfig (kubernetes.io/docs/reference/config-api/kubeconfig.v1). Files that it names are read
// by `around`, seen from the folder of `path`. Fails with errc::config: it is broken, lacks a part, or goes about it in a way that
// is not supported here (programs that give credentials, proxies, servers that nobody vouches for), which is named.
[[nodiscard]] result<kube::cluster_access> read_kubeconfig(std::string_view text, const std::string& path,
                                                           const kube::surroundings& around);

// The file that the configuration names, or that KUBECONFIG names, or the service account of the pod; with the namespace
// settled: that of the configuration, VMCP_NAMESPACE, that of the access, POD_NAMESPACE, "default".
[[nodiscard]] result<kube::cluster_access> find_cluster(const cluster_config& settings,
                                                        const kube::surroundings& around);

} // namespace vmcp
