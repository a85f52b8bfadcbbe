// The one way in which the program gets its configuration.
#pragma once

#include "vmcp/base/file_text.hpp"
#include "vmcp/config/config_problem.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace vmcp {

// Reads, checks and completes the configuration in the file `path` ("-": standard input) through `sources`.
// Relative paths inside the file are seen from its folder. A file that cannot be read is a problem like any
// other. Every problem names a line; all are reported at once, in the order of the file.
[[nodiscard]] loaded_config load_config(const std::string& path, const config_sources& sources);

// The same for text that is already here; `file` is the name to report.
[[nodiscard]] loaded_config load_config_text(std::string_view text, const std::string& file,
                                             const config_sources& sources);

// The environment and the files of this process. Files beyond 16 MiB, folders and devices are refused. Nothing waits but for a
// pipe, and for standard input.
[[nodiscard]] config_sources system_sources(pipes pipes = pipes::read);

} // namespace vmcp
