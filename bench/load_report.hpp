// Writes the result of a load run as JSON.
#pragma once

#include "bench/load_options.hpp"
#include "bench/load_run.hpp"

#include <string>

namespace bench {

// One line. Latencies in microseconds; cpu_seconds is what the load generator itself has used.
[[nodiscard]] std::string to_json(const load_options& options, const load_result& result, double cpu_seconds);

} // namespace bench
