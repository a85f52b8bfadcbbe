// What every request of the stateless revision says of itself, in its `_meta` and in header fields that repeat the body
// for whoever routes by them (MCP 2026-07-28, basic, "_meta", and basic/transports/streamable-http). Pure functions.
#pragma once

#include "transport/mcp/front/request_fields.hpp"
#include "vmcp/base/result.hpp"
#include "vmcp/model/client.hpp"
#include "vmcp/model/message.hpp"
#include "vmcp/model/version.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace transport {

// The revision that a request's `_meta` names; nothing when it names none. A name that is no string is an empty text.
[[nodiscard]] std::optional<std::string> named_revision(const vmcp::message& m);

// Whether a MCP-Protocol-Version field names 2026-07-28 or a later date.
[[nodiscard]] bool is_stateless_revision(std::string_view version) noexcept;

// Whether a client speaks a stateless revision: its `_meta` names one (any, also one that does not exist), or else its
// header does.
[[nodiscard]] bool speaks_stateless(const request_fields& fields, const vmcp::message& m);

struct modern_envelope {
    vmcp::client_capabilities can{};
    // Nothing: it asks for one that does not exist. That is a parameter's fault, and told after those of the envelope.
    std::optional<vmcp::log_level> level = vmcp::log_level::unset;
};
[[nodiscard]] vmcp::failure unknown_level();

// Checks a request in the order that the specification settles: envelope, header, revision, mirrored method and name. The
// failures are incomplete_envelope, header_mismatch and unsupported_revision (with its data).
[[nodiscard]] vmcp::result<modern_envelope> read_modern_envelope(const request_fields& fields,
                                                                 const vmcp::message& m);

// The text of a mirrored header value: as it stands, or decoded where it is written as =?base64?...?=. Nothing when that is
// not base64 of UTF-8.
[[nodiscard]] std::optional<std::string> mirrored_text(std::string_view value);

// The request without what only a stateless revision has: the reserved members of `_meta`, and those of a retry.
[[nodiscard]] std::string without_envelope(const vmcp::message& m);

} // namespace transport
