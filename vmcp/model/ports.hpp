// The interfaces between the core and what surrounds it: backends, and the way to a client outside of any
// call.
#pragma once

#include "vmcp/base/result.hpp"
#include "vmcp/model/call.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace vmcp {

// Says who sends a request, from its Authorization field (empty when there is none). A failure is
// errc::unauthorized.
class authenticator {
public:
    virtual ~authenticator() = default;
    virtual awaitable<result<std::shared_ptr<const principal>>>
    authenticate(std::string_view authorization) = 0;
};

// The stream on which a client hears what belongs to none of its calls. Thread-safe.
class outbound {
public:
    virtual ~outbound() = default;
    // Takes a whole message for delivery, at once or when the client next opens its stream. Bounded when the
    // client does not listen: the oldest messages go first. Whoever sends much waits for room().
    virtual void send(std::string message) = 0;
    // Returns when a client that listens has caught up, at once when it does not listen.
    virtual awaitable<void> room(any_io_executor ex) = 0;
    // A stream is open now.
    [[nodiscard]] virtual bool listening() const = 0;
    // Ends the stream for good.
    virtual void close() = 0;
};

// What a client session holds of one backend: the backend's session for it. Thread-safe.
class backend_session {
public:
    virtual ~backend_session() = default;
    // Sends a notification when the session is established; drops it otherwise.
    virtual void notify(std::string message) = 0;
    // Tells the backend the client's log level, now and after every re-initialisation.
    virtual void set_log_level(log_level level) = 0;
    // Opens the stream for messages outside of calls, if the backend offers one.
    virtual void listen() = 0;
    // The backend was told to deliver updates of a resource (or no longer): replayed after a
    // re-initialisation.
    virtual void remember_subscription(const std::string& uri, bool subscribed) = 0;
    // Ends it: the backend is told, in the background.
    virtual void close() = 0;
};

// A client's request as it goes to one backend: the client's own bytes with these slices replaced.
struct outgoing {
    const call& from;
    json_slice name{};              // the slice of the name or URI in the request; empty: nothing to replace
    std::string_view replacement{}; // raw JSON
    bool repeatable = false;        // may be sent twice: it changes nothing at the backend
};

// One backend, as the core sees it. Thread-safe.
class backend_link {
public:
    virtual ~backend_link() = default;
    [[nodiscard]] virtual const std::string& name() const noexcept = 0;
    // Declared the resources capability when it was last asked.
    [[nodiscard]] virtual bool offers_resources() const noexcept = 0;

    // Sends the request and relays everything that belongs to it to `out`, the response last. A failure means
    // that out.done() was not called. errc::cancelled: the client does not wait for an answer any more.
    virtual awaitable<result<void>> exchange(const outgoing& what, reply_sink& out) = 0;

    // The client's session with this backend, created (not yet initialized) when there is none.
    virtual std::shared_ptr<backend_session> session_for(const std::shared_ptr<client_session>& client) = 0;
};

} // namespace vmcp
