#include "vmcp/base/errc.hpp"

#include <array>
#include <cstddef>

namespace vmcp {
namespace {

// In the order of the enum; the test walks both.
constexpr std::array<error_row, 48> rows{{
    {errc::parse_error, "parse_error", 400, -32700, "Parse error", false},
    {errc::invalid_request, "invalid_request", 400, -32600, "Invalid request", false},
    {errc::batch_not_allowed, "batch_not_allowed", 400, -32600,
     "JSON-RPC batches exist only in protocol version 2025-03-26", false},
    {errc::method_not_found, "method_not_found", 200, -32601, "Method not found", false},
    {errc::invalid_params, "invalid_params", 200, -32602, "Invalid params", false},
    {errc::unknown_tool, "unknown_tool", 200, -32602, "Unknown tool", false},
    {errc::unknown_prompt, "unknown_prompt", 200, -32602, "Unknown prompt", false},
    {errc::resource_not_found, "resource_not_found", 200, -32002, "Resource not found", false},
    {errc::bad_cursor, "bad_cursor", 200, -32602, "Invalid cursor", false},
    {errc::bad_request, "bad_request", 400, -32600, "Bad request", false},
    {errc::session_required, "session_required", 400, -32000, "Mcp-Session-Id header required", false},
    {errc::session_not_found, "session_not_found", 404, -32001, "Session not found", false},
    {errc::unsupported_protocol_version, "unsupported_protocol_version", 400, -32000,
     "Unsupported protocol version", false},
    {errc::not_acceptable, "not_acceptable", 406, -32000, "Not acceptable", false},
    {errc::unsupported_media_type, "unsupported_media_type", 415, -32000,
     "Content-Type must be application/json", false},
    {errc::payload_too_large, "payload_too_large", 413, -32000, "Request body too large", false},
    {errc::header_too_large, "header_too_large", 431, -32000, "Request header too large", false},
    {errc::method_not_allowed, "method_not_allowed", 405, -32000, "Method not allowed", false},
    {errc::not_found, "not_found", 404, -32000, "Not found", false},
    {errc::origin_refused, "origin_refused", 403, -32000, "Origin or Host not allowed", false},
    {errc::unauthorized, "unauthorized", 401, -32000, "Unauthorized", false},
    {errc::forbidden, "forbidden", 403, 403, "Forbidden", false},
    {errc::identity_unknown, "identity_unknown", 503, -32000, "Credentials cannot be checked right now",
     true},
    {errc::request_timeout, "request_timeout", 408, -32000, "Request not received in time", true},
    {errc::request_loop, "request_loop", 508, -32000, "The request came through this gateway before", false},
    {errc::unknown_method, "unknown_method", 404, -32601, "Method not found", false},
    {errc::incomplete_envelope, "incomplete_envelope", 400, -32602, "Incomplete request metadata", false},
    {errc::header_mismatch, "header_mismatch", 400, -32020, "Header does not match the request", false},
    {errc::unsupported_revision, "unsupported_revision", 400, -32022, "Unsupported protocol version", false},
    {errc::capability_required, "capability_required", 400, -32021,
     "The client did not declare a capability that this needs", false},
    {errc::too_many_sessions, "too_many_sessions", 503, -32000, "Too many sessions", true},
    {errc::too_many_requests, "too_many_requests", 429, -32000, "Too many requests", true},
    {errc::rate_limited, "rate_limited", 200, 429, "Rate limit exceeded", true},
    {errc::sessions_unreachable, "sessions_unreachable", 503, -32000, "Sessions cannot be reached right now",
     true},
    {errc::no_memory, "no_memory", 503, -32000, "Not enough memory for this right now", true},
    {errc::shutting_down, "shutting_down", 503, -32000, "Server is shutting down", true},
    {errc::backend_unavailable, "backend_unavailable", 200, -32603, "Backend unavailable", true},
    {errc::backend_timeout, "backend_timeout", 200, -32603, "Backend did not answer in time", true},
    {errc::backend_overloaded, "backend_overloaded", 200, -32603, "Backend has too many calls in flight",
     true},
    {errc::backend_unauthorized, "backend_unauthorized", 200, -32603,
     "Backend refused the gateway's credentials", false},
    {errc::backend_protocol, "backend_protocol", 200, -32603,
     "Backend answered with something that is not MCP", false},
    {errc::backend_session_lost, "backend_session_lost", 200, -32603,
     "Backend lost its session during the call", true},
    {errc::capability_missing, "capability_missing", 200, -32601,
     "The client did not declare the capability this needs", false},
    {errc::client_gone, "client_gone", 200, -32603, "The client is gone", false},
    {errc::cancelled, "cancelled", 200, -32603, "Cancelled", false},
    {errc::config, "config", 500, -32603, "Invalid configuration", false},
    {errc::io, "io", 500, -32603, "Input/output error", true},
    {errc::internal, "internal", 500, -32603, "Internal error", false},
}};

} // namespace

const error_row& row_of(errc code) noexcept {
    return rows[static_cast<std::size_t>(code)];
}

} // namespace vmcp
