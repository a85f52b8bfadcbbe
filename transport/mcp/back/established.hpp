// What an initialize handshake settled (MCP 2025-11-25, basic/lifecycle).
#pragma once

#include "vmcp/base/json_cursor.hpp"
#include "vmcp/model/version.hpp"

#include <cstddef>
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
    std::uint64_t generation = 0;   // how often the session was established, this time included
    std::uint64_t conversation = 0; // over a session_carrier: that it was established in
    std::string session_id{};       // empty: the backend keeps no sessions
    std::string
        target{}; // where a redirect sent the handshake, path and query; empty: where the configuration says
    vmcp::protocol_version version = vmcp::latest_version;
    // What the backend says of itself: raw, decoded, raw. A session of one client has no use for it but for what offers()
    // asks, and there are many of them: `capabilities` holds no more than that there, and the others are empty.
    std::string capabilities = "{}";
    std::string instructions{};
    std::string server_info = "{}";
    // Header fields of the client's call that opened it: every request of the session is sent with them.
    header_list headers{};

    [[nodiscard]] bool offers(std::string_view capability) const noexcept {
        return !vmcp::json_optional(capabilities, capability, 512).empty();
    }
};

// A session that was opened elsewhere in this gateway, to be gone on with.
struct opened_session {
    std::string session_id{};
    std::string target{};      // as of established
    std::string result{};      // the raw InitializeResult
    std::uint64_t next_id = 1; // ids of requests from here on are free
};

// What a backend says of itself may be so long, in bytes: longer objects are refused, longer instructions are cut. (Clients
// are shown less of them.)
inline constexpr std::size_t longest_self_description = std::size_t{64} << 10;
inline constexpr std::size_t longest_instructions = std::size_t{1} << 20;

// Those of the `capabilities` that offers() is asked about, without what is in them.
[[nodiscard]] inline std::string bare_capabilities(std::string_view capabilities) {
    std::string out = "{";
    for (const std::string_view one : {"tools", "prompts", "resources", "logging", "completions"})
        if (!vmcp::json_optional(capabilities, one, 512).empty())
            out.append(out.size() > 1 ? ",\"" : "\"").append(one).append("\":{}");
    return out + "}";
}

} // namespace transport
