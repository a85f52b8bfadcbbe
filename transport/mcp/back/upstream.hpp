// One MCP session with one backend over Streamable HTTP (MCP 2025-03-26 to 2025-11-25, basic/transports):
// handshake, requests with everything that belongs to them, messages outside of requests, and the goodbye.
#pragma once

#include "transport/mcp/back/backend_connections.hpp"
#include "transport/mcp/back/backend_guard.hpp"
#include "transport/mcp/back/call_limit.hpp"
#include "transport/mcp/back/upstream_audience.hpp"
#include "transport/mcp/back/upstream_session.hpp"
#include "vmcp/model/backend.hpp"
#include "vmcp/model/cancellation.hpp"
#include "vmcp/model/waiting.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace transport {

// What a session needs from its surroundings; the same for all sessions of a backend. The atomics may be changed
// at any time, from any thread: what begins afterwards goes by the new value.
struct upstream_context {
    std::shared_ptr<backend_connections> connections{};
    std::shared_ptr<backend_guard> guard{};
    std::atomic<std::size_t> max_body{0}; // of one answer or event
    std::atomic<std::chrono::milliseconds> ask_timeout{};
    std::atomic<bool> progress_extends_deadline{true};
    // The exposed form of a URI that this backend wrote.
    std::function<std::string(std::string_view)> expose_uri{};
    // Sessions that are being ended: all may end at once.
    std::shared_ptr<call_limit> goodbyes = std::make_shared<call_limit>(64, std::size_t{1} << 20);
};

using header_list = std::vector<std::pair<std::string, std::string>>;

// One request to the backend. Views live until request() returns.
struct upstream_request {
    std::string_view message{}; // a whole JSON-RPC request, valid
    std::string_view id{};      // slice of it
    std::string_view token{};   // slice of its progress token; empty: none
    std::string_view name{};    // slice to be replaced; empty: none
    std::string_view replacement{};
    std::string_view method{};            // for diagnoses
    const header_list* headers = nullptr; // besides the fixed ones
    vmcp::cancellation* control = nullptr;
    const vmcp::call* of = nullptr;         // the client's call; null: a request of the gateway's own
    vmcp::client_session* client = nullptr; // whose subscriptions it is about
    bool repeatable = false;
    std::chrono::milliseconds timeout{30'000}; // for the call, and anew after each sign of progress
    std::optional<vmcp::steady_clock::time_point>
        until{};               // the deadline at first; none: `timeout` from now on
    call_facts* met = nullptr; // written when an attempt fails; may be null
};

// How one attempt to send a request ended. `send_again`: the backend cannot have executed it. `session_lost`:
// it does not know the session, and therefore has not executed it either.
enum class attempt_end : std::uint8_t { done, failed, session_lost, send_again };

struct attempt_outcome {
    attempt_end how = attempt_end::failed;
    vmcp::failure why{};
};

class relay;

class upstream final : public vmcp::backend_session, public std::enable_shared_from_this<upstream> {
public:
    // `client` is the client session this belongs to; empty for a session that several clients share or the
    // gateway's own.
    upstream(std::shared_ptr<const upstream_context> context, std::weak_ptr<vmcp::client_session> client,
             std::string client_capabilities, vmcp::protocol_version version);
    ~upstream() override;

    // The established session; establishes it when there is none, with the header fields `headers` of a
    // client's call, if any. On a worker.
    asio::awaitable<vmcp::result<std::shared_ptr<const established>>>
    ensure(vmcp::steady_clock::time_point until, const header_list* headers = nullptr);

    // Sends a request and relays what belongs to it; as backend::exchange(). A session the backend has
    // lost is established again once, and the request repeated where it cannot have been executed.
    asio::awaitable<vmcp::result<void>> request(const upstream_request& what, vmcp::reply_sink& out);

    // A request of the gateway's own; gives the `result` or the backend's error as a failure.
    // `control` can end it early; `met` is told what the last attempt met.
    asio::awaitable<vmcp::result<std::string>> ask(std::string_view method, std::string params,
                                                   std::chrono::milliseconds timeout,
                                                   vmcp::cancellation* control = nullptr,
                                                   call_facts* met = nullptr);

    // For a session that several clients share: what `client` holds of it.
    [[nodiscard]] std::shared_ptr<vmcp::backend_session>
    seat_for(const std::shared_ptr<vmcp::client_session>& client);

    // Per client and backend.
    static constexpr std::size_t max_subscriptions = 1000;
    static constexpr std::size_t max_subscribed_uri = 8192; // bytes

    // Sends a notification when the session is established; drops it otherwise.
    void notify(std::string message);
    void roots_changed(std::string notification) override { notify(std::move(notification)); }
    void set_log_level(vmcp::log_level level) override;
    void listen() override;
    void remember_subscription(const std::string& uri, bool subscribed) override;
    void close() override;

    // What the last attempt to establish the session met, when it failed.
    [[nodiscard]] call_facts refusal() const {
        const std::lock_guard lock(mutex_);
        return refusal_;
    }
    [[nodiscard]] const upstream_state& state() const noexcept { return state_; }
    [[nodiscard]] bool closed() const noexcept { return closed_.load(); }

private:
    friend class relay;
    friend class upstream_listener;
    class running_relay;
    friend class shared_seat;

    asio::awaitable<vmcp::result<void>> send_with_repeats(const upstream_request& what,
                                                          vmcp::reply_sink& out);
    // `session_id`, when given, receives the Mcp-Session-Id of the response. `lost_before`: the request is
    // repeated because the session was lost.
    asio::awaitable<attempt_outcome> try_request(const upstream_request& what, const established* with,
                                                 vmcp::reply_sink& out,
                                                 vmcp::steady_clock::time_point deadline, bool fresh,
                                                 std::string* session_id, bool lost_before = false);
    asio::awaitable<vmcp::result<established>> initialize(vmcp::steady_clock::time_point until,
                                                          const header_list* headers);
    asio::awaitable<vmcp::result<std::shared_ptr<const established>>>
    establish(vmcp::steady_clock::time_point until, const header_list* headers);
    void established_again();
    asio::awaitable<void> replay(const established& with, vmcp::steady_clock::time_point until);
    // Sends a notification or a response; what comes back is read and dropped.
    asio::awaitable<vmcp::result<void>> post(std::string message, std::shared_ptr<const established> with);
    // What the backend is not asked: a subscription that is refused, one that others still need.
    enum class own_answer : std::uint8_t { none, empty_result };
    vmcp::result<own_answer> subscription_answer(const upstream_request& what);

    void want_level(upstream_audience::who client, vmcp::log_level level);
    void tell_level(vmcp::log_level wanted);
    void remember_for(upstream_audience::who client, const std::string& uri, bool subscribed);
    void leave(upstream_audience::who client);
    // Subscribes or unsubscribes in the background.
    void ask_about(std::string_view method, const std::string& uri);
    void send_update(const vmcp::message& notification);
    void end_session();
    asio::awaitable<void> say_goodbye(std::shared_ptr<const established> with);

    std::vector<header_field> fields(const established* with, const upstream_request* what,
                                     std::string_view accept) const;

    // Requests of the backend that wait for the client, by the backend's raw id.
    void remember_ask(std::string raw_id, std::shared_ptr<vmcp::pending_ask> pending);
    void forget_ask(const std::string& raw_id);
    void cancel_ask(std::string_view raw_id, std::string_view reason);
    // Waits for the client's answer and sends it to the backend.
    asio::awaitable<void> relay_answer(std::shared_ptr<vmcp::pending_ask> pending, std::string raw_id);
    // Answers a request of the backend that no client is asked.
    void answer_directly(const vmcp::message& request);
    // Refuses one that a client could have been asked.
    void refuse(const vmcp::message& request, const vmcp::failure& why);
    // Returns when not too many messages to the backend are on their way: whoever reads what it asks waits in
    // between.
    asio::awaitable<void> room();
    // At most so many questions may wait for a client, of one call and of the backend's own stream.
    static constexpr std::size_t most_questions = 64;

    // Waits until the backend's stream is open, or known not to be: some servers send questions there, at
    // once, and forget them when nobody listens.
    asio::awaitable<void> stream_settled();
    // The backend's stream is open or being opened.
    [[nodiscard]] bool listening();
    // A running request by its id or progress token as the backend wrote it; any running one when `raw_id` is
    // empty.
    [[nodiscard]] std::shared_ptr<relay> running(std::string_view raw_id);

    // A notification that concerns more than one call. False: it is none of those.
    bool take_general_notification(const vmcp::message& notification);

    std::shared_ptr<const upstream_context> context_;
    std::weak_ptr<vmcp::client_session> client_;
    const bool of_one_client_;
    std::string client_capabilities_;
    vmcp::protocol_version version_;
    upstream_state state_{};
    upstream_audience audience_{}; // of a shared session
    std::atomic<bool> closed_{false};
    std::atomic<bool> stream_pending_{false}; // stream_tried_ is not set yet
    std::atomic<std::size_t> running_{0};     // requests; the goodbye waits for them

    std::atomic<std::size_t> sending_{0}; // by notify()
    std::atomic<std::size_t> asking_{0};  // questions of its own stream that wait for the client
    vmcp::wait_list sent_{};

    mutable std::mutex mutex_{};
    std::map<std::string, std::weak_ptr<vmcp::pending_ask>> asks_{};
    std::map<std::string, std::weak_ptr<relay>> relays_{}; // running requests, by the id we minted
    std::set<std::string> subscriptions_{};
    reinitialization_pace pace_{};
    vmcp::log_level level_ = vmcp::log_level::unset;
    bool wants_stream_ = false;
    std::uint64_t listening_generation_ = 0; // of the session whose stream is open or being opened
    std::shared_ptr<vmcp::promised<bool>> stream_tried_{}; // set when the stream is open, or will not be
    std::function<void()> stop_listening_{};
    call_facts refusal_{}; // of the last initialize that failed
};

} // namespace transport
