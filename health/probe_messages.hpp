// The JSON-RPC messages of a probe: what it sends, and how it reads what comes back.
#pragma once

#include "vmcp/model/version.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace health {

// The era that needs neither initialize nor sessions begins with this version.
inline constexpr std::string_view modern_version = "2026-07-28";

enum class probe_step : std::uint8_t { ping, initialize, initialized, discover, goodbye };

// The JSON-RPC method; "DELETE" for goodbye.
[[nodiscard]] std::string_view method_of(probe_step step) noexcept;

// One HTTP request of a probe. The shell adds what it adds to every request to this backend (Host, configured
// and credential headers, `Content-Type: application/json`, `Accept: application/json, text/event-stream`),
// and each of the following headers whose value is not empty.
struct probe_request {
    probe_step step = probe_step::initialize;
    std::string verb = "POST";
    std::string session_id{};       // Mcp-Session-Id
    std::string protocol_version{}; // MCP-Protocol-Version
    std::string mcp_method{};       // Mcp-Method (2026-07-28 only)
    std::string body{};
    std::string target{}; // path and query, where a redirect has said so; empty: those of the URL
    friend bool operator==(const probe_request&, const probe_request&) = default;
};

// `id` is the JSON-RPC id of the request, unused by a notification and by DELETE. `offered` is the revision of initialize.
[[nodiscard]] probe_request make_request(probe_step step, std::uint64_t id, std::string_view session_id,
                                         std::string_view protocol_version, std::string_view client_version,
                                         vmcp::protocol_version offered = vmcp::latest_version);

// One JSON-RPC message from the peer, as far as a probe cares.
struct rpc_answer {
    enum class kind : std::uint8_t {
        nothing, // not a JSON-RPC message
        other,   // a request, a notification, or the answer to another id
        result,
        error,
    };
    kind what = kind::nothing;
    std::string result{}; // raw JSON
    int code = 0;
    bool addressed = false; // an error that names the id of the request
    std::string message{};
    std::vector<std::string> supported{}; // error.data.supported, of -32022
    friend bool operator==(const rpc_answer&, const rpc_answer&) = default;
};

// Reads the answer to request `id`, alone or in a batch, as calls do (vmcp/model/peer_message.hpp). An error with
// no id or a null id counts as the answer: a server that cannot read a request answers so
// (https://www.jsonrpc.org/specification#response_object).
[[nodiscard]] rpc_answer read_answer(std::string_view body, std::uint64_t id);

// The `protocolVersion` of a raw InitializeResult; empty when there is none.
[[nodiscard]] std::string initialized_version(std::string_view raw_result);

// The `supportedVersions` of a raw DiscoverResult; empty when it is none.
[[nodiscard]] std::vector<std::string> discovered_versions(std::string_view raw_result);

// A version that is spoken with initialize and sessions, and that calls can be routed to.
[[nodiscard]] bool is_legacy_version(std::string_view version) noexcept;

// Whether a session id may be sent back: visible ASCII only (MCP 2025-03-26 to 2025-11-25, Session
// Management).
[[nodiscard]] bool valid_session_id(std::string_view id) noexcept;

} // namespace health
