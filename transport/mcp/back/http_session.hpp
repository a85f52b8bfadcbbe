// One MCP session with one backend over Streamable HTTP (MCP 2025-03-26 to 2025-11-25, basic/transports), as its users
// see it.
#pragma once

#include "transport/mcp/back/backend_request.hpp"
#include "transport/mcp/back/own_exchange.hpp"
#include "transport/mcp/back/session_core.hpp"
#include "vmcp/model/client.hpp"
#include "vmcp/model/reply.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace transport {

// Thread-safe; what sends something is to be called on a worker.
class http_session final : public vmcp::backend_session, public std::enable_shared_from_this<http_session> {
public:
    // As session_identity.
    http_session(std::shared_ptr<const backend_context> context, std::string client_capabilities,
                 vmcp::protocol_version version, const std::shared_ptr<vmcp::client_session>& client,
                 std::shared_ptr<const vmcp::caller> caller);
    ~http_session() override;

    // As session_handshake::ensure().
    [[nodiscard]] vmcp::awaitable<vmcp::result<session_state::session_ptr>>
    ensure(vmcp::steady_clock::time_point until, vmcp::cancellation* control = nullptr);
    // What the last attempt to establish the session met, when it failed.
    [[nodiscard]] call_facts refusal() const { return core_->handshake.refusal(); }

    // Sends a request and relays what belongs to it; as backend::exchange(). The arguments must outlive the coroutine,
    // and so must this.
    [[nodiscard]] vmcp::awaitable<vmcp::result<void>> request(const backend_request& request,
                                                              vmcp::reply_sink& out);

    // A request of the gateway's own; gives the `result`, or the backend's error as a failure.
    [[nodiscard]] vmcp::awaitable<vmcp::result<std::string>> fetch(std::string_view method,
                                                                   std::string params, own_terms terms);
    // Whether the backend knows this session, asked over a connection that is made for it. It is established where it is not,
    // or not any more.
    [[nodiscard]] vmcp::awaitable<vmcp::result<void>> ping(own_terms terms);
    // As session_handshake::take_over().
    [[nodiscard]] vmcp::awaitable<bool> take_over(const opened_session& first,
                                                  vmcp::steady_clock::time_point until) {
        return core_->handshake.take_over(first, until);
    }
    // This is the gateway's own session, and clients use it as well.
    void open_to_clients() { core_->as.open_to_clients(); }
    // The revision that is spoken in it; nothing: it is not established.
    [[nodiscard]] std::optional<vmcp::protocol_version> version() const;

    // What fetch() does, without interest in the answer, in the background, when the session is established. What was told before
    // about the same subject and was not sent yet is not sent any more.
    void tell(std::string_view method, std::string params, const std::string& subject);
    // Subscribes to a resource that remember_subscription() has named, before any call that comes later.
    void subscribe_again(const std::string& uri) { core_->forwarder.subscribe(uri); }

    // How the lists of this session, which is of one client, are read when the backend says that they changed. To be called
    // before the session is used.
    void read_own_lists_with(own_list_reader::reading how) { core_->own_lists.read_with(std::move(how)); }

    // Opens the stream of the backend's messages for as long as the session lives.
    void listen_always() { core_->stream.want_always(); }
    // That stream is open, if the backend offers one, while one of these lives: during a call.
    class stream_use {
    public:
        explicit stream_use(std::shared_ptr<http_session> session) : of_(std::move(session)) {
            of_->core_->stream.hold();
        }
        ~stream_use() { of_->core_->stream.release(); }
        stream_use(const stream_use&) = delete;
        stream_use& operator=(const stream_use&) = delete;

    private:
        const std::shared_ptr<http_session> of_;
    };

    // Who shares this session.
    [[nodiscard]] shared_audience& audience() noexcept { return core_->audience; }

    void roots_changed(std::string notification) override;
    void set_log_level(vmcp::log_level level) override;
    void listen() override;
    void stop_listening() override;
    void remember_subscription(const std::string& uri, bool subscribed) override;
    void close() override;

    [[nodiscard]] bool closed() const noexcept { return core_->state.closed(); }
    [[nodiscard]] vmcp::log_level log_level() const { return core_->settings.level(); }
    // Requests run over it, or clients share it.
    [[nodiscard]] bool in_use() const { return core_->ending.uses() > 0 || !core_->audience.empty(); }

private:
    vmcp::awaitable<vmcp::result<void>> change_subscription(const backend_request& request,
                                                            vmcp::reply_sink& out);
    [[nodiscard]] vmcp::result<void> check_subscription(const std::string& uri,
                                                        const vmcp::client_session* client) const;

    struct told {
        std::string_view method{};
        std::string params{};
    };
    static vmcp::awaitable<void> tell_newest(std::shared_ptr<http_session> self, std::string subject);

    const std::shared_ptr<session_core> core_;
    newest_only<told> to_tell_{};
};

} // namespace transport
