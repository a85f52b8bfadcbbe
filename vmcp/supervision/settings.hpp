// What the parts of supervision read of the configuration.
#pragma once

#include "health/breaker.hpp"
#include "health/tracker.hpp"
#include "vmcp/config/config.hpp"
#include "vmcp/supervision/list_keeper.hpp"

namespace vmcp {

[[nodiscard]] health::tracker_settings tracker_settings_of(const config& all);
[[nodiscard]] health::breaker_settings breaker_settings_of(const config& all);
[[nodiscard]] list_keeper::settings list_settings_of(const config& all, const backend_config& definition);

} // namespace vmcp
