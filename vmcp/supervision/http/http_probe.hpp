// A probe of a backend over HTTP, with the credential that the gateway's own requests carry.
#pragma once

#include "health/probe_machine.hpp"
#include "transport/http/via_chain.hpp"
#include "transport/net/target.hpp"
#include "transport/net/worker.hpp"
#include "vmcp/model/credentials.hpp"
#include "vmcp/supervision/backend_probe.hpp"

#include <functional>
#include <memory>

namespace vmcp {

// What probes of one definition need to know. Shares nothing with the call path but the TLS context, which holds no
// connection.
struct http_probe_target {
    transport::target target{};
    std::shared_ptr<credential_source> credentials{};
    bool credentials_configured = false; // by the configuration, besides fixed headers
    // As of health::probe_options.
    bool routes_modern = false;
    bool routes_legacy = true;
    bool initialize_first = false;
    const transport::via_chain* via = nullptr;                // as of backend_context
    std::function<void(const health::probe_result&)> ended{}; // told of each result; may be empty
};

[[nodiscard]] std::shared_ptr<backend_probe> make_http_probe(transport::worker& home, http_probe_target to,
                                                             health::probe_memory memory,
                                                             health::probe_kind kind);

} // namespace vmcp
