// The environment and files of the process, as config_sources.
#include "vmcp/yaml/load_config.hpp"

#include "vmcp/base/environment.hpp"

#include <unistd.h>

#include <chrono>

namespace vmcp {

config_sources system_sources(pipes pipes) {
    return {[](std::string_view name) { return environment(std::string(name)); },
            [pipes](const std::string& path) {
                // A person may type it.
                return path == "-" ? read_all(STDIN_FILENO, std::chrono::steady_clock::time_point::max())
                                   : read_file(path, pipes);
            }};
}

} // namespace vmcp
