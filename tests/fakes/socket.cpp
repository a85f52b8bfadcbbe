#include "tests/fakes/socket.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <utility>

namespace fakes {
namespace {

[[noreturn]] void broken(const std::string& problem) {
    throw std::runtime_error(problem);
}

bool wait_for(int fd, short events, milliseconds wait) {
    const auto until = std::chrono::steady_clock::now() + wait;
    for (;;) {
        const auto left = std::chrono::duration_cast<milliseconds>(until - std::chrono::steady_clock::now());
        pollfd one{fd, events, 0};
        const int n = ::poll(&one, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
        if (n > 0)
            return true;
        if (n == 0 || errno != EINTR)
            return false;
    }
}

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return at;
}

void no_delay(int fd) {
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

} // namespace

socket::socket(socket&& other) noexcept : buffer(std::move(other.buffer)), fd_(std::exchange(other.fd_, -1)) {
}

socket& socket::operator=(socket&& other) noexcept {
    if (this != &other) {
        close();
        buffer = std::move(other.buffer);
        fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
}

socket socket::connect(std::uint16_t port) {
    socket made(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto at = loopback(port);
    if (::connect(made.fd_, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0)
        broken("connecting to port " + std::to_string(port) + " failed");
    no_delay(made.fd_);
    return made;
}

bool socket::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(n));
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            if (!wait_for(fd_, POLLOUT, patience))
                broken("the peer does not read");
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

std::size_t socket::send_until_full(std::string_view bytes, milliseconds wait) {
    std::size_t sent = 0;
    while (sent < bytes.size()) {
        const auto n = ::send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n >= 0)
            sent += static_cast<std::size_t>(n);
        else if ((errno != EAGAIN && errno != EWOULDBLOCK) || !wait_for(fd_, POLLOUT, wait))
            break;
    }
    return sent;
}

bool socket::send_in_pieces(std::string_view bytes, std::size_t size) {
    for (; !bytes.empty(); bytes.remove_prefix(std::min(size, bytes.size())))
        if (!send(bytes.substr(0, size)))
            return false;
    return true;
}

bool socket::fill(milliseconds wait) {
    if (!wait_for(fd_, POLLIN, wait))
        broken("nothing came within the time; so far: \"" + buffer.substr(0, 2'000) + "\"");
    std::array<char, 16'384> bytes;
    const auto n = ::recv(fd_, bytes.data(), bytes.size(), 0);
    if (n <= 0)
        return false;
    buffer.append(bytes.data(), static_cast<std::size_t>(n));
    return true;
}

bool socket::readable(milliseconds wait) const {
    return wait_for(fd_, POLLIN, wait);
}

void socket::expect_end() {
    while (is_open() && fill()) {
    }
}

void socket::shut_write() {
    ::shutdown(fd_, SHUT_WR);
}

void socket::close() {
    if (fd_ >= 0)
        ::close(std::exchange(fd_, -1));
}

void socket::reset() {
    const linger at_once{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
}

listening_socket::listening_socket(std::uint16_t port)
    : own_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int on = 1;
    ::setsockopt(own_.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    auto at = loopback(port);
    if (::bind(own_.fd(), reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0 ||
        ::listen(own_.fd(), 256) != 0)
        broken("cannot listen on port " + std::to_string(port));
    socklen_t size = sizeof at;
    ::getsockname(own_.fd(), reinterpret_cast<sockaddr*>(&at), &size);
    port_ = ntohs(at.sin_port);
}

socket listening_socket::accept() {
    if (!wait_for(own_.fd(), POLLIN, patience))
        broken("nobody connects");
    socket made(::accept4(own_.fd(), nullptr, nullptr, SOCK_CLOEXEC));
    no_delay(made.fd());
    return made;
}

} // namespace fakes
