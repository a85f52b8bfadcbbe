// The part of /metrics that there is where sessions are shared with other replicas.
#pragma once

#include "vmcp/replicas/replicas.hpp"

#include <string>

namespace vmcp {

struct sharing_figures {
    bool connected = false;
    bool subscribed = false;
    std::uint64_t connects = 0;
    std::uint64_t commands = 0;
    std::uint64_t errors = 0;
    latency_totals latency{};
    std::uint64_t hits = 0;
    std::uint64_t lookups = 0;
    std::uint64_t restored = 0;
    std::uint64_t unconfirmed = 0;
    std::uint64_t unreachable = 0;
    std::uint64_t passed_on = 0;
    std::uint64_t taken = 0;
};

[[nodiscard]] sharing_figures figures_of(const replicas& all);
// Pure; Prometheus' text format.
[[nodiscard]] std::string sharing_metrics(const sharing_figures& figures);

} // namespace vmcp
