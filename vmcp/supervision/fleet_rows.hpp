// The rows of /status, made of what is known of each backend.
#pragma once

#include "health/status.hpp"
#include "vmcp/supervision/fleet.hpp"
#include "vmcp/supervision/member.hpp"

#include <optional>

namespace vmcp {

// `status` is the monitor's; `shown`: its lists are in the current snapshot.
[[nodiscard]] health::backend_row make_row(const member& one, std::optional<health::record_status> status,
                                           bool shown, health::steady_time now);

// Of a definition that is not used at all.
[[nodiscard]] health::backend_row make_row(const backend_config& definition);

} // namespace vmcp
