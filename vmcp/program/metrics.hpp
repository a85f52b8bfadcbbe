// The body of /metrics: what the gateway counts, in Prometheus' text format. Names and labels are those of
// ToolHive and of OpenTelemetry's conventions for MCP where they have one; the others begin with vmcp_.
#pragma once

#include "auth/cedar/cedar_admission.hpp"
#include "health/status.hpp"
#include "transport/mcp/front/call_counters.hpp"
#include "vmcp/audit/audit_log.hpp"
#include "vmcp/base/memory_ledger.hpp"
#include "vmcp/base/shortage.hpp"
#include "vmcp/catalog/catalog.hpp"
#include "vmcp/door/door_counters.hpp"
#include "vmcp/program/process_figures.hpp"
#include "vmcp/service/rate_limits.hpp"
#include "vmcp/telemetry/telemetry.hpp"

#include <prometheus/metric_family.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vmcp {

// One backend. Only backends of the running configuration are given, so that the series of a removed one end.
struct backend_figures {
    const health::backend_row* row = nullptr;
    std::size_t running = 0;
    std::size_t waiting = 0;
    std::uint64_t reinitializations = 0;
    std::uint64_t failed_calls = 0;
    latency_totals calls{};
};

struct reload_figures {
    std::uint64_t succeeded = 0;
    std::uint64_t refused = 0;
    bool last_succeeded = true;
    double last_success = 0; // seconds since 1970; the start counts
};

struct rate_limit_figures {
    const rate_limit_counters* counters = nullptr; // null: nothing is limited
    std::size_t user_buckets = 0;
    std::uint64_t evicted = 0;
};

struct gateway_figures {
    std::string_view name{};
    std::string_view version{};
    std::vector<backend_figures> backends{};
    const vmcp::catalog* catalog = nullptr;
    const transport::call_counters* calls = nullptr;
    std::uint64_t requests = 0;
    std::uint64_t refused = 0;
    std::size_t connections = 0;
    std::size_t streams = 0;
    std::size_t in_flight = 0;
    std::size_t parked = 0;
    std::uint64_t parked_expired = 0;
    std::uint64_t parked_refused = 0;
    std::size_t sessions = 0;
    std::array<std::uint64_t, 4> sessions_ended{}; // by session_end
    const door_counters* entrance = nullptr;
    key_figures keys{};
    auth::admission_figures policy{};
    audit_figures records{};
    rate_limit_figures rates{};
    telemetry_figures spans{};
    const memory_ledger* memory = nullptr;
    reload_figures reloads{};
    process_figures process{};
    std::array<std::uint64_t, all_shortages.size()> shortages{}; // by shortage
};

// Pure. Every label has a bounded set of values: backends of the configuration, methods of the protocol, and
// words of ours; nothing that a client or a backend says.
[[nodiscard]] std::vector<prometheus::MetricFamily> metric_families(const gateway_figures& figures);
[[nodiscard]] std::string metrics_text(const gateway_figures& figures);

inline constexpr std::string_view metrics_content_type = "text/plain; version=0.0.4; charset=utf-8";

} // namespace vmcp
