// What vmcp keeps of one client between its requests (MCP 2025-11-25, basic/transports, "Session
// Management"). Idle sessions are many, so whatever most of them never need is allocated on first use.
#pragma once

#include "vmcp/model/call.hpp"
#include "vmcp/model/ports.hpp"
#include "vmcp/model/signal.hpp"
#include "vmcp/model/version.hpp"

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace vmcp {

// The client capabilities a backend can make use of through vmcp, as raw JSON:
// `{"sampling":{},"elicitation":{}}`. The text is made of what the protocol knows (MCP 2025-11-25, basic/lifecycle,
// "Capability Negotiation") in a fixed order: there are a few dozen different ones, whatever clients write.
struct client_capabilities {
    std::string raw = "{}";
    bool sampling = false;
    bool elicitation = false;
    bool roots = false;
};

// Picks the bridgeable members out of an InitializeRequest's `capabilities`: sampling (context, tools), elicitation
// (form, url) and roots (listChanged).
[[nodiscard]] client_capabilities read_client_capabilities(std::string_view raw_object);

class asked;

// Thread-safe: requests of one client run on several workers.
class client_session : public std::enable_shared_from_this<client_session> {
public:
    client_session(std::string id, protocol_version version, client_capabilities capabilities,
                   std::shared_ptr<const principal> who);
    ~client_session();

    [[nodiscard]] const std::string& id() const noexcept { return id_; }
    [[nodiscard]] protocol_version version() const noexcept { return version_; }
    [[nodiscard]] const client_capabilities& capabilities() const noexcept { return capabilities_; }
    [[nodiscard]] const principal& who() const noexcept { return *who_; }

    // ---- calls in flight ----
    // Fails when `limit` calls are running, and when the session is closed. Two calls under one id are tolerated: only a
    // cancellation cannot tell them apart.
    [[nodiscard]] result<void> begin_call(std::string_view raw_id, std::shared_ptr<call_control> control,
                                          std::size_t limit);
    void end_call(const call_control& control);
    // notifications/cancelled: stops what runs under this id. `reason` is a raw JSON string or empty.
    void cancel_call(std::string_view raw_id, std::string_view reason);
    [[nodiscard]] bool busy() const;

    // ---- requests to the client ----
    // Sends `request` (of a backend) through `way` under an id of our own. Fails when the client lacks the capability, and
    // when the session is closed.
    [[nodiscard]] result<std::shared_ptr<pending_ask>> ask(const message& request,
                                                           std::shared_ptr<outbound> way);
    // A response or error of the client. False when nobody waits for it (late or made up).
    bool answer(const message& response);
    // notifications/progress of the client for a request it was asked: passed to whoever asked.
    void ask_progress(const message& progress);

    // ---- what the client set ----
    [[nodiscard]] log_level level() const noexcept { return level_.load(std::memory_order_relaxed); }
    void set_level(log_level level); // and tells all backend sessions
    // Whether a notifications/message of this raw level literal is for this client.
    [[nodiscard]] bool wants_log(std::string_view raw_level) const;

    // ---- streams ----
    // The stream outside of calls, made by the front on first use.
    [[nodiscard]] std::shared_ptr<outbound> stream() const;
    // Returns the stream that is there already, if one is; null once the session is closed.
    std::shared_ptr<outbound> set_stream(std::shared_ptr<outbound> stream);
    // Tells the client that lists changed, when it listens; remembers it otherwise. `methods`: bit per
    // list_changed kind.
    void lists_changed(unsigned kinds);
    [[nodiscard]] unsigned take_changed_lists() { return changed_lists_.exchange(0); }

    // ---- backends ----
    // The session with a backend; `make` is called (under the lock, must not call back) when there is none. Of a closed
    // client session: one that is closed.
    std::shared_ptr<backend_session> backend(const void* key,
                                             const std::function<std::shared_ptr<backend_session>()>& make);
    [[nodiscard]] std::vector<std::shared_ptr<backend_session>> backends() const;
    // Takes the session of a backend that is no more out and closes it.
    void drop_backend(const void* key);

    // URIs that backends mentioned in results although they list them nowhere; the last `max_learned`, of those
    // that have at most `max_learned_uri` bytes.
    static constexpr std::size_t max_learned = 128;
    static constexpr std::size_t max_learned_uri = 2048;
    void learn_uri(std::string uri, std::string backend);
    [[nodiscard]] std::optional<std::string> learned(std::string_view uri) const;

    // Ends the session: calls are cancelled, streams closed, backends told. Idempotent.
    void close();
    [[nodiscard]] bool closed() const noexcept { return closed_.load(); }

    std::atomic<std::int64_t> last_used{0}; // steady milliseconds; kept by the session table

private:
    friend class asked;
    void forget_ask(std::uint64_t id);

    struct rarely_used {
        std::uint64_t next_ask = 1;
        std::unordered_map<std::uint64_t, std::weak_ptr<asked>> asks{};
        std::deque<std::pair<std::string, std::string>> learned{};
    };
    rarely_used& rare();

    const std::string id_;
    const protocol_version version_;
    const client_capabilities capabilities_;
    const std::shared_ptr<const principal> who_;
    std::atomic<log_level> level_{log_level::unset};
    std::atomic<unsigned> changed_lists_{0};
    std::atomic<bool> closed_{false};

    mutable std::mutex mutex_{};
    std::vector<std::pair<std::string, std::shared_ptr<call_control>>> calls_{};
    std::vector<std::pair<const void*, std::shared_ptr<backend_session>>> backends_{};
    std::shared_ptr<outbound> stream_{};
    std::unique_ptr<rarely_used> rare_{};
};

// A call that began with begin_call() ends with this.
class call_scope {
public:
    call_scope(std::shared_ptr<client_session> session, std::shared_ptr<call_control> control)
        : session_(std::move(session))
        , control_(std::move(control)) {}
    call_scope(const call_scope&) = delete;
    call_scope& operator=(const call_scope&) = delete;
    ~call_scope() { session_->end_call(*control_); }

private:
    std::shared_ptr<client_session> session_;
    std::shared_ptr<call_control> control_;
};

// One request of a backend that a client was asked and has not answered yet.
class asked final : public pending_ask, public std::enable_shared_from_this<asked> {
public:
    asked(std::shared_ptr<client_session> session, std::uint64_t id, std::string original_token,
          std::shared_ptr<outbound> way);
    ~asked() override;

    awaitable<result<std::string>> answer(steady_clock::time_point until) override;
    awaitable<void> room() override;
    void cancel(std::string_view reason) override;

    void on_progress(std::function<void(std::string)> to) override;

private:
    friend class client_session;
    std::shared_ptr<client_session> session_;
    std::uint64_t id_;
    std::string original_token_; // raw; empty: the backend wants no progress
    std::shared_ptr<outbound> way_;
    promised<result<std::string>> answer_{};
    std::mutex mutex_{};
    std::function<void(std::string)> progress_{};
};

} // namespace vmcp
