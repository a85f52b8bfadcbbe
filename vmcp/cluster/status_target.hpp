// Which VirtualMCPServer a gateway reports to.
#pragma once

#include "vmcp/base/result.hpp"

#include <optional>
#include <string>

namespace vmcp {

struct status_target {
    std::string name{};
    std::string name_space{};

    // The path of the object below the API server's URL.
    [[nodiscard]] std::string path() const;
};

// By VMCP_NAME and VMCP_NAMESPACE, which an operator sets; nothing where one of them is not set or empty. Fails with
// errc::config when they are no names of Kubernetes.
[[nodiscard]] result<std::optional<status_target>>
status_target_of(const std::optional<std::string>& name, const std::optional<std::string>& name_space);

} // namespace vmcp
