// What the fronts read of the configuration, and what they count.
#pragma once

#include "transport/http/origin_policy.hpp"
#include "transport/mcp/front/call_counters.hpp"
#include "transport/sse/event_log.hpp"
#include "vmcp/base/json_cursor.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace transport {

// Replaced whole by a reload.
struct front_settings {
    origin_policy origins{};
    std::vector<std::string> passthrough_headers{}; // lower case
    unsigned max_json_depth = vmcp::default_json_depth;
    std::size_t max_in_flight = 10'000;
    std::size_t max_in_flight_per_session = 128;
    std::size_t max_streams = 10'000;
    event_log::limits replay{};
    std::chrono::milliseconds keep_alive{15'000};
    std::chrono::milliseconds retry{1'000};
    std::chrono::milliseconds ask_timeout{600'000}; // how long a client may take to answer
    bool access_log = false;                        // a line per call
    bool sse = false;                               // HTTP+SSE is served, too
};

// Calls that wait for their clients' answers.
struct parked_counters {
    std::atomic<std::size_t> waiting{0};
    std::atomic<std::uint64_t> expired{0}; // nobody came back for them
    std::atomic<std::uint64_t> refused{0}; // there were too many
};

// For metrics.
struct front_counters {
    std::atomic<std::size_t> in_flight{0};
    std::atomic<std::size_t> streams{0};
    parked_counters parked{};
    std::atomic<std::uint64_t> requests{0};
    std::atomic<std::uint64_t> refused{0};
    call_counters calls{};
};

} // namespace transport
