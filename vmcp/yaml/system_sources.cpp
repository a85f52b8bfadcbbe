// The environment and files of the process, as config_sources.
#include "vmcp/yaml/load_config.hpp"

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <optional>

namespace vmcp {
namespace {

std::optional<std::string> environment(std::string_view name) {
    const char* value = std::getenv(std::string(name).c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

} // namespace

config_sources system_sources(pipes what) {
    return {environment, [what](const std::string& path) {
                // A person may type it.
                return path == "-" ? read_all(STDIN_FILENO, std::chrono::steady_clock::time_point::max())
                                   : read_file(path, what);
            }};
}

} // namespace vmcp
