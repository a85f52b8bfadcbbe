// Every secret that a configuration holds once variables and files are filled in.
#pragma once

#include "vmcp/config/config.hpp"

#include <string>
#include <vector>

namespace vmcp {

// In all forms in which a peer may repeat them (secret_forms.hpp), each once, the longest first.
[[nodiscard]] std::vector<std::string> config_secrets(const config& settings);

} // namespace vmcp
