// What a gateway is made of between its listeners and its backends. The program and the tests build the same.
#pragma once

#include "transport/http/connection_group.hpp"
#include "transport/http/server_connection.hpp"
#include "transport/http/via_chain.hpp"
#include "transport/mcp/front/endpoint.hpp"
#include "transport/mcp/front/stream_shelf.hpp"
#include "transport/net/worker.hpp"
#include "vmcp/base/memory_ledger.hpp"
#include "vmcp/base/published.hpp"
#include "vmcp/config/config.hpp"
#include "vmcp/model/admission.hpp"
#include "vmcp/model/audit.hpp"
#include "vmcp/model/authenticator.hpp"
#include "vmcp/replicas/replicas.hpp"
#include "vmcp/service/gateway.hpp"
#include "vmcp/service/memory_rate_limiter.hpp"
#include "vmcp/service/rate_limits.hpp"
#include "vmcp/service/session_catalogs.hpp"
#include "vmcp/service/snapshot.hpp"
#include "vmcp/session/session_store.hpp"
#include "vmcp/session/session_table.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include <cstddef>
#include <memory>

namespace vmcp {

// Members in dependency order. Outlives every thread that serves. It begins with a snapshot without backends: whoever
// supervises them publishes what they offer in `current`.
struct composition {
    // `who`, `policy` and `records` outlive it. `records` may be null: nothing is recorded.
    composition(std::shared_ptr<const config> settings, authenticator& who, admission& policy,
                audit_sink* records = nullptr);

    // What a reload can change of it. `loopback`: the listener for clients can be reached from this machine only.
    void reconfigure(const config& settings, bool loopback);

    // Serves a connection that a listener accepted, as one of `among`; over TLS when `tls` is not null.
    void serve(transport::worker& home, boost::asio::ip::tcp::socket socket, transport::http_handler& handler,
               std::shared_ptr<boost::asio::ssl::context> tls, transport::connection_group& among);

    transport::front_counters counters{};
    memory_ledger memory; // limits.memory; to be given to the workers
    const transport::http_limits limits;
    session_table sessions;
    published<snapshot> current;
    session_catalogs own_lists;
    memory_rate_limiter own_buckets{};
    rate_limits rates{own_buckets};
    gateway core;
    memory_session_store
        own_sessions; // of this process only, as those of clients whose transport ties them to it
    const std::unique_ptr<replicas> with_others; // null: the only gateway that serves its sessions
    session_store& client_sessions;
    published<transport::front_settings> front_settings;
    transport::stream_shelf shelf{&memory};
    transport::legacy_front legacy_front;
    transport::modern_front modern_front;
    transport::sse_front sse_front;
    transport::via_chain via{transport::random_instance()};
    transport::endpoint endpoint;
    transport::connection_group clients{};
    transport::connection_group operators{}; // on a listener of their own
    [[nodiscard]] std::size_t connections() const noexcept { return clients.size() + operators.size(); }
};

} // namespace vmcp
