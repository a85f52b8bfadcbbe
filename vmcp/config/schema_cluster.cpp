// The rows of kubernetes: how the cluster is reached.
#include "vmcp/config/schema_builders.hpp"

namespace vmcp::schema {

void add_cluster_rows(std::vector<schema_row>& rows) {
    rows.push_back({.path = "kubernetes",
                    .spec = section(),
                    .doc = "How the Kubernetes cluster is reached, where something of it is needed "
                           "(`outgoingAuth.source: discovered`). In a pod nothing has to stand here."});
    rows.push_back(
        {.path = "kubernetes.kubeconfig",
         .spec = text(rules::path),
         .doc = "A kubeconfig file: its current context, with a token, a token file or a client "
                "certificate. Without it: the file that `KUBECONFIG` names, or the service account of "
                "the pod.",
         .store = into<&config::cluster, &cluster_config::kubeconfig_path>});
    rows.push_back(
        {.path = "kubernetes.namespace",
         .spec = text(rules::line),
         .doc = "The namespace that is looked into. Without it: `VMCP_NAMESPACE`, that of the pod, or "
                "that of the kubeconfig's context.",
         .store = into<&config::cluster, &cluster_config::name_space>});
}

} // namespace vmcp::schema
