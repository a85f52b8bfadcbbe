// The rows of /status, made of what is known of each backend.
#pragma once

#include "health/status.hpp"
#include "vmcp/supervision/fleet.hpp"
#include "vmcp/supervision/member.hpp"

#include <optional>

namespace vmcp {

// What of a row the member itself does not know.
struct row_facts {
    std::optional<health::record_status> status{}; // the monitor's
    bool shown = false;                            // its lists are in the current snapshot
    bool callers_may_authenticate = false;         // as backend_row
    health::steady_time now{};
};

[[nodiscard]] health::backend_row make_row(const member& one, const row_facts& known);

// Of a definition that is not used at all.
[[nodiscard]] health::backend_row make_row(const backend_config& definition);

} // namespace vmcp
