// A backend reached over Streamable HTTP: the core's backend, with its sessions and its limit of calls.
#pragma once

#include "transport/mcp/back/backend_context.hpp"
#include "transport/mcp/back/call_limit.hpp"
#include "transport/mcp/back/http_session.hpp"
#include "transport/mcp/back/list_reading.hpp"
#include "transport/mcp/back/shared_sessions.hpp"
#include "vmcp/model/backend.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace transport {

class http_backend final : public vmcp::backend, public std::enable_shared_from_this<http_backend> {
public:
    // One definition of a backend; a changed definition is another http_backend. `session_key`: under which client sessions hold
    // what belongs to this; null: `this`.
    explicit http_backend(std::shared_ptr<const backend_context> context, const void* session_key = nullptr);
    ~http_backend() override;

    [[nodiscard]] const std::string& name() const noexcept override { return config().name; }
    [[nodiscard]] bool offers_resources() const noexcept override { return offers_resources_.load(); }
    vmcp::awaitable<vmcp::result<void>> exchange(const vmcp::outgoing& request,
                                                 vmcp::reply_sink& out) override {
        return exchange(request, out, nullptr);
    }
    // The same; `facts`, which may be null, is told what the last attempt met, if it fails.
    vmcp::awaitable<vmcp::result<void>> exchange(const vmcp::outgoing& request, vmcp::reply_sink& out,
                                                 call_facts* facts);
    std::shared_ptr<vmcp::backend_session>
    session_for(const std::shared_ptr<vmcp::client_session>& client) override;

    [[nodiscard]] const vmcp::backend_config& config() const noexcept {
        return context_->connections->config();
    }
    [[nodiscard]] const std::shared_ptr<backend_connections>& connections() const noexcept {
        return context_->connections;
    }

    // All lists of the backend, over a session of the gateway's own that also hears list_changed; as read_lists().
    asio::awaitable<vmcp::result<list_reading>> fetch_lists(list_terms terms);

    // Everybody uses the gateway's own session: the configuration says so, or it was found out.
    [[nodiscard]] bool single() const noexcept { return single_.load(); }
    [[nodiscard]] bool found_single() const noexcept {
        return single() && !costs_programs() && config().sessions != vmcp::backend_session_mode::single;
    }
    // It is found out, if `first`, which was opened elsewhere in the gateway, answers a ping by then: that is the own session
    // from now on. On a worker.
    [[nodiscard]] vmcp::awaitable<bool> take_over(opened_session first, vmcp::steady_clock::time_point until);
    // As http_session::ping(), of the gateway's own session; and the revision that is spoken there. On a worker.
    [[nodiscard]] vmcp::awaitable<vmcp::result<void>> ping(own_terms terms) { return own_->ping(terms); }
    [[nodiscard]] std::optional<vmcp::protocol_version> version() const { return own_->version(); }

    // New limits (concurrency, queue, timeout) for calls from now on; the rest of the definition must be the
    // same.
    void adjust(const vmcp::backend_config& to);

    // Ends the gateway's own and the shared sessions; running calls finish, and so do those that wait for a
    // place, over sessions that end with them. Sessions with this that clients hold are the caller's to drop
    // afterwards, under the session key: none is added any more. On a worker.
    void retire();

    [[nodiscard]] std::size_t calls_running() const {
        return context_->places->running() - context_->places->errands_running();
    }
    [[nodiscard]] std::size_t calls_waiting() const { return context_->places->waiting(); }

private:
    // Each session costs a program: who has none of its own uses the gateway's.
    [[nodiscard]] bool costs_programs() const noexcept { return context_->carriers_are_dear; }
    void be_single();
    [[nodiscard]] bool is_dedicated(const std::shared_ptr<vmcp::client_session>& client) const;
    [[nodiscard]] std::shared_ptr<http_session> make_session(const vmcp::call_terms& call);
    [[nodiscard]] std::shared_ptr<http_session>
    make_dedicated(const std::shared_ptr<vmcp::client_session>& client,
                   std::shared_ptr<const vmcp::caller> caller);
    [[nodiscard]] std::shared_ptr<http_session> dedicated_session(const vmcp::call_terms& call);
    // Of all whose requests are sent with the same credential, or of all.
    [[nodiscard]] std::shared_ptr<http_session> shared_session(const vmcp::call_terms& call,
                                                               const vmcp::credential& credential);
    // What the client holds of this; `make` is called when it holds nothing yet. Once this is retired: closed.
    template <class Held>
    std::shared_ptr<Held> held_by(const std::shared_ptr<vmcp::client_session>& client,
                                  const std::function<std::shared_ptr<Held>()>& make) const;
    // The lists of a client's own session, to be shown to that client.
    [[nodiscard]] static vmcp::awaitable<own_list_pace::outcome>
    read_own_lists(std::shared_ptr<http_backend> through, std::shared_ptr<http_session> session,
                   std::shared_ptr<vmcp::client_session> client, std::shared_ptr<vmcp::cancellation> control);
    [[nodiscard]] static vmcp::awaitable<own_list_pace::outcome> nothing_to_read();

    [[nodiscard]] std::chrono::milliseconds timeout() const noexcept {
        return timeout_.load(std::memory_order_relaxed);
    }

    std::shared_ptr<const backend_context> context_;
    const void* const key_;
    std::atomic<std::chrono::milliseconds> timeout_;
    std::shared_ptr<http_session> own_;
    std::atomic<bool> single_{false};
    shared_sessions shared_{};
    std::atomic<bool> offers_resources_{true};
    std::atomic<bool> retired_{false};
};

} // namespace transport
