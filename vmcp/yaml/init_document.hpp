// Writes the first configuration: YAML with everything quoted that comes from elsewhere.
#pragma once

#include "vmcp/yaml/client_entry.hpp"

#include <string>
#include <utility>
#include <vector>

namespace vmcp {

struct named_backend {
    std::string name{};
    backend_draft draft{};
};

// The whole text. Each of `comments` becomes one line at its head, without control characters.
[[nodiscard]] std::string initial_document(const std::vector<named_backend>& backends,
                                           const std::vector<std::string>& comments);

} // namespace vmcp
