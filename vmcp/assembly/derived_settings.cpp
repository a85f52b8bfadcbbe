#include "vmcp/assembly/derived_settings.hpp"

namespace vmcp {

transport::http_limits http_limits_of(const config& c) {
    const auto& l = c.limits;
    return {.max_header = l.max_header,
            .max_body = l.max_body,
            .max_connections = l.max_connections,
            .header_timeout = l.header_timeout,
            .body_timeout = l.body_timeout,
            .idle_timeout = l.idle_timeout,
            .write_timeout = l.write_timeout};
}

std::shared_ptr<const transport::front_settings> front_settings_of(const config& c, bool loopback) {
    return std::make_shared<transport::front_settings>(transport::front_settings{
        .origins = {.allowed_origins = c.listener.allowed_origins,
                    .allowed_hosts = c.listener.allowed_hosts,
                    .loopback_listener = loopback},
        .passthrough_headers = c.passthrough_headers,
        .max_json_depth = c.limits.max_json_depth,
        .max_in_flight = c.limits.max_in_flight,
        .max_in_flight_per_session = c.limits.max_in_flight_per_session,
        .max_streams = c.limits.max_streams,
        .replay = {.max_events = c.sessions.replay_events, .max_bytes = c.sessions.replay_bytes},
        .keep_alive = c.sessions.keep_alive,
        .retry = c.sessions.retry,
        .ask_timeout = c.limits.ask_timeout,
        .access_log = c.log.access,
        .sse = c.listener.sse});
}

session_table::limits session_limits_of(const config& c) {
    return {.ttl = c.sessions.ttl,
            .max_sessions = c.sessions.max_sessions,
            .max_per_address = c.sessions.max_per_address,
            .max_per_caller = c.sessions.max_per_caller};
}

result<std::shared_ptr<boost::asio::ssl::context>> server_context(const tls_config& tls) {
    return transport::server_tls({tls.certificate, tls.certificate_path}, {tls.key, tls.key_path},
                                 {.ca_pem = tls.client_ca, .required = tls.client_required});
}

std::vector<std::string> restart_keys(const config& before, const config& after) {
    std::vector<std::string> out;
    const auto check = [&](bool same, const char* key) {
        if (!same)
            out.emplace_back(key);
    };
    check(before.workers == after.workers, "runtime.workers");
    check(before.core_dumps == after.core_dumps, "runtime.coreDumps");
    check(before.admin.address == after.admin.address, "admin.address");
    check(before.admin.port == after.admin.port, "admin.port");
    check(before.session_storage == after.session_storage, "sessionStorage");
    check(before.listener.tls.enabled() == after.listener.tls.enabled(), "listener.tls");
    check(before.cluster.discover == after.cluster.discover, "outgoingAuth.source");
    check(before.cluster.kubeconfig_path == after.cluster.kubeconfig_path, "kubernetes.kubeconfig");
    check(before.cluster.name_space == after.cluster.name_space, "kubernetes.namespace");
    const auto& b = before.limits;
    const auto& a = after.limits;
    check(b.max_body == a.max_body, "limits.maxBody");
    check(b.max_header == a.max_header, "limits.maxHeader");
    check(b.max_connections == a.max_connections, "limits.maxConnections");
    check(b.header_timeout == a.header_timeout, "limits.headerTimeout");
    check(b.body_timeout == a.body_timeout, "limits.bodyTimeout");
    check(b.idle_timeout == a.idle_timeout, "limits.idleTimeout");
    check(b.write_timeout == a.write_timeout, "limits.writeTimeout");
    return out;
}

} // namespace vmcp
