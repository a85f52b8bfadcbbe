// Rules between the listeners of this gateway and what the configuration says. A backend that is this gateway
// would list its own tools again and again, each time with one more prefix.
#include "vmcp/base/ascii.hpp"
#include "vmcp/config/own_url.hpp"
#include "vmcp/config/settle_parts.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmcp {
namespace {

// Whether clients are told to call this gateway by the URL: a name in listener.allowedHosts and the
// endpoint's path.
bool is_public_name(const url& to, const listener_config& listener) {
    return to.target == "/mcp" && std::ranges::any_of(listener.allowed_hosts, [&](const std::string& host) {
               return lowered(host) == to.authority || lowered(host) == to.host;
           });
}

// Two listeners of this gateway cannot have one port; both would be reported as taken by another program.
void check_ports(settling& at) {
    const auto& admin = at.draft.out.admin;
    const auto& own = at.sources.given;
    const auto is_every = [](std::string_view host) { return host == "0.0.0.0" || host == "::"; };
    if (admin.port != 0 && admin.port == own.port &&
        (admin.address == own.host || is_every(admin.address) || is_every(own.host)))
        at.complain(key_path{} / "admin" / "port",
                    fmt::format("is the port of the listener for clients too (--port {})", own.port));
}

// Whoever starts it is told, not only who reads the manual.
void check_strangers(settling& at) {
    const auto& host = at.sources.given.host;
    if (at.draft.out.incoming.type != incoming_auth::kind::oidc && !is_loopback(host))
        at.warn(key_path{} / "incomingAuth" / "type",
                fmt::format("without oidc everybody who reaches {} may call every tool (--host)",
                            host_and_port(host, at.sources.given.port)));
}

} // namespace

void settle_listeners(settling& at) {
    check_ports(at);
    check_strangers(at);
    const auto& out = at.draft.out;
    const auto& own = at.sources.given;
    for (std::size_t i = 0; i < out.backends.size(); ++i) {
        const auto to = parse_url(out.backends[i].url);
        if (!to)
            continue;
        const auto path = at.draft.backend_paths[i] / "url";
        if (leads_to(*to, own.host, own.port))
            at.warn(path, fmt::format("leads to this gateway's own listener, {}: it would call itself",
                                      host_and_port(own.host, own.port)));
        else if (leads_to(*to, out.admin.address, out.admin.port))
            at.warn(path, fmt::format("leads to this gateway's own admin listener, {} (admin.port)",
                                      host_and_port(out.admin.address, out.admin.port)));
        else if (is_public_name(*to, out.listener))
            at.warn(path, "leads to this gateway's own name in listener.allowedHosts: it would call itself");
    }
}

} // namespace vmcp
