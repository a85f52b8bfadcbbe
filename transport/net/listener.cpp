#include "transport/net/listener.hpp"

#include "vmcp/base/log.hpp"
#include "vmcp/base/shortage.hpp"
#include "vmcp/base/url.hpp"

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
                          fmt::format("cannot {} {}: {}{}", step, vmcp::host_and_port(address, port),
                                      ec.message(),
                                      ec == asio::error::address_in_use
                                          ? "; another program listens there, choose another port"
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

void listener::start(std::function<bool()> full, relief help) {
    workers_.front()->spawn(run(std::move(full), std::move(help)), "the listener");
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

asio::awaitable<void> listener::rest(std::chrono::milliseconds span) {
    error_code ignored;
    asio::steady_timer pause(workers_.front()->context(), span);
    co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

asio::awaitable<void> listener::wait_for_room(const std::function<bool()>& full, const relief& help) {
    constexpr std::chrono::milliseconds moment{20};
    if (!full())
        co_return;
    // Nobody makes room for one that has not come.
    if (help.close_one) {
        error_code ec;
        co_await acceptor_.async_wait(tcp::acceptor::wait_read,
                                      asio::redirect_error(asio::use_awaitable, ec));
    }
    while (full() && acceptor_.is_open()) {
        // What is closed goes by itself, a little later.
        if (help.close_one && co_await help.close_one())
            for (int i = 0; full() && i < 10; ++i)
                co_await rest(std::chrono::milliseconds(1));
        else
            co_await rest(moment);
    }
}

// A connection. Where there is no descriptor for it, another one goes.
asio::awaitable<error_code> listener::accept(worker& home, tcp::socket& into, const relief& help) {
    constexpr std::chrono::milliseconds moment{50};
    error_code ec;
    into = co_await acceptor_.async_accept(home.context(), asio::redirect_error(asio::use_awaitable, ec));
    if (!ec || !acceptor_.is_open() || !vmcp::shortage_of(ec))
        co_return ec;
    vmcp::note_if_shortage(ec);
    // In one go: whatever else happens on this thread must not get the descriptor.
    if (help.lend_descriptor && help.lend_descriptor()) {
        acceptor_.non_blocking(true, ec);
        into = acceptor_.accept(home.context(), ec);
        co_return ec == asio::error::would_block ? error_code(asio::error::try_again) : ec;
    }
    if (!help.close_one || !co_await help.close_one())
        co_await rest(moment);
    co_return asio::error::try_again;
}

asio::awaitable<void> listener::run(std::function<bool()> full, relief help) {
    const auto self = shared_from_this();
    for (std::size_t next = 0;; next = (next + 1) % workers_.size()) {
        worker& home = *workers_[next];
        tcp::socket socket(home.context());
        co_await wait_for_room(full, help);
        if (!acceptor_.is_open())
            co_return;
        const auto ec = co_await accept(home, socket, help);
        if (!acceptor_.is_open())
            co_return;
        if (ec) {
            if (ec != asio::error::try_again) {
                vmcp::log::warn("accepting a connection failed: {}", ec.message());
                co_await rest(std::chrono::milliseconds(50));
            }
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
