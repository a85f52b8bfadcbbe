// What carries a session whose messages all go over one line, such as the pipes of a program, in place of HTTP requests.
#pragma once

#include "vmcp/base/result.hpp"
#include "vmcp/model/awaitable.hpp"
#include "vmcp/model/cancellation.hpp"

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
    // Begins a conversation, for an `initialize`; one that still goes on is ended. Fails at once where none may be begun soon.
    [[nodiscard]] virtual vmcp::awaitable<vmcp::result<conversation>>
    open(vmcp::steady_clock::time_point until, vmcp::cancellation* control) = 0;
    // The one that goes on.
    [[nodiscard]] virtual conversation current() const = 0;
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
    // The session is over, and with it the conversation that goes on, if one does.
    virtual void drop() = 0;
};

} // namespace transport
