// The condition that says that this gateway itself has run short of something lately: no backend is blamed for that.
#pragma once

#include "health/status.hpp"
#include "vmcp/base/shortage.hpp"

#include <chrono>
#include <optional>

namespace vmcp {

// Nothing when there was no such shortage in the last minute. Pure.
[[nodiscard]] std::optional<health::condition>
condition_of(shortage shortage, const shortage_figures& figures, std::chrono::steady_clock::time_point now);

} // namespace vmcp
