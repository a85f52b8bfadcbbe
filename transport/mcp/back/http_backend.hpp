// A backend reached over Streamable HTTP: the core's backend, with its sessions and its limit of calls.
#pragma once

#include "transport/mcp/back/call_limit.hpp"
#include "transport/mcp/back/upstream.hpp"
#include "vmcp/catalog/backend_lists.hpp"
#include "vmcp/model/backend.hpp"

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace transport {

using std::chrono::milliseconds;

// How lists are read.
struct list_terms {
    milliseconds page_timeout{30'000};     // for the session, and for each page
    vmcp::cancellation* control = nullptr; // ends the reading early; may be null
    call_facts* met = nullptr;             // told what the request that failed met; may be null
};

// What was read of a backend's lists, and what could not be.
struct list_reading {
    struct gap {
        vmcp::list_kind kind = vmcp::list_kind::tools;
        std::string method{};
        vmcp::failure why{};
    };
    vmcp::backend_lists lists{};
    std::vector<gap> missed{};
};

class http_backend final : public vmcp::backend, public std::enable_shared_from_this<http_backend> {
public:
    // One definition of a backend; a changed definition is another http_backend.
    http_backend(std::shared_ptr<const upstream_context> context);
    ~http_backend() override;

    [[nodiscard]] const std::string& name() const noexcept override { return config().name; }
    [[nodiscard]] bool offers_resources() const noexcept override { return offers_resources_.load(); }
    vmcp::awaitable<vmcp::result<void>> exchange(const vmcp::outgoing& request,
                                                 vmcp::reply_sink& out) override;
    std::shared_ptr<vmcp::backend_session>
    session_for(const std::shared_ptr<vmcp::client_session>& client) override;

    [[nodiscard]] const vmcp::backend_config& config() const noexcept {
        return context_->connections->config();
    }
    [[nodiscard]] const std::shared_ptr<backend_connections>& connections() const noexcept {
        return context_->connections;
    }

    // All lists of the backend, all pages, over a session of the gateway's own that also hears list_changed. One broken
    // list does not hide the others: it is empty then, and named in `missed`. It fails only when there is no session, or
    // when the tools cannot be read for another reason than an answer that is no list. The pages of one list together
    // are at most as large as one answer may be.
    asio::awaitable<vmcp::result<list_reading>> fetch_lists(list_terms terms);

    // New limits (concurrency, queue, timeout) for calls from now on; the rest of the definition must be the
    // same.
    void adjust(const vmcp::backend_config& to);

    // Ends the gateway's own and the shared sessions; running calls finish, and so do those that wait for a
    // place, over sessions that end with them. Sessions with this that clients hold are the caller's to drop
    // afterwards, under the key `this`: none is added any more. On a worker.
    void retire();

    [[nodiscard]] std::size_t calls_running() const { return limit_.running(); }
    [[nodiscard]] std::size_t calls_waiting() const { return limit_.waiting(); }

private:
    // What decides which session a client's calls use.
    struct client_terms {
        const std::shared_ptr<vmcp::client_session>& session; // null: the client has none
        const vmcp::client_capabilities& can;
        vmcp::protocol_version version;
    };

    [[nodiscard]] bool is_dedicated(const client_terms& client) const;
    [[nodiscard]] std::string shown(std::string_view detail) const;
    // Once this is retired: one that is closed.
    std::shared_ptr<upstream> upstream_for(const client_terms& client);
    std::shared_ptr<upstream> make_upstream(const client_terms& client) const;
    std::shared_ptr<vmcp::backend_session> seat_of(const std::shared_ptr<vmcp::client_session>& client,
                                                   const std::shared_ptr<upstream>& session) const;
    asio::awaitable<vmcp::result<void>> fetch_list(upstream& session, vmcp::list_kind kind,
                                                   std::vector<vmcp::list_item>& out,
                                                   std::vector<vmcp::dropped_entry>& dropped,
                                                   list_terms terms);

    [[nodiscard]] milliseconds timeout() const noexcept { return timeout_.load(std::memory_order_relaxed); }

    std::shared_ptr<const upstream_context> context_;
    call_limit limit_;
    std::atomic<milliseconds> timeout_;
    std::shared_ptr<upstream> own_;
    std::atomic<bool> offers_resources_{true};
    std::atomic<bool> retired_{false}; // set under mutex_
    std::mutex mutex_{};
    std::map<std::string, std::shared_ptr<upstream>> shared_{}; // by version and capabilities
};

} // namespace transport
