// Which revision is offered next to a server that refused the handshake. Servers should answer `initialize` with the revision they
// want (MCP 2025-11-25, basic/lifecycle, "Version Negotiation"); some refuse what they do not know instead, often with HTTP 400.
#pragma once

#include "vmcp/model/version.hpp"

#include <optional>
#include <string_view>

namespace vmcp {

// The text says which revisions there are, or that one is not supported.
[[nodiscard]] bool speaks_of_revisions(std::string_view text) noexcept;

// After the refusal of a handshake that offered `offered`, with that HTTP status and text: the newest older revision that the
// text names, or the next older one. Nothing where the refusal is about something else, or there is no older one. What comes
// with 400 is taken to be about the revision unless it speaks of sessions.
[[nodiscard]] std::optional<protocol_version> older_revision(protocol_version offered, unsigned status,
                                                             std::string_view text) noexcept;

} // namespace vmcp
