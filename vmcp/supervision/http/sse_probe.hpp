// A probe of a backend of the HTTP+SSE transport: a session of its own, over connections of its own, from the GET of its stream to the
// answer to `initialize`, and its end.
#pragma once

#include "transport/http/via_chain.hpp"
#include "transport/net/target.hpp"
#include "vmcp/config/config.hpp"
#include "vmcp/model/credentials.hpp"
#include "vmcp/supervision/backend_probe.hpp"

#include <cstddef>
#include <memory>

namespace vmcp {

// What probes of one definition need to know.
struct sse_probe_target {
    backend_config definition{};
    transport::target target{};
    std::shared_ptr<credential_source> credentials{};
    bool credentials_configured = false; // by the configuration, besides fixed headers
    const transport::via_chain* via = nullptr;
    std::size_t workers = 0;  // as of backend_connections
    std::size_t max_body = 0; // of one event
};

// The only proof is an `endpoint` event on the stream and the answer to `initialize` behind it. Nothing is kept: `memory` is given
// back with what was proved, and health::probe_kind::goodbye does nothing.
[[nodiscard]] std::shared_ptr<backend_probe> make_sse_probe(sse_probe_target to, health::probe_memory memory,
                                                            health::probe_kind kind);

} // namespace vmcp
