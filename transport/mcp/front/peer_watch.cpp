#include "transport/mcp/front/peer_watch.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>

#include <poll.h>

#include <chrono>
#include <utility>

namespace transport {
namespace {

// The peer has sent its last byte, also where some of them were not read yet: over TLS a farewell comes before the end.
bool is_closed(int socket) {
    pollfd polled{.fd = socket, .events = POLLRDHUP, .revents = 0};
    return ::poll(&polled, 1, 0) > 0;
}

} // namespace

struct peer_watch::state : std::enable_shared_from_this<state> {
    state(std::shared_ptr<server_connection> watched, std::function<void()> when_gone)
        : connection(std::move(watched))
        , gone(std::move(when_gone))
        , again(connection->home().executor()) {}

    void begin() {
        connection->stream().socket().async_wait(
            tcp::socket::wait_read,
            asio::bind_cancellation_slot(stop.slot(), [self = shared_from_this()](const error_code& ec) {
                if (!ec)
                    self->look();
            }));
    }

    // Something came, or some time ago.
    void look() {
        // A socket with bytes that nobody reads yet is readable all the time.
        constexpr std::chrono::milliseconds rest{200};
        if (!gone)
            return;
        if (is_closed(connection->stream().socket().native_handle())) {
            connection->mark_gone();
            std::exchange(gone, nullptr)();
            return;
        }
        again.expires_after(rest);
        again.async_wait([self = shared_from_this()](const error_code& ec) {
            if (!ec)
                self->look();
        });
    }

    void end() {
        gone = nullptr;
        stop.emit(asio::cancellation_type::terminal);
        again.cancel();
    }

    const std::shared_ptr<server_connection> connection;
    std::function<void()> gone;
    asio::cancellation_signal stop{};
    asio::steady_timer again;
};

peer_watch::peer_watch(server_connection& connection, std::function<void()> gone)
    : state_(std::make_shared<state>(connection.shared_from_this(), std::move(gone))) {
    state_->begin();
}

peer_watch::~peer_watch() {
    state_->end();
}

} // namespace transport
