#include "transport/mcp/front/peer_watch.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>

#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace transport {
namespace {

bool is_closed(int socket) {
    char byte = 0;
    const auto n = ::recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

} // namespace

peer_watch::peer_watch(server_connection& connection, std::function<void()> gone)
    : state_(std::make_shared<state>(std::move(gone))) {
    auto& socket = connection.stream().socket();
    socket.async_wait(
        tcp::socket::wait_read,
        asio::bind_cancellation_slot(
            state_->stop.slot(), [of = state_, self = connection.shared_from_this()](const error_code& ec) {
                if (ec || !of->gone || !is_closed(self->stream().socket().native_handle()))
                    return;
                self->mark_gone();
                std::exchange(of->gone, nullptr)();
            }));
}

peer_watch::~peer_watch() {
    state_->gone = nullptr;
    state_->stop.emit(asio::cancellation_type::terminal);
}

} // namespace transport
