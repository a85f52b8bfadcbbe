// What an initialize handshake settled (MCP 2025-11-25, basic/lifecycle).
#pragma once

#include "vmcp/base/json_cursor.hpp"
#include "vmcp/model/version.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace transport {

// Names and values of header fields.
using header_list = std::vector<std::pair<std::string, std::string>>;

// Immutable.
struct established {
    std::uint64_t generation = 0; // how often the session was established, this time included
    std::string session_id{};     // empty: the backend keeps no sessions
    std::string target{};         // where a redirect sent the handshake, path and query; empty: where the configuration says
    vmcp::protocol_version version = vmcp::latest_version;
    std::string capabilities = "{}"; // of the backend, raw
    std::string instructions{};      // decoded
    std::string server_info = "{}";  // raw
    // Header fields of the client's call that opened it: every request of the session is sent with them.
    header_list headers{};

    [[nodiscard]] bool offers(std::string_view capability) const noexcept {
        return !vmcp::json_optional(capabilities, capability, 512).empty();
    }
};

} // namespace transport
