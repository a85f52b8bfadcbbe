// One probe of one backend as a machine that asks for I/O instead of doing it: which request goes out next,
// over which stream, and what the answers prove.
#pragma once

#include "health/evidence.hpp"
#include "health/moment.hpp"
#include "health/probe_messages.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace health {

enum class era : std::uint8_t { unknown, legacy, modern };

// What one probe leaves to the next while the backend stays routable: the era that was proved, and the
// monitor's own MCP session. A default value means that nothing is known. It must be dropped when the backend
// comes back from not routable, and when its definition changes; a probe itself drops it when an answer
// contradicts it.
struct probe_memory {
    era proved = era::unknown;
    std::string session_id{}; // empty: the backend gave none
    std::string protocol_version{};
    std::uint64_t next_id = 1;    // JSON-RPC ids must not repeat within a session
    std::string credential_key{}; // vmcp::credential::key of the session; the runner's business
    std::string target{};         // where a redirect sent the handshake; empty: where the URL says
    friend bool operator==(const probe_memory&, const probe_memory&) = default;
};

struct probe_options {
    bool tls = false;
    // Whether calls can be routed to a backend of 2026-07-28. It decides the order of the questions, see
    // below.
    bool routes_modern = false;
    bool credentials_configured = false;
    std::string client_version = "0";
    std::vector<std::string> secrets{}; // values of credential headers: struck out where a peer echoes them
};

enum class probe_kind : std::uint8_t {
    health,
    goodbye, // ends the session in the memory with DELETE: when the backend leaves, or vmcp stops
};

// What the shell does next. `until` is the deadline of this action: when it passes first, stop the action and
// call expired().
struct probe_action {
    enum class kind : std::uint8_t {
        resolve,   // look the backend's host up afresh, past every cache           -> resolved() | failed()
        connect,   // close the stream if one is open; open a new TCP one to `peer` -> done() | failed()
        handshake, // TLS on that stream, certificate and name checked              -> done() | failed()
        send,      // write `request`                                               -> done() | failed()
        read,      // read the answer, or the next event of it                      -> answered() | failed()
        drain,     // read and drop the rest of the answer                          -> done() | failed()
        finish,    // close the stream; result() is valid
    };
    kind what = kind::resolve;
    std::string peer{};
    probe_request request{};
    steady_time until{};
    friend bool operator==(const probe_action&, const probe_action&) = default;
};

[[nodiscard]] std::string_view name_of(probe_action::kind kind) noexcept;

// An answer's body longer than this is not read on; the shell says `truncated`.
inline constexpr std::size_t max_probe_body = std::size_t{1} << 20;

// What the shell read. A body with Content-Length or chunks is handed over whole. Of a `text/event-stream`,
// `body` is the data of one event, and `more` says that the stream goes on; its end is an empty body without
// `more`.
struct probe_answer {
    unsigned status = 0;
    std::string content_type{};
    std::string session_id{}; // the Mcp-Session-Id header
    std::string location{};   // the Location header: where a redirect points
    std::string moved_to{};   // of 307 and 308: the target, where it is one of the same origin
    std::string body{};
    bool more = false;
    bool keep_alive = true; // the stream may carry another request once the answer has ended
    bool truncated = false;
    friend bool operator==(const probe_answer&, const probe_answer&) = default;
};

struct probe_result {
    evidence met{};
    probe_memory memory{};      // for the next probe, if the backend stays routable
    std::string revision{};     // protocol version that was proved: "2025-06-18", "2026-07-28"; empty: none
    bool reinitialised = false; // the session in the memory was given up, and a new one was opened
    std::string lost_session{}; // its id, when the backend said by a 404 that it is no more
    std::string opened{}; // the raw InitializeResult of the session in the memory, where this probe opened it
    friend bool operator==(const probe_result&, const probe_result&) = default;
};

// How to drive it: start(), then do what each returned action asks and answer with the function its comment
// names, until `finish`. Every function takes the time. One machine makes one probe; nothing is shared
// between probes but the memory. Not thread-safe.
//
// Which questions it asks:
// - The memory knows a legacy backend: one `ping` in its session, and nothing else. A result or an error with its
//   id in a 2xx is an answer, unless the error is -32001 or speaks of a session (or of one that is "not initialized"). Everything else means that the
//   session may be gone, whatever the server calls it (404, 400, 401, 503, -32001, plain text): the same probe
//   opens a new session, and the answer to that decides. Only 429 is taken for what it says.
// - Nothing is known, and calls are routed to legacy backends only: `initialize`, then
// `notifications/initialized`.
//   `server/discover` follows only when `initialize` was refused by a JSON-RPC error, to tell a backend that
//   speaks 2026-07-28 only from a broken one. This order because a backend of both eras is used as a legacy
//   one anyway, and because a first request other than `initialize` makes some servers behind stdio bridges
//   exit.
// - Nothing is known, and calls are routed to both: `server/discover` first, as MCP 2026-07-28 asks of a
// client that
//   speaks both, then `initialize` unless the answer proves the modern era. A backend known as modern gets
//   one `server/discover`.
// - `initialize` that is refused because of its revision, or with HTTP 400 for reasons that are not told, is asked again with
//   an older one (older_revision.hpp), and so on; so it is where notifications/initialized is answered with 400.
// - Each request follows one redirect, within the origin.
// It never lists anything, never calls a tool, and never uses GET.
//
// The era comes from a JSON-RPC message of the peer only: 4xx, 5xx, HTML, silence prove nothing about it.
class probe_machine {
public:
    // `deadline` bounds the whole probe, name lookup and all requests together.
    probe_machine(probe_options options, probe_memory memory, probe_kind kind = probe_kind::health);

    [[nodiscard]] probe_action start(steady_time now, steady_time deadline);
    [[nodiscard]] probe_action resolved(std::vector<std::string> addresses,
                                        steady_time now); // "ip:port", in order
    [[nodiscard]] probe_action done(steady_time now);
    [[nodiscard]] probe_action failed(const evidence& problem,
                                      steady_time now); // from evidence_of(ec, stage)
    [[nodiscard]] probe_action answered(const probe_answer& answer, steady_time now);
    [[nodiscard]] probe_action expired(steady_time now);   // the action's `until` has passed
    [[nodiscard]] probe_action cancelled(steady_time now); // the monitor gives the probe up

    // Valid once an action was `finish`.
    [[nodiscard]] const probe_result& result() const noexcept { return result_; }

private:
    using kind = probe_action::kind;

    probe_action connect_next(steady_time now);
    probe_action connect_again();
    probe_action ask(probe_step step, steady_time now);
    probe_action send();
    probe_action next_request(probe_step step, const probe_answer& after, steady_time now);
    probe_action plain(kind kind);

    probe_action on_ping(const probe_answer& answer, const rpc_answer& read, steady_time now);
    probe_action on_initialize(const probe_answer& answer, const rpc_answer& read, steady_time now);
    probe_action on_initialize_refused(const probe_answer& answer, const rpc_answer& read, steady_time now);
    probe_action offer_older(const probe_answer& after, steady_time now);
    probe_action on_initialized(const probe_answer& answer, steady_time now);
    probe_action on_discover(const probe_answer& answer, const rpc_answer& read, steady_time now);
    probe_action after_discover(const std::vector<std::string>& versions, const probe_answer& answer,
                                const rpc_answer& read, steady_time now);
    probe_action after_goodbye(const probe_answer& answer, steady_time now);
    probe_action follow(const probe_answer& answer, steady_time now);
    probe_action forget_and_ask(probe_step step, const probe_answer& answer, steady_time now);

    [[nodiscard]] static bool answers_ping(const probe_answer& answer, const rpc_answer& read);
    [[nodiscard]] evidence judge(const probe_answer& answer, const rpc_answer& read) const;
    probe_action finish(evidence evidence, steady_time now);
    probe_action finish_modern_only(const std::vector<std::string>& versions, const probe_answer& answer,
                                    steady_time now);
    probe_action succeed(const probe_answer& answer, steady_time now);

    probe_options options_;
    probe_memory memory_;
    probe_kind kind_;
    probe_result result_{};

    steady_time started_{};
    steady_time deadline_{};
    kind doing_ = kind::resolve;
    probe_step step_ = probe_step::initialize;
    std::uint64_t id_ = 0; // of the request that waits for its answer
    std::vector<std::string> addresses_{};
    std::size_t next_address_ = 0;
    std::string peer_{};
    unsigned sent_on_stream_ = 0; // requests answered on the open stream
    bool resent_ = false;         // the request was sent again on a new stream
    bool something_read_ = false; // of the answer that is awaited
    unsigned events_ = 0;
    bool discover_asked_ = false;
    bool initialize_asked_ = false;
    evidence initialize_refusal_{}; // of the newest revision
    vmcp::protocol_version offered_ = vmcp::latest_version;
    std::optional<vmcp::protocol_version> older_{}; // to be offered next
    bool redirected_ = false;                       // the request that waits for its answer
};

} // namespace health
