// The environment of the process, in the one place that touches it.
#pragma once

#include <cstdlib>
#include <optional>
#include <string>

namespace vmcp {

// The value of a variable, or nothing where it is not set. May be called from any thread: the environment changes only
// before there is a second one.
inline std::optional<std::string> environment(const std::string& name) {
    const char* const value = std::getenv(name.c_str()); // NOLINT(concurrency-mt-unsafe)
    return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
}

// Only while there is one thread.
inline void unset_environment(const std::string& name) {
    ::unsetenv(name.c_str()); // NOLINT(concurrency-mt-unsafe)
}

} // namespace vmcp
