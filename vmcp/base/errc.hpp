// All failures vmcp can report, and the one table that says how each looks on the wire.
#pragma once

#include <cstdint>
#include <string_view>

namespace vmcp {

enum class errc : std::uint8_t {
    // What the client sent.
    parse_error,
    invalid_request,
    batch_not_allowed,
    method_not_found,
    invalid_params,
    unknown_tool,
    unknown_prompt,
    resource_not_found,
    bad_cursor,
    bad_request,
    session_required,
    session_not_found,
    unsupported_protocol_version,
    not_acceptable,
    unsupported_media_type,
    payload_too_large,
    header_too_large,
    method_not_allowed,
    not_found,
    origin_refused,
    unauthorized,
    forbidden,
    identity_unknown, // who it is cannot be found out right now
    request_timeout,
    request_loop,
    // The same of stateless revisions (MCP 2026-07-28, basic and basic/transports/streamable-http).
    unknown_method,
    incomplete_envelope,
    header_mismatch,
    unsupported_revision,
    capability_required,
    // What vmcp cannot take right now.
    too_many_sessions,
    too_many_requests,
    rate_limited,         // rateLimiting
    sessions_unreachable, // the store that replicas share
    no_memory,            // limits.memory
    shutting_down,
    // What a backend did.
    backend_unavailable,
    backend_timeout,
    backend_overloaded,
    backend_unauthorized,
    backend_protocol,
    backend_session_lost,
    // Between client and backend.
    capability_missing,
    client_gone,
    cancelled,
    // Ours.
    config,
    io,
    internal,
};

// How a failure is shown: HTTP status when no JSON-RPC request was accepted yet (`http_status`), JSON-RPC
// code (https://www.jsonrpc.org/specification#error_object and the MCP schema), and a text for people that
// names nothing internal. `retryable` tells a client that the same request may succeed later without a
// change.
struct error_row {
    errc code;
    std::string_view name;
    std::uint16_t http_status;
    int rpc_code;
    std::string_view text;
    bool retryable;
};

// The row of `code`; every code has one.
[[nodiscard]] const error_row& row_of(errc code) noexcept;

} // namespace vmcp
