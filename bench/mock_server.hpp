// Serves a mock_backend on one loopback port: HTTP/1.1 with keep-alive and pipelining.
#pragma once

#include "bench/mock_backend.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <string>

namespace bench {

// Listens from construction on; accepts while the context runs. `backend` and the context must outlive it.
class mock_server {
public:
    // Throws boost::system::system_error when the address cannot be bound. Port 0 lets the system choose.
    mock_server(boost::asio::io_context& context, mock_backend& backend, const std::string& host,
                std::uint16_t port);

    [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

private:
    void accept();

    using acceptor =
        boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;
    acceptor acceptor_;
    mock_backend& backend_;
};

} // namespace bench
