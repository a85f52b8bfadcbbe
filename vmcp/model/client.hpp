// The client as backends reach it: what it can do, the streams on which it hears what belongs to none of its calls, the
// questions it is asked, and what is kept of it between calls.
#pragma once

#include "vmcp/base/result.hpp"
#include "vmcp/model/awaitable.hpp"
#include "vmcp/model/message.hpp"
#include "vmcp/model/own_lists.hpp"
#include "vmcp/model/version.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vmcp {

// The client capabilities a backend can make use of through vmcp, as raw JSON: `{"sampling":{},"elicitation":{}}`. The
// text is made of what the protocol knows (MCP 2025-11-25, basic/lifecycle, "Capability Negotiation") in a fixed order:
// there are a few dozen different ones, whatever clients write.
struct client_capabilities {
    std::string raw = "{}";
    bool sampling = false;
    bool elicitation = false;
    bool roots = false;

    // Some backend can ask such a client something.
    [[nodiscard]] bool any() const noexcept { return sampling || elicitation || roots; }
    // What a client would have to declare to be asked this (sampling/createMessage, elicitation/create, roots/list; `params` is raw
    // JSON or empty) and does not, as raw ClientCapabilities: `{"elicitation":{"url":{}}}`. Empty: it may be asked. `{}`:
    // nothing would do.
    [[nodiscard]] std::string lacking(std::string_view method, std::string_view params) const;
};

// Picks the bridgeable members out of a ClientCapabilities object: sampling (context, tools), elicitation (form, url) and
// roots (listChanged).
[[nodiscard]] client_capabilities read_client_capabilities(std::string_view raw_object);

// A request that a backend sent to the client and that waits for the client's answer.
class pending_ask {
public:
    virtual ~pending_ask() = default;
    // The client's whole response message (result or error, with an id of the gateway's), or why there is none. Once.
    virtual awaitable<result<std::string>> answer(steady_clock::time_point until) = 0;
    // Returns when the client, if it listens, is ready for more: a backend that asks much is read no further before.
    virtual awaitable<void> room() { co_return; }
    // The backend no longer wants it: the client is told so, and a waiting answer() fails with errc::cancelled. `reason`
    // is a raw JSON string or empty. From any thread.
    virtual void cancel(std::string_view reason) = 0;
    // Where progress notifications of the client for this request go, with the backend's own token in them. From any
    // thread.
    virtual void on_progress(std::function<void(std::string)> to) = 0;
};

// Bits of outbound::lists_changed().
enum changed_lists : unsigned { tools_changed = 1U, prompts_changed = 2U, resources_changed = 4U };

// The stream on which a client hears what belongs to none of its calls. Thread-safe.
class outbound {
public:
    virtual ~outbound() = default;
    // Takes a whole notification for delivery, at once or when the client next opens its stream. Bounded when the client
    // does not listen: the oldest messages go first. Whoever sends much waits for room().
    virtual void send(std::string message) = 0;
    // A request of a backend, under an id of the gateway's (which is its progress token too, where it wants progress).
    virtual void ask(std::uint64_t id, const message& request) = 0;
    // The backend no longer wants the answer. `reason` is a raw JSON string or empty.
    virtual void withdraw(std::uint64_t id, std::string_view reason) = 0;
    // Lists changed for this client: bits of `changed_lists`.
    virtual void lists_changed(unsigned kinds) = 0;
    // Returns when a client that listens has caught up, at once when it does not listen.
    virtual awaitable<void> room(any_io_executor ex) = 0;
    // A stream is open now.
    [[nodiscard]] virtual bool listening() const = 0;
    // Since when the client has had no stream open, of this or of another kind; nothing while it has one.
    [[nodiscard]] virtual std::optional<steady_clock::time_point> away_since() const = 0;
    // Ends the stream for good.
    virtual void close() = 0;
};

// What a client session holds of one backend: the backend's session for it. Thread-safe.
class backend_session {
public:
    virtual ~backend_session() = default;
    // The client's roots changed: passes its notifications/roots/list_changed on when the session is established, and
    // drops it otherwise.
    virtual void roots_changed(std::string notification) = 0;
    // Tells the backend the client's log level, now and after every re-initialisation.
    virtual void set_log_level(log_level level) = 0;
    // The client hears, or is about to hear, what comes outside of calls: opens the stream for that, if the backend
    // offers one.
    virtual void listen() = 0;
    // One of the client's own streams has ended: where it was the last one, this may end too.
    virtual void stop_listening() = 0;
    // The backend was told to deliver updates of a resource (or no longer): replayed after a re-initialisation.
    virtual void remember_subscription(const std::string& uri, bool subscribed) = 0;
    // Ends it: the backend is told, in the background.
    virtual void close() = 0;
};

// A resource that a backend was told to deliver updates of.
struct subscription {
    std::string backend{};
    std::string uri{};     // as the backend knows it
    std::string exposed{}; // as the client does
    friend bool operator==(const subscription&, const subscription&) = default;
};

// A URI that no list has, and the backend that mentioned it first.
struct uri_owner {
    std::string backend{};
    std::string uri{}; // as the backend wrote it
    friend bool operator==(const uri_owner&, const uri_owner&) = default;
};

// What a client with a session keeps between its calls; a client of a stateless revision has none. Thread-safe.
class client_session {
public:
    virtual ~client_session() = default;

    [[nodiscard]] virtual protocol_version version() const noexcept = 0;
    [[nodiscard]] virtual const client_capabilities& capabilities() const noexcept = 0;

    // What the client asked for with logging/setLevel.
    [[nodiscard]] virtual log_level level() const noexcept = 0;
    virtual void set_level(log_level level) = 0; // and tells all backend sessions

    // The stream outside of calls; null while the client never opened one.
    [[nodiscard]] virtual std::shared_ptr<outbound> stream() const = 0;
    // Sends `request` (of a backend) through `stream` under an id of our own. Fails when the client lacks the capability,
    // and when the session is closed.
    [[nodiscard]] virtual result<std::shared_ptr<pending_ask>> ask(const message& request,
                                                                   std::shared_ptr<outbound> stream) = 0;

    // The session with a backend; `make` is called (under a lock, must not call back) when there is none. Of a closed
    // client session: one that is closed.
    virtual std::shared_ptr<backend_session>
    backend(const void* key, const std::function<std::shared_ptr<backend_session>()>& make) = 0;
    [[nodiscard]] virtual std::vector<std::shared_ptr<backend_session>> backends() const = 0;
    // Takes the session of a backend that is no more out and closes it. What is kept under its key goes with it.
    virtual void drop_backend(const void* key) = 0;

    // What this client is shown other than everybody; null: nothing.
    [[nodiscard]] virtual std::shared_ptr<const own_lists> own() const = 0;
    // The same for one backend that the client holds a session with; of another one nothing is kept. Null: nothing.
    virtual void keep_own(const void* key, std::shared_ptr<const list_difference> difference) = 0;
    // Whose lists it sees: the policy class of the caller of its last request; empty: of callers who see everything.
    [[nodiscard]] virtual std::string policy_class() const = 0;
    // Tells the client that lists changed for it, when it listens; remembers it otherwise. `kinds`: bits of changed_lists.
    virtual void lists_changed(unsigned kinds) = 0;

    // A backend was told to deliver updates of a resource, or no longer: part of what is known of the session.
    virtual void remember_subscription(subscription subject, bool subscribed) = 0;
    // What the client calls the resource of that backend that it subscribed to; empty: it did not.
    [[nodiscard]] virtual std::string subscribed_as(std::string_view backend, std::string_view uri) const = 0;

    // URIs that backends mentioned in what they sent although they list them nowhere, and who did first, in any spelling (RFC
    // 3986, 6.2.2). Gives whose the URI is now; nothing: there is no room to remember it.
    virtual std::optional<uri_owner> learn_uri(std::string uri, std::string backend) = 0;
    // That backend is there no more.
    virtual void forget_uri(std::string_view uri) = 0;
    [[nodiscard]] virtual std::optional<uri_owner> learned(std::string_view uri) const = 0;
};

// Whether a notifications/message of this raw level literal is for a client that asked for `wanted`. One that never set
// a level gets what the backend chooses to send (MCP 2025-11-25, server/utilities/logging).
[[nodiscard]] bool wants_log(log_level wanted, std::string_view raw_level) noexcept;

} // namespace vmcp
