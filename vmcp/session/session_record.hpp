// What is known of a client session apart from what goes on in it right now: a value, which can be stored elsewhere.
#pragma once

#include "vmcp/model/caller.hpp"
#include "vmcp/model/client.hpp"
#include "vmcp/model/version.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace vmcp {

// MCP 2025-11-25, basic/lifecycle and basic/transports, "Session Management".
struct session_record {
    std::string id{};
    identity who{};
    protocol_version version = latest_version;
    std::shared_ptr<const client_capabilities> capabilities = std::make_shared<client_capabilities>();
    log_level level = log_level::unset;
    std::vector<subscription> subscriptions{};
    std::uint64_t network =
        0; // that it was opened from, as a number that is the same for all of it; 0: unknown
};

} // namespace vmcp
