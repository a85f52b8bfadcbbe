// Backends that take one session only: how they are told from others, and how they are probed.
#pragma once

#include "transport/mcp/back/http_backend.hpp"
#include "vmcp/supervision/backend_probe.hpp"
#include "vmcp/supervision/http/call_evidence.hpp"

#include <memory>

namespace vmcp {

// Whether a reading of lists failed because the backend refused `initialize`: by a JSON-RPC error, or by HTTP 4xx for another
// reason than credentials, haste or load. If it opened a session before that still answers, it takes no second one. Pure.
[[nodiscard]] bool refuses_session(const failure& why, const transport::call_facts& facts) noexcept;

// Pings in the gateway's own session with `backend`, over a connection that is made for it, after a new name lookup. The
// handshake is made when there is no session, or none that the backend knows; there is no other. `memory` is given back as
// it is: it is not the monitor's. health::probe_kind::goodbye does nothing, as the session is not the monitor's to end.
[[nodiscard]] std::shared_ptr<backend_probe>
make_single_session_probe(std::shared_ptr<transport::http_backend> backend,
                          const credential_facts& credentials, health::probe_memory memory,
                          health::probe_kind kind);

} // namespace vmcp
