// Which URLs vmcp talks to about tokens and keys.
#pragma once

#include "auth/flaw.hpp"

#include "vmcp/base/url.hpp"

#include <string_view>

namespace auth {

// Parses the URL of an issuer, a key set or another endpoint of an authorization server. It must be https
// (RFC 8414 section 2); plain http is let through for loopback hosts, and for all with `allow_http`.
[[nodiscard]] parsed<vmcp::url> read_endpoint(std::string_view text, bool allow_http);

} // namespace auth
