#include "vmcp/supervision/settings.hpp"

namespace vmcp {

health::tracker_settings tracker_settings_of(const config& all) {
    const auto& f = all.operational.failures;
    return {.record = {.unhealthy_threshold = f.unhealthy_threshold},
            .pace = {.interval = f.health_check_interval, .timeout = f.health_check_timeout}};
}

health::breaker_settings breaker_settings_of(const config& all) {
    const auto& f = all.operational.failures;
    return {
        .enabled = f.breaker_enabled, .failure_threshold = f.breaker_threshold, .timeout = f.breaker_timeout};
}

list_keeper::settings list_settings_of(const config& all, const backend_config& definition) {
    const auto& f = all.operational.failures;
    return {.pace = {.refresh = all.operational.catalog_refresh, .interval = f.health_check_interval},
            .probe_timeout = f.health_check_timeout,
            .call_timeout = definition.timeout,
            .grace = f.grace};
}

} // namespace vmcp
