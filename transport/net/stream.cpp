#include "transport/net/stream.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace transport {

bool stream::has_pending() const noexcept {
    return tls_ && SSL_pending(tls_->native_handle()) > 0;
}

asio::awaitable<error_code> stream::tls_client(asio::ssl::context& context, std::string host) {
    tls_ = std::make_unique<asio::ssl::stream<tcp::socket>>(std::move(socket_), context);
    error_code ec;
    boost::system::error_code not_an_address;
    asio::ip::make_address(host, not_an_address);
    // SNI holds names only (RFC 6066 section 3).
    if (not_an_address && SSL_set_tlsext_host_name(tls_->native_handle(), host.c_str()) != 1)
        co_return asio::error::invalid_argument;
    tls_->set_verify_mode(asio::ssl::verify_peer);
    tls_->set_verify_callback(asio::ssl::host_name_verification(host));
    co_await tls_->async_handshake(asio::ssl::stream_base::client,
                                   asio::redirect_error(asio::use_awaitable, ec));
    co_return ec;
}

asio::awaitable<error_code> stream::tls_server(asio::ssl::context& context) {
    tls_ = std::make_unique<asio::ssl::stream<tcp::socket>>(std::move(socket_), context);
    error_code ec;
    co_await tls_->async_handshake(asio::ssl::stream_base::server,
                                   asio::redirect_error(asio::use_awaitable, ec));
    co_return ec;
}

void stream::close() noexcept {
    error_code ignored;
    socket().shutdown(tcp::socket::shutdown_both, ignored);
    socket().close(ignored);
}

void stream::cancel() noexcept {
    error_code ignored;
    socket().cancel(ignored);
}

} // namespace transport
