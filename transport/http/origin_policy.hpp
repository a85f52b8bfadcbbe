// Who may call from a browser: allow-lists for Origin and Host (MCP 2025-11-25, basic/transports, "Security
// Warning"). They stop a web page that had its own name resolve to this server's address (DNS rebinding).
// Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace transport {

struct origin_policy {
    // Entries: `https://app.example.com`, `http://localhost:6274`; port `*` stands for every port; `*` alone
    // allows every origin; `null` allows the opaque origin of sandboxed pages and files. Empty: see
    // check_origin().
    std::vector<std::string> allowed_origins{};
    // Entries: `mcp.example.com` (any port), `mcp.example.com:8443`, `[::1]`; `*` alone allows every host.
    // Empty: see check_host().
    std::vector<std::string> allowed_hosts{};
    // The socket listens on a loopback address only.
    bool loopback_listener = true;
};

enum class origin_verdict : std::uint8_t { allowed, origin_refused, host_refused };

// Checks both; every refusal is answered with 403. `origin` is nullopt when the request has no Origin field,
// which is fine: only browsers send it. That there is only one is http_policy's to see.
[[nodiscard]] origin_verdict check_origin_and_host(std::optional<std::string_view> origin,
                                                   std::string_view host, const origin_policy& policy);

// True when `origin` is in the list. With an empty list: pages of this machine (localhost, 127.0.0.1, [::1],
// http or https, any port), and those only for a loopback listener. A listener that others can reach has no
// origin that is safe to guess: a rebound name makes Origin and Host agree.
[[nodiscard]] bool is_allowed_origin(std::string_view origin, const origin_policy& policy);

// True when `host` is in the list. With an empty list: localhost, 127.0.0.1 and [::1] with any port for a
// loopback listener, every host otherwise.
[[nodiscard]] bool is_allowed_host(std::string_view host, const origin_policy& policy);

} // namespace transport
