// The rows of the listeners, limits, sessions and the process; and those of keys that have no effect yet.
#include "vmcp/config/schema_builders.hpp"

namespace vmcp::schema {
namespace {

template <auto Member>
constexpr store_fn into_limits = into<&config::limits, Member>;
template <auto Member>
constexpr store_fn into_sessions = into<&config::sessions, Member>;

void add_size_limits(std::vector<schema_row>& rows) {
    rows.push_back(
        {.path = "limits.memory",
         .spec = size(0, 1024 * gib),
         .fallback = "0",
         .doc = "Memory for what peers make the process hold: requests, answers, events kept for replay, "
                "waiting messages, lists. At the bound the oldest events go, and new work gets 503. At least "
                "32MiB; 0: three quarters of what the container may use, or half of the machine's memory, "
                "whichever is less.",
         .store = into_limits<&limits_config::memory>});
    rows.push_back({.path = "limits.maxBody",
                    .spec = size(kib, gib),
                    .fallback = "8MiB",
                    .doc = "Size of one request of a client; a larger one gets 413.",
                    .store = into_limits<&limits_config::max_body>});
    rows.push_back({.path = "limits.maxBackendBody",
                    .spec = size(kib, 2 * gib),
                    .fallback = "100MiB",
                    .doc = "Size of one JSON answer or SSE event of a backend.",
                    .store = into_limits<&limits_config::max_backend_body>});
    rows.push_back({.path = "limits.maxHeader",
                    .spec = size(kib, mib),
                    .fallback = "32KiB",
                    .doc = "Size of the head of a request; a larger one gets 431.",
                    .store = into_limits<&limits_config::max_header>});
    rows.push_back(
        {.path = "limits.maxJsonDepth",
         .spec = integer(8, 1'000),
         .fallback = "64",
         .doc = "Nesting of JSON in the messages of clients. What backends write may nest 1000 deep.",
         .store = into_limits<&limits_config::max_json_depth>});
    rows.push_back({.path = "limits.pageSize",
                    .spec = integer(1, 100'000),
                    .fallback = "1000",
                    .doc = "Entries of one page of a list.",
                    .store = into_limits<&limits_config::page_size>});
    rows.push_back(
        {.path = "limits.maxProcesses",
         .spec = integer(1, 100'000),
         .fallback = "64",
         .doc = "Programs (`command`) that run at a time, of all backends and client sessions; what would "
                "need one more gets a retryable error.",
         .store = into_limits<&limits_config::max_processes>});
    rows.push_back({.path = "limits.maxListEntries",
                    .spec = integer(1, 10'000'000),
                    .fallback = "20000",
                    .doc =
                        "Tools, prompts, resources and templates taken from one backend, together; the first "
                        "ones are, and a hidden row says how many are left out.",
                    .store = into_limits<&limits_config::max_list_entries>});
    rows.push_back({.path = "limits.maxListBytes",
                    .spec = size(kib, gib),
                    .fallback = "16MiB",
                    .doc = "Size of what is taken of the lists of one backend, together.",
                    .store = into_limits<&limits_config::max_list_bytes>});
}

void add_count_limits(std::vector<schema_row>& rows) {
    rows.push_back({.path = "limits.maxConnections",
                    .spec = integer(1, 10'000'000),
                    .fallback = "65536",
                    .doc = "Connections of clients.",
                    .store = into_limits<&limits_config::max_connections>});
    rows.push_back({.path = "limits.maxStreams",
                    .spec = integer(1, 10'000'000),
                    .fallback = "10000",
                    .doc = "Open SSE streams to clients.",
                    .store = into_limits<&limits_config::max_streams>});
    rows.push_back(
        {.path = "limits.maxInFlight",
         .spec = integer(1, 10'000'000),
         .fallback = "10000",
         .doc =
             "Calls in flight, all sessions together; more get 429. Of clients without sessions (2026-07-28) "
             "one caller, or one address where nobody signs in, may have nine tenths.",
         .store = into_limits<&limits_config::max_in_flight>});
    rows.push_back({.path = "limits.maxInFlightPerSession",
                    .spec = integer(1, 1'000'000),
                    .fallback = "128",
                    .doc = "Calls in flight of one session; more get 429.",
                    .store = into_limits<&limits_config::max_in_flight_per_session>});
}

void add_time_limits(std::vector<schema_row>& rows) {
    rows.push_back({.path = "limits.headerTimeout",
                    .spec = duration(100, hour),
                    .fallback = "10s",
                    .doc = "How long a client may take to send the head of a request.",
                    .store = into_limits<&limits_config::header_timeout>});
    rows.push_back({.path = "limits.bodyTimeout",
                    .spec = duration(100, hour),
                    .fallback = "30s",
                    .doc = "How long a client may take to send the body of a request.",
                    .store = into_limits<&limits_config::body_timeout>});
    rows.push_back({.path = "limits.idleTimeout",
                    .spec = duration(100, 24 * hour),
                    .fallback = "2m",
                    .doc = "How long a client's connection is kept without a request.",
                    .store = into_limits<&limits_config::idle_timeout>});
    rows.push_back({.path = "limits.writeTimeout",
                    .spec = duration(100, hour),
                    .fallback = "30s",
                    .doc = "How long a client may take to accept what is sent to it.",
                    .store = into_limits<&limits_config::write_timeout>});
    rows.push_back({.path = "limits.askTimeout",
                    .spec = duration(100, 24 * hour),
                    .fallback = "10m",
                    .doc =
                        "How long a client may take to answer sampling, elicitation and roots requests. A "
                        "call of a client "
                        "without sessions (2026-07-28) waits as long for the retry that brings the answers.",
                    .store = into_limits<&limits_config::ask_timeout>});
}

void add_session_rows(std::vector<schema_row>& rows) {
    rows.push_back({.path = "sessions", .spec = section(), .doc = "Sessions of clients."});
    rows.push_back({.path = "sessions.ttl",
                    .spec = duration(second, 30 * 24 * hour),
                    .fallback = "30m",
                    .doc = "A session ends after this time without a request.",
                    .store = into_sessions<&sessions_config::ttl>});
    rows.push_back({.path = "sessions.maxSessions",
                    .spec = integer(1, 10'000'000),
                    .fallback = "100000",
                    .doc = "Sessions at one time; the one longest unused makes room for a new one, and those "
                           "that never made a request before all others.",
                    .store = into_sessions<&sessions_config::max_sessions>});
    rows.push_back(
        {.path = "sessions.maxPerAddress",
         .spec = integer(0, 10'000'000),
         .fallback = "0",
         .doc = "Sessions of the clients at one IP address (IPv6: of one /64 network); a new one takes "
                "the place of their own that is longest unused, or gets 429. 0: nine tenths of "
                "`maxSessions`, or all where that is less than 1000.",
         .store = into_sessions<&sessions_config::max_per_address>});
    rows.push_back({.path = "sessions.maxPerCaller",
                    .spec = integer(1, 10'000'000),
                    .fallback = "10000",
                    .doc = "The same of one caller that has authenticated (`incomingAuth.type: oidc`).",
                    .store = into_sessions<&sessions_config::max_per_caller>});
    rows.push_back({.path = "sessions.replayEvents",
                    .spec = integer(0, 100'000),
                    .fallback = "256",
                    .doc = "SSE events kept per stream for clients that come back with `Last-Event-ID`.",
                    .store = into_sessions<&sessions_config::replay_events>});
    rows.push_back({.path = "sessions.replayBytes",
                    .spec = size(0, gib),
                    .fallback = "1MiB",
                    .doc = "Size of the events kept per stream.",
                    .store = into_sessions<&sessions_config::replay_bytes>});
    rows.push_back({.path = "sessions.retry",
                    .spec = duration(1, hour),
                    .fallback = "1s",
                    .doc = "The `retry` field of SSE streams: after which time a client should come back.",
                    .store = into_sessions<&sessions_config::retry>});
    rows.push_back(
        {.path = "sessions.keepAlive",
         .spec = duration(100, hour),
         .fallback = "15s",
         .doc = "How often a quiet SSE stream gets a comment, so that no proxy in between closes it.",
         .store = into_sessions<&sessions_config::keep_alive>});
}

void later(std::vector<schema_row>& rows, const std::string& prefix,
           std::initializer_list<std::string_view> keys) {
    for (const auto key : keys)
        rows.push_back({.path = prefix + std::string(key), .doc = "", .not_yet = true});
}

} // namespace

void add_listener_rows(std::vector<schema_row>& rows) {
    rows.push_back({.path = "listener",
                    .spec = section(),
                    .doc = "The listener for clients. Its address comes from `--host` and `--port`."});
    rows.push_back(
        {.path = "listener.tls", .spec = section(), .doc = "Makes the listener speak TLS 1.2 and 1.3."});
    rows.push_back({.path = "listener.tls.certificatePath",
                    .spec = text(rules::path),
                    .doc = "PEM file with the certificate, then its chain.",
                    .store = into<&config::listener, &listener_config::tls, &tls_config::certificate_path>});
    rows.push_back({.path = "listener.tls.keyPath",
                    .spec = text(rules::path),
                    .doc = "PEM file with the private key.",
                    .store = into<&config::listener, &listener_config::tls, &tls_config::key_path>});
    rows.push_back(
        {.path = "listener.tls.clientCaPath",
         .spec = text(rules::path),
         .doc = "PEM file of the certificate authorities that certificates of clients must come from. "
                "With it, clients are asked for one, and access tokens that are bound to a "
                "certificate (RFC 8705) are taken from who shows it.",
         .store = into<&config::listener, &listener_config::tls, &tls_config::client_ca_path>});
    rows.push_back({.path = "listener.tls.clientAuth",
                    .spec = choice({"required", "optional"}),
                    .doc =
                        "Whether clients without a certificate are let in, on any path; without it they are "
                        "not (`required`). A certificate of another authority is refused in both cases. "
                        "Needs `clientCaPath`.",
                    .store = [](config_draft& draft, const config_value& value) {
                        draft.out.listener.tls.client_required = value.text == "required";
                    }});
    rows.push_back(
        {.path = "listener.allowedOrigins",
         .spec = list_of(text(rules::origin)),
         .doc = "Web pages that may call this gateway: `https://app.example.com`, `http://localhost:*`, "
                "`null`, or `*` for all. Empty: pages of this machine on a loopback listener, else none.",
         .store = into<&config::listener, &listener_config::allowed_origins>});
    rows.push_back(
        {.path = "listener.allowedHosts",
         .spec = list_of(text(rules::host)),
         .doc = "Values of the `Host` header that are answered: `mcp.example.com` (any port), "
                "`mcp.example.com:8443`, or `*` for all. Empty: loopback names on a loopback listener, "
                "else all.",
         .store = into<&config::listener, &listener_config::allowed_hosts>});
    rows.push_back({.path = "listener.sse",
                    .spec = boolean(),
                    .fallback = "false",
                    .doc = "Also serve clients of the old HTTP+SSE transport (2024-11-05): the stream is at "
                           "`/sse`, messages "
                           "go to `/messages`.",
                    .store = into<&config::listener, &listener_config::sse>});
    rows.push_back({.path = "admin",
                    .spec = section(),
                    .doc = "A second listener for operators: status page, metrics, reload."});
    rows.push_back({.path = "admin.address",
                    .spec = text(rules::address),
                    .fallback = "127.0.0.1",
                    .doc = "The address it listens on.",
                    .store = into<&config::admin, &admin_config::address>});
    rows.push_back({.path = "admin.port",
                    .spec = integer(0, 65'535),
                    .fallback = "0",
                    .doc = "Its port; 0: there is no such listener.",
                    .store = into<&config::admin, &admin_config::port>});
    rows.push_back({.path = "admin.token",
                    .spec = secret(rules::header_value),
                    .doc = "The bearer token of operators, for `POST /api/reload` and for calls that are "
                           "tried on the status page. "
                           "Without it both are refused.",
                    .store = into<&config::admin, &admin_config::token>});
}

void add_limit_rows(std::vector<schema_row>& rows) {
    rows.push_back(
        {.path = "limits", .spec = section(), .doc = "Bounds that keep one client from hurting others."});
    add_size_limits(rows);
    add_count_limits(rows);
    add_time_limits(rows);
    add_session_rows(rows);
}

void add_process_rows(std::vector<schema_row>& rows) {
    rows.push_back({.path = "log", .spec = section(), .doc = "The log, written to standard error."});
    rows.push_back({.path = "log.level",
                    .spec = choice({"debug", "info", "warn", "error"}),
                    .fallback = "info",
                    .doc = "The least important messages that are written.",
                    .store = into<&config::log, &log_config::level>});
    rows.push_back({.path = "log.format",
                    .spec = choice({"text", "json"}),
                    .fallback = "text",
                    .doc = "For people, or one JSON object per line.",
                    .store = into<&config::log, &log_config::format>});
    rows.push_back({.path = "log.access",
                    .spec = choice({"on", "off"}),
                    .fallback = "off",
                    .doc = "`on`: one line per call at level `info`, with request id, method, name, backend, "
                           "caller, how it "
                           "ended, duration and size. Arguments and results never appear.",
                    .store = [](config_draft& draft, const config_value& value) {
                        draft.out.log.access = value.text == "on";
                    }});
    rows.push_back({.path = "errors", .spec = section(), .doc = "What clients are told of failures."});
    rows.push_back({.path = "errors.detail",
                    .spec = choice({"gateway", "backend"}),
                    .fallback = "gateway",
                    .doc =
                        "`gateway`: errors say in vmcp's words what failed. `backend`: and what the backend "
                        "said that is no JSON-RPC answer, such as the page of an HTTP error. Operators read "
                        "that in the log and on the admin listener either way; credentials are struck.",
                    .store = [](config_draft& draft, const config_value& value) {
                        draft.out.errors.backend_words = value.text == "backend";
                    }});
    rows.push_back({.path = "runtime", .spec = section(), .doc = "The process."});
    rows.push_back({.path = "runtime.workers",
                    .spec = integer(0, 1'024),
                    .fallback = "0",
                    .doc = "Worker threads; 0: one per core.",
                    .store = into<&config::workers>});
    rows.push_back({.path = "runtime.drainTimeout",
                    .spec = duration(0, hour),
                    .fallback = "10s",
                    .doc = "How long calls in flight may go on after SIGTERM.",
                    .store = into<&config::drain_timeout>});
    rows.push_back({.path = "runtime.coreDumps",
                    .spec = boolean(),
                    .fallback = "false",
                    .doc =
                        "Lets the system write the memory of a process that crashes to a file, as far as its "
                        "limits allow: that memory holds the tokens of callers and of backends.",
                    .store = into<&config::core_dumps>});
}

void add_later_rows(std::vector<schema_row>& rows) {
    later(rows, "", {"compositeTools", "compositeToolRefs", "optimizer", "codeMode"});
}

} // namespace vmcp::schema
