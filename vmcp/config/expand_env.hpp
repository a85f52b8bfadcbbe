// Fills in ${VAR}, ${VAR:-default}, ${env:VAR} and ${file:PATH} in the scalar values of a configuration.
#pragma once

#include "vmcp/config/config_problem.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vmcp {

// Expands every scalar value in place, never a key, and marks what it changed. `$$` stands for one `$`; a `$`
// before anything but `{` and `$` stands for itself. `${VAR:-default}` takes the default when VAR is not set
// or empty; the default is taken as it stands up to the next `}`. The line ends at the end of a file are
// dropped. What was filled in is not expanded again. All missing variables and files are reported at once.
// Returns the files asked for.
std::vector<std::string> expand_env(config_document& document, const config_sources& sources,
                                    problem_list& problems);

// `path` as seen from the folder of the configuration file; unchanged when absolute or when the configuration
// is standard input.
[[nodiscard]] std::string resolve_path(std::string_view config_file, std::string_view path);

// Whether `text` holds something that expand_env would fill in.
[[nodiscard]] bool has_expansion(std::string_view text) noexcept;

} // namespace vmcp
