#include "transport/net/stream.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include <openssl/x509v3.h>

namespace transport {
namespace {

// Why a certificate was not accepted; the values are those of X509_V_ERR_*. OpenSSL's own error code says only that.
class certificate_errors final : public boost::system::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "certificate"; }
    [[nodiscard]] std::string message(int value) const override {
        return fmt::format("certificate not accepted: {}", X509_verify_cert_error_string(value));
    }
};

// False when `host` cannot be a name or address.
bool expect_peer(SSL* session, const std::string& host, bool is_address) {
    auto* const checks = SSL_get0_param(session);
    X509_VERIFY_PARAM_set_hostflags(checks, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (is_address)
        return X509_VERIFY_PARAM_set1_ip_asc(checks, host.c_str()) == 1;
    // SNI holds names only (RFC 6066 section 3).
    return SSL_set1_host(session, host.c_str()) == 1 && SSL_set_tlsext_host_name(session, host.c_str()) == 1;
}

} // namespace

const boost::system::error_category& certificate_category() noexcept {
    static const certificate_errors category;
    return category;
}

bool stream::has_pending() const noexcept {
    return tls_ && SSL_pending(tls_->native_handle()) > 0;
}

asio::awaitable<error_code> stream::tls_client(asio::ssl::context& context, std::string host) {
    tls_ = std::make_unique<asio::ssl::stream<tcp::socket>>(std::move(socket_), context);
    error_code ec;
    boost::system::error_code not_an_address;
    asio::ip::make_address(host, not_an_address);
    if (!expect_peer(tls_->native_handle(), host, !not_an_address))
        co_return asio::error::invalid_argument;
    tls_->set_verify_mode(asio::ssl::verify_peer);
    co_await tls_->async_handshake(asio::ssl::stream_base::client,
                                   asio::redirect_error(asio::use_awaitable, ec));
    if (ec.category() == asio::error::get_ssl_category())
        if (const auto why = SSL_get_verify_result(tls_->native_handle()); why != X509_V_OK)
            ec.assign(static_cast<int>(why), certificate_category());
    co_return ec;
}

asio::awaitable<error_code> stream::tls_server(asio::ssl::context& context) {
    tls_ = std::make_unique<asio::ssl::stream<tcp::socket>>(std::move(socket_), context);
    error_code ec;
    co_await tls_->async_handshake(asio::ssl::stream_base::server,
                                   asio::redirect_error(asio::use_awaitable, ec));
    co_return ec;
}

std::string stream::client_certificate() const {
    if (!tls_ || SSL_get_verify_result(tls_->native_handle()) != X509_V_OK)
        return {};
    const std::unique_ptr<X509, decltype(&X509_free)> shown(SSL_get1_peer_certificate(tls_->native_handle()),
                                                            X509_free);
    unsigned char* der = nullptr;
    const int size = shown ? i2d_X509(shown.get(), &der) : 0;
    if (size <= 0)
        return {};
    std::string out(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    return out;
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
