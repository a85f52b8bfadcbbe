// What carries a session whose messages come over one line, such as the pipes of a program or one event stream, in place of the
// answers to HTTP requests.
#pragma once

#include "transport/mcp/back/backend_guard.hpp"
#include "transport/mcp/back/established.hpp"
#include "vmcp/base/result.hpp"
#include "vmcp/model/awaitable.hpp"
#include "vmcp/model/cancellation.hpp"
#include "vmcp/model/credentials.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace transport {

struct session_core;

// One for each session; a session that was lost and is established again has another *conversation* over the same carrier. What
// the backend says in it is handed to the session: answers, and whatever names a request, to its session_router, the rest to
// server_stream::take(). When a conversation ends, the carrier gives the session up and wakes all its requests
// (session_router::wake_all), which then ask over().
// Thread-safe; on workers. Lives as long as its session; what it has begun ends with it.
class session_carrier {
public:
    virtual ~session_carrier() = default;

    // A number that is never given twice; 0: none.
    using conversation = std::uint64_t;

    // How long a handshake may take, however long those wait who want the session.
    [[nodiscard]] virtual std::chrono::milliseconds patience() const = 0;

    // What a conversation is begun with. The pointers may be null; what they point to outlives open().
    struct opening {
        vmcp::steady_clock::time_point until{};
        vmcp::cancellation* control = nullptr;                // ends it early
        std::shared_ptr<const vmcp::credential> credential{}; // of the handshake
        const header_list* headers = nullptr;                 // of the call that opens the session
    };
    struct opened {
        conversation number = 0;
        // Where there is none: why, and what the attempt met. An HTTP status there is that of an answer which refused it.
        std::optional<vmcp::failure> why{};
        call_facts met{};
    };
    // Begins a conversation, for an `initialize`; one that still goes on is ended. Fails at once where none may be begun soon.
    [[nodiscard]] virtual vmcp::awaitable<opened> open(opening how) = 0;
    // The one that goes on.
    [[nodiscard]] virtual conversation current() const = 0;

    // Messages for the backend are POSTed, each as a request of its own that is answered with no more than its status: send() is
    // not used.
    [[nodiscard]] virtual bool posts() const noexcept { return false; }
    // Where those of that conversation go, path and query.
    [[nodiscard]] virtual std::string posts_to(conversation) const { return {}; }
    // Takes a whole message for sending, as soon as there is room. A failure means that nothing of it is sent:
    // errc::backend_timeout where there was no room until `until`, errc::cancelled as soon as `control`, which may be null, is
    // cancelled, errc::backend_unavailable when the conversation is over.
    [[nodiscard]] virtual vmcp::awaitable<vmcp::result<void>> send(std::string message, conversation in,
                                                                   vmcp::steady_clock::time_point until,
                                                                   vmcp::cancellation* control) = 0;
    // Why that conversation is over; nothing while it goes on.
    [[nodiscard]] virtual std::optional<vmcp::failure> over(conversation which) const = 0;
    // Why the answer to the request of that id will never come, although the conversation goes on; nothing is known. Once.
    [[nodiscard]] virtual std::optional<vmcp::failure> take_spoiled(std::uint64_t id) = 0;
    // The handshake in that conversation was not answered in time.
    virtual void unanswered(conversation which) = 0;
    // The session is over, and with it that conversation, if it goes on; 0: whichever does.
    virtual void drop(conversation which) = 0;
};

} // namespace transport
