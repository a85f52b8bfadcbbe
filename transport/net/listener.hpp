// A listening socket whose connections are dealt to the workers in turn.
#pragma once

#include "transport/net/stream.hpp"
#include "transport/net/worker.hpp"
#include "vmcp/base/result.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace transport {

class listener : public std::enable_shared_from_this<listener> {
public:
    // Called on the worker that gets the connection.
    using accepted = std::function<void(worker&, tcp::socket)>;

    // Binds and listens. `port` 0 lets the system choose. Fails with errc::io and a text that says what to
    // do.
    [[nodiscard]] static vmcp::result<std::shared_ptr<listener>>
    open(const std::string& address, std::uint16_t port, std::vector<worker*> workers, accepted handler);

    // What is done when there is no room for a connection that has come. Both may be empty; each says whether it helped.
    struct relief {
        std::function<asio::awaitable<bool>()> close_one{}; // of those that are open
        std::function<bool()> lend_descriptor{};            // that was kept for this
    };
    // Starts accepting, on the first worker. While `full()` says so, connections wait in the kernel's queue, unless `help`
    // makes room.
    void start(std::function<bool()> full) { start(std::move(full), {}); }
    void start(std::function<bool()> full, relief help);
    // Stops accepting; returns once no further connection is dealt out. From any thread but a worker's.
    void stop();

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] bool is_loopback() const noexcept { return loopback_; }

private:
    listener(std::vector<worker*> workers, accepted handler, tcp::acceptor acceptor);
    asio::awaitable<void> run(std::function<bool()> full, relief help);
    // Returns when there is room for another connection, or the listener was stopped.
    asio::awaitable<void> wait_for_room(const std::function<bool()>& full, const relief& help);
    asio::awaitable<void> rest(std::chrono::milliseconds span);
    asio::awaitable<error_code> accept(worker& home, tcp::socket& into, const relief& help);

    std::vector<worker*> workers_;
    accepted handler_;
    tcp::acceptor acceptor_;
    std::uint16_t port_ = 0;
    bool loopback_ = false;
};

} // namespace transport
