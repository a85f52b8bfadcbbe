// How the API server of a Kubernetes cluster is reached, and who we are there: as plain values, and from what a pod finds in
// its environment. No I/O but reading files.
#pragma once

#include "vmcp/base/result.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace kube {

struct cluster_access {
    std::string server{};  // an http or https URL without a slash at its end; may have a path
    std::string ca{};      // PEM of who vouches for the server; empty: the system's
    std::string ca_path{}; // where `ca` is from, to be read again when it no longer fits; may be empty
    std::string client_certificate{}; // PEM, with `client_key`; empty: none is shown
    std::string client_key{};         // a secret: never logged, never shown
    std::string token{};              // a secret; of no use where there is a token_path
    std::string token_path{};         // a file whose content is replaced from time to time
    std::string name_space{};         // where nobody says otherwise; empty: not known
    friend bool operator==(const cluster_access&, const cluster_access&) = default;
};

// What is read of the surroundings.
struct surroundings {
    std::function<std::optional<std::string>(std::string_view name)> variable{}; // of the environment
    std::function<vmcp::result<std::string>(const std::string& path)> read_file{};
};

// Those of this process.
[[nodiscard]] surroundings own_surroundings();

inline constexpr std::string_view service_account_folder = "/var/run/secrets/kubernetes.io/serviceaccount";

// The process runs in a pod, by what Kubernetes tells every container of its service (KUBERNETES_SERVICE_HOST).
[[nodiscard]] bool is_in_pod(const surroundings& around);

// The API server as a pod sees it: its address from the environment, authority, token and namespace from the folder of its
// service account. Fails with errc::config: a part is missing.
[[nodiscard]] vmcp::result<cluster_access> in_cluster_access(const surroundings& around);

// A name of a namespace (RFC 1123 label), so that it can stand in a path.
[[nodiscard]] bool is_namespace_name(std::string_view name) noexcept;

} // namespace kube
