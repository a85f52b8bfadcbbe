// The configuration as plain values: what is read from YAML, validated, and then never changed. Key names and
// defaults are those of docs/configuration.md, which is generated from the same table that validates them
// (schema_table.cpp).
#pragma once

#include "vmcp/config/audit_config.hpp"
#include "vmcp/config/authz_config.hpp"
#include "vmcp/config/cluster_config.hpp"
#include "vmcp/config/rate_limit_config.hpp"
#include "vmcp/config/session_storage_config.hpp"
#include "vmcp/config/telemetry_config.hpp"
#include "vmcp/config/token_strategy.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace vmcp {

using milliseconds = std::chrono::milliseconds;
using seconds = std::chrono::seconds;

// How a backend is authenticated to. `unauthenticated` adds nothing; `header_injection` sets one header on
// every request; the others send tokens that they get from a token endpoint, or sign requests (aws_sts).
struct auth_strategy {
    enum class kind : std::uint8_t {
        unauthenticated,
        header_injection,
        token_exchange,
        client_credentials,
        xaa,
        aws_sts
    };
    kind type = kind::unauthenticated;
    std::string header_name{};  // also of those that get tokens: Authorization
    std::string header_value{}; // a secret: never logged, never shown
    token_strategy tokens{};
    // Each caller brings what the backend is shown: that it refuses requests of the gateway's own says nothing.
    [[nodiscard]] bool of_callers() const noexcept {
        return type == kind::token_exchange || type == kind::xaa || type == kind::aws_sts;
    }
    friend bool operator==(const auth_strategy&, const auth_strategy&) = default;
};

// What incomingAuth.oidc says: who issues tokens for this gateway, and what they must hold.
struct oidc_config {
    enum class subject_source : std::uint8_t { sub, client_id };
    std::string issuer{};
    std::string audience{};          // one of `aud`; never empty with type oidc
    std::string resource{};          // the URL that clients call; empty: no metadata of it is served
    std::string jwks_url{};          // empty: discovered
    std::string introspection_url{}; // empty: opaque tokens are refused
    std::string client_id{};
    std::string client_secret{}; // a secret: never logged, never shown
    std::vector<std::string> scopes{};
    std::vector<std::string> required_scopes{};
    std::vector<std::string> algorithms{}; // empty: the usual ones
    subject_source subject_fallback = subject_source::sub;
    milliseconds leeway{60'000};
    bool require_at_jwt = false; // JWTs must say that they are access tokens (RFC 9068)
    bool dpop = false;           // tokens bound to a key are taken, with a proof
    bool dpop_nonce = false;     // that holds a nonce of this gateway
    // Tokens bound to a client certificate are taken from who shows it: the listener asks for one (listener.tls).
    bool client_certificates = false;
    bool jwks_allow_private_ip = false;
    bool resource_allow_private_ip = false;
    bool allow_http = false;
    std::string ca_bundle_path{}; // PEM; empty: the system's
    std::string ca_bundle{};      // content of the file when the configuration was read
    friend bool operator==(const oidc_config&, const oidc_config&) = default;
};

struct incoming_auth {
    // `local`: everybody is the user whose process this is.
    enum class kind : std::uint8_t { anonymous, oidc, local };
    kind type = kind::anonymous;
    oidc_config oidc{};
    friend bool operator==(const incoming_auth&, const incoming_auth&) = default;
};

// `dedicated`: one backend session per client session, so that a backend's per-client state stays apart.
// `shared`: all clients with the same capabilities share one backend session.
// `single`: clients, the monitor and the reading of lists share one, as the backend takes no other.
enum class backend_session_mode : std::uint8_t { dedicated, shared, single };

// Which revisions of MCP are spoken with a backend: those with sessions, the stateless one, or whichever it is found to speak.
enum class backend_era : std::uint8_t { automatic, legacy, modern };

// A backend that is a program, started here and spoken to by its standard input and output.
struct program_config {
    std::string command{}; // a path, or a name that PATH leads to
    std::vector<std::string> args{};
    std::map<std::string, std::string> env{}; // besides what every program gets; values are secrets
    std::string cwd{};                        // empty: where the gateway runs
    milliseconds start_timeout{60'000};       // until it answers `initialize`
    std::size_t memory = std::size_t{4}
                         << 30;  // bytes, of each of its processes and of all together; 0: no limit
    std::size_t processes = 128; // it, and those that it starts
    friend bool operator==(const program_config&, const program_config&) = default;
};

struct backend_config {
    std::string name{};
    std::string url{}; // http:// or https://, path included; of a program "stdio:NAME", for people
    std::string transport = "streamable-http"; // or "stdio"
    program_config program{};                  // of transport stdio
    std::string ca_bundle_path{};              // PEM; empty: the system's
    std::string ca_bundle{};                   // content of the file when the configuration was read
    std::map<std::string, std::string> metadata{};
    std::map<std::string, std::string> headers{}; // sent on every request; values are secrets
    auth_strategy auth{};                         // resolved from outgoingAuth
    backend_session_mode sessions = backend_session_mode::dedicated;
    backend_era era = backend_era::legacy;
    std::size_t max_concurrency = 1024; // calls in flight to this backend
    std::size_t max_queue = 1024;       // calls that may wait for a free place
    milliseconds timeout{30'000};       // from operational.timeouts: one call's deadline
    // Why it cannot be used as it stands, with what this machine has: a file or a variable is missing. Empty: it can.
    std::string problem{};
    friend bool operator==(const backend_config&, const backend_config&) = default;
};

enum class conflict_resolution : std::uint8_t { prefix, priority, manual };

// JSON booleans of a tool's annotations that an override may set; absent: left as the backend wrote it.
struct annotation_override {
    std::optional<std::string> title{};
    std::optional<bool> read_only_hint{}, destructive_hint{}, idempotent_hint{}, open_world_hint{};
    friend bool operator==(const annotation_override&, const annotation_override&) = default;
};

struct tool_override {
    std::string name{}; // empty: unchanged
    std::optional<std::string> description{};
    annotation_override annotations{};
    friend bool operator==(const tool_override&, const tool_override&) = default;
};

struct workload_tools {
    std::string workload{};
    std::optional<std::vector<std::string>> filter{}; // names after override; absent: all
    std::vector<std::string> exclude{};               // names after override
    bool exclude_all = false;
    std::map<std::string, tool_override> overrides{}; // by the backend's own name
    friend bool operator==(const workload_tools&, const workload_tools&) = default;
};

// What becomes of list entries that do not fit the protocol's schema.
enum class invalid_entries : std::uint8_t { repair, hide, pass };

struct aggregation_config {
    conflict_resolution resolution = conflict_resolution::prefix;
    std::string prefix_format = "{workload}_";
    std::vector<std::string> priority_order{};
    bool exclude_all_tools = false;
    bool default_visible = true; // defaultToolVisibility: allow
    vmcp::invalid_entries invalid_entries = vmcp::invalid_entries::repair;
    std::vector<workload_tools> tools{};
    friend bool operator==(const aggregation_config&, const aggregation_config&) = default;
};

struct failure_handling {
    milliseconds health_check_interval{30'000};
    milliseconds health_check_timeout{10'000};
    unsigned unhealthy_threshold = 3;
    milliseconds grace{60'000}; // a dead backend's tools stay listed this long
    bool best_effort = true;    // partialFailureMode
    bool breaker_enabled = false;
    unsigned breaker_threshold = 5;
    milliseconds breaker_timeout{60'000};
    friend bool operator==(const failure_handling&, const failure_handling&) = default;
};

struct operational_config {
    milliseconds default_timeout{30'000};
    std::map<std::string, milliseconds> per_workload{};
    bool progress_extends_deadline =
        true; // a backend's progress notification restarts the deadline of its call
    milliseconds catalog_refresh{60'000}; // poll of backends' lists, with jitter
    failure_handling failures{};
    friend bool operator==(const operational_config&, const operational_config&) = default;
};

struct tls_config {
    std::string certificate_path{};
    std::string key_path{};
    std::string certificate{};    // content of the files when the configuration was read
    std::string key{};            // a secret: never logged, never shown
    std::string client_ca_path{}; // PEM of who vouches for certificates of clients; empty: none is asked for
    std::string client_ca{};      // content of the file when the configuration was read
    bool client_required = true;  // whoever shows none is not let in
    [[nodiscard]] bool enabled() const noexcept { return !certificate_path.empty(); }
    friend bool operator==(const tls_config&, const tls_config&) = default;
};

struct listener_config {
    tls_config tls{};
    std::vector<std::string> allowed_origins{}; // besides loopback origins on a loopback listener
    std::vector<std::string>
        allowed_hosts{}; // besides loopback names on a loopback listener; empty elsewhere: any
    bool sse = false;    // clients of the HTTP+SSE transport are served
    friend bool operator==(const listener_config&, const listener_config&) = default;
};

struct limits_config {
    std::size_t memory = 0; // bytes of all that peers make the process hold; 0: a part of what there is
    std::size_t max_body = std::size_t{8} << 20; // bytes of one request from a client
    std::size_t max_backend_body = std::size_t{100}
                                   << 20;           // bytes of one JSON answer or SSE event of a backend
    std::size_t max_header = std::size_t{32} << 10; // bytes of a request head
    unsigned max_json_depth = 64;
    std::size_t max_connections = 65'536;
    std::size_t max_streams = 10'000;   // open SSE streams to clients
    std::size_t max_in_flight = 10'000; // calls in flight, all sessions together
    std::size_t max_in_flight_per_session = 128;
    std::size_t page_size = 1'000;                      // entries of a list page
    std::size_t max_processes = 64;                     // programs that run for backends
    std::size_t max_list_entries = 20'000;              // of one backend, all its lists together
    std::size_t max_list_bytes = std::size_t{16} << 20; // the same, of their text
    milliseconds header_timeout{10'000};
    milliseconds body_timeout{30'000};
    milliseconds idle_timeout{120'000};
    milliseconds write_timeout{30'000};
    milliseconds ask_timeout{600'000}; // how long a client may take for sampling or elicitation
    friend bool operator==(const limits_config&, const limits_config&) = default;
};

struct sessions_config {
    milliseconds ttl{30 * 60'000};
    std::size_t max_sessions = 100'000;
    std::size_t max_per_address = 0;     // of clients at one address; 0: settled from max_sessions
    std::size_t max_per_caller = 10'000; // of one authenticated caller
    std::size_t replay_events = 256;     // kept per stream for Last-Event-ID
    std::size_t replay_bytes = std::size_t{1} << 20;
    milliseconds retry{1'000}; // the `retry` field of SSE streams
    milliseconds keep_alive{15'000};
    friend bool operator==(const sessions_config&, const sessions_config&) = default;
};

struct admin_config {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0; // 0: no admin listener
    std::string token{};    // bearer token of POST /api/reload; empty: endpoint refused
    friend bool operator==(const admin_config&, const admin_config&) = default;
};

struct log_config {
    std::string level = "info";  // debug info warn error
    std::string format = "text"; // text json
    bool access = false;         // a line per call
    friend bool operator==(const log_config&, const log_config&) = default;
};

struct errors_config {
    bool backend_words = false; // detail: clients are told what a backend said that failed
    friend bool operator==(const errors_config&, const errors_config&) = default;
};

inline constexpr std::uint16_t default_port = 4483; // of the listener for clients

// What the command line of `vmcp serve` says beside the file. It wins over the file, also when that is read
// again.
struct command_line {
    std::string host = "127.0.0.1"; // of the listener for clients
    std::uint16_t port = default_port;
    std::optional<milliseconds> session_ttl{};
    bool debug = false; // log.level debug
    bool audit = false; // audit.enabled
    friend bool operator==(const command_line&, const command_line&) = default;
};

struct config {
    std::string name = "vmcp";
    std::string group_ref{};
    std::vector<backend_config> backends{}; // in the order of the file: the order of every list
    incoming_auth incoming{};
    aggregation_config aggregation{};
    operational_config operational{};
    authz_config authz{};
    std::vector<std::string> passthrough_headers{}; // lower case
    std::map<std::string, std::string> metadata{};
    listener_config listener{};
    admin_config admin{};
    limits_config limits{};
    sessions_config sessions{};
    log_config log{};
    audit_config audit{};
    errors_config errors{};
    cluster_config cluster{};
    session_storage_config session_storage{};
    rate_limit_config rate_limits{};
    telemetry_config telemetry{};
    bool metrics = true;                // telemetry.enablePrometheusMetricsPath
    unsigned workers = 0;               // 0: one per core
    milliseconds drain_timeout{10'000}; // shutdown grace
    bool core_dumps = false;            // of a process that crashes: they hold tokens
    std::string instructions{};         // preamble of the merged `instructions`
    command_line given{};               // has been applied to the values above
    std::vector<std::string>
        files{}; // every file this was read from (config, ${file:}, CA bundles): to watch
    friend bool operator==(const config&, const config&) = default;
};

} // namespace vmcp
