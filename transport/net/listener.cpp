#include "transport/net/listener.hpp"

#include "vmcp/base/log.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include <future>

namespace transport {

listener::listener(std::vector<worker*> workers, accepted handler, tcp::acceptor acceptor)
    : workers_(std::move(workers))
    , handler_(std::move(handler))
    , acceptor_(std::move(acceptor)) {
    port_ = acceptor_.local_endpoint().port();
    loopback_ = acceptor_.local_endpoint().address().is_loopback();
}

vmcp::result<std::shared_ptr<listener>> listener::open(const std::string& address, std::uint16_t port,
                                                       std::vector<worker*> workers, accepted handler) {
    error_code ec;
    const auto ip = asio::ip::make_address(address == "localhost" ? "127.0.0.1" : address, ec);
    if (ec)
        return vmcp::fail(vmcp::errc::io, fmt::format("\"{}\" is no IP address to listen on", address));
    const tcp::endpoint at(ip, port);
    tcp::acceptor acceptor(workers.front()->context());
    const auto failed = [&](const char* step) {
        return vmcp::fail(vmcp::errc::io,
                          fmt::format("cannot {} {}:{}: {}{}", step, address, port, ec.message(),
                                      ec == asio::error::address_in_use
                                          ? "; another program listens there, choose another --port"
                                          : ""));
    };
    acceptor.open(at.protocol(), ec);
    if (ec)
        return failed("open a socket for");
    acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
    acceptor.bind(at, ec);
    if (ec)
        return failed("listen on");
    acceptor.listen(4096, ec);
    if (ec)
        return failed("listen on");
    return std::shared_ptr<listener>(
        new listener(std::move(workers), std::move(handler), std::move(acceptor)));
}

void listener::start(std::function<bool()> full) {
    workers_.front()->spawn(run(std::move(full)), "the listener");
}

void listener::stop() {
    std::promise<void> closed;
    workers_.front()->post([&] {
        error_code ignored;
        acceptor_.close(ignored);
        closed.set_value();
    });
    closed.get_future().wait();
}

asio::awaitable<void> listener::run(std::function<bool()> full) {
    const auto self = shared_from_this();
    asio::steady_timer pause(workers_.front()->context());
    for (std::size_t next = 0;; next = (next + 1) % workers_.size()) {
        error_code ec;
        while (full() && acceptor_.is_open()) {
            pause.expires_after(std::chrono::milliseconds(20));
            co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ec));
        }
        worker& home = *workers_[next];
        tcp::socket socket =
            co_await acceptor_.async_accept(home.context(), asio::redirect_error(asio::use_awaitable, ec));
        if (!acceptor_.is_open())
            co_return;
        if (ec) {
            // Out of descriptors or memory: others will be closed, so it is tried again.
            vmcp::log::warn("accepting a connection failed: {}", ec.message());
            pause.expires_after(std::chrono::milliseconds(50));
            co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ec));
            continue;
        }
        if (&home == workers_.front())
            handler_(home, std::move(socket));
        else
            asio::post(home.context(), [self, &home, s = std::move(socket)]() mutable {
                self->handler_(home, std::move(s));
            });
    }
}

} // namespace transport
