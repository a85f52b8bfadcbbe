// What an exchange_machine is told at first, what it asks for, and how it ends.
#pragma once

#include "transport/mcp/back/backend_guard.hpp"
#include "vmcp/base/result.hpp"
#include "vmcp/model/awaitable.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace transport {

using std::chrono::milliseconds;
using vmcp::steady_clock;

// Which session a request is sent in.
enum class session_use : std::uint8_t {
    none,    // it is the handshake's initialize
    given,   // it belongs to a handshake that is not over: a lost session is its failure
    current, // the one that is established, or will be; again when the backend has lost it
};

// What an exchange begins with, and does not change.
struct exchange_terms {
    std::string_view method{}; // must live as long as the machine
    session_use session = session_use::current;
    bool stateless = false; // of a revision in which nothing of an answer is resumed (MCP 2026-07-28)
    bool answered_elsewhere = false; // it is accepted here, and answered on another stream (MCP 2024-11-05)
    std::string_view message{};      // of such a one: the request; must live as long as the machine
    bool repeatable = false;         // the backend may be sent it twice: it changes nothing
    bool fresh = false;              // over no idle connection
    bool has_client = false;         // the backend's questions can be passed on
    bool wants_progress = true;      // under a token of its own
    bool progress_extends_deadline = true;
    milliseconds timeout{30'000};        // anew after progress, and after a question was answered
    steady_clock::time_point deadline{}; // at first
    steady_clock::time_point latest = steady_clock::time_point::max(); // nothing moves it beyond
    std::size_t max_body = std::size_t{};                              // of one event, in bytes
};

// What becomes of message() of the machine.
enum class delivery : std::uint8_t {
    reply,        // it is the response, to be given to the client
    progress,     // of this request, for the client under the client's token
    notification, // for the client, unless it is one that concerns the session
    question,     // for the client
    own_question, // nobody is asked: answered here
    surplus,      // a question too many: refused
    foreign, // names another request of the session, which gets it: not all servers keep their streams apart
};

// What the shell does next. Its comment names the function that is told how it went.
struct exchange_action {
    enum class kind : std::uint8_t {
        get_session, // the established session; `lost`: not the one that was used -> session_ready() |
                     // session_failed()
        begin,       // an id, under which messages on other streams find this request -> begun()
        authorize,   // the credential of the caller -> authorized() | unauthorized()
        renew,       // the backend refused the credential: can there be another? -> renewed()
        connect,     // to the backend; `fresh`: no idle connection -> connected() | connect_failed()
        send,        // the request; a GET with last_event_id() when that is not empty -> sent() | broken()
        read_head,   // of the answer -> head() | broken()
        read_body,   // whole -> body() | broken()
        read_some,   // of an event stream -> some() | broken()
        keep,        // the connection, for other requests -> kept()
        drain,       // the same, after what should be the end of the stream was read -> kept()
        deliver,     // message() as `how` says -> replied() | delivered() | asked()
        rest,        // without a connection, until `until`; the client may be released too -> rested()
        listen,      // for a message on another stream, if there is one, until `until` -> rested()
        finish,      // outcome() is valid
    };
    kind what = kind::finish;
    bool fresh = false;
    bool lost = false;     // get_session, finish: the backend does not know the session that was used
    bool gone = false;     // ... and has said so in a way that leaves nothing to end there
    bool distrust = false; // connections that are idle now lead nowhere, as one of them did not
    delivery how = delivery::reply;
    steady_clock::time_point until{};
    friend bool operator==(const exchange_action&, const exchange_action&) = default;
};

// It waits, and can be begun again when something came in between.
[[nodiscard]] constexpr bool can_begin_again(exchange_action::kind which) noexcept {
    using kind = exchange_action::kind;
    return which == kind::read_head || which == kind::read_body || which == kind::read_some ||
           which == kind::rest || which == kind::listen;
}

[[nodiscard]] std::string_view name_of(exchange_action::kind kind) noexcept;
[[nodiscard]] std::string_view name_of(delivery how) noexcept;

// The head of an HTTP answer. Views live until head() has returned.
struct answer_head {
    unsigned status = 0;
    std::string_view content_type{};
    std::string_view location{};
    std::string_view session_id{};
    std::string_view
        moved_to{};        // of 307 and 308: the target, where it is one of the same origin (redirect.hpp)
    bool sure_end = false; // its body cannot end by a cut
};

struct exchange_outcome {
    std::optional<vmcp::failure> why{}; // none: the response was delivered
    call_facts met{};                   // with a failure: what the last attempt met
    // With a failure: the backend may still be working on it and must be told that nobody waits (MCP 2025-11-25,
    // basic/utilities/cancellation).
    bool abandoned = false;
};

} // namespace transport
