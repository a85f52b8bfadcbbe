// One byte stream to a peer: plain TCP or TLS over it, behind one type that Beast and Asio take as an
// AsyncStream.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <memory>
#include <string>
#include <utility>

namespace transport {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;

// Errors of stream::tls_client about the peer's certificate: expired, unknown authority, another name.
[[nodiscard]] const boost::system::error_category& certificate_category() noexcept;

class stream {
public:
    using executor_type = tcp::socket::executor_type;
    using next_layer_type = tcp::socket;

    explicit stream(tcp::socket socket) : socket_(std::move(socket)) {}

    [[nodiscard]] executor_type get_executor() noexcept { return socket().get_executor(); }
    [[nodiscard]] tcp::socket& socket() noexcept { return tls_ ? tls_->next_layer() : socket_; }
    [[nodiscard]] const tcp::socket& socket() const noexcept { return tls_ ? tls_->next_layer() : socket_; }
    [[nodiscard]] bool is_tls() const noexcept { return tls_ != nullptr; }
    [[nodiscard]] bool is_open() const noexcept { return socket().is_open(); }

    // Bytes that TLS has decrypted already and that the socket's readability therefore does not announce.
    [[nodiscard]] bool has_pending() const noexcept;

    // Turn a connected plain stream into TLS. The context must outlive the stream. `host` is sent as SNI when
    // it is a name, and the certificate must be valid for it (RFC 9110 section 4.3.4); an error of
    // certificate_category() says why it is not.
    asio::awaitable<error_code> tls_client(asio::ssl::context& context, std::string host);
    asio::awaitable<error_code> tls_server(asio::ssl::context& context);

    // Of a stream that was turned into TLS as a server: the peer's certificate in DER, verified against the context's
    // authorities; empty when it has shown none.
    [[nodiscard]] std::string client_certificate() const;

    // Ends all operations on the stream with operation_aborted; it cannot be used afterwards. For TLS no
    // close_notify is sent: every message on our streams has its own framing, so a truncation is noticed.
    void close() noexcept;

    // Ends pending operations but leaves the stream open.
    void cancel() noexcept;

    template <class Buffers, class Token>
    auto async_read_some(const Buffers& buffers, Token&& token) {
        return asio::async_initiate<Token, void(error_code, std::size_t)>(
            [this](auto handler, const Buffers& b) {
                if (tls_)
                    tls_->async_read_some(b, std::move(handler));
                else
                    socket_.async_read_some(b, std::move(handler));
            },
            token, buffers);
    }

    template <class Buffers, class Token>
    auto async_write_some(const Buffers& buffers, Token&& token) {
        return asio::async_initiate<Token, void(error_code, std::size_t)>(
            [this](auto handler, const Buffers& b) {
                if (tls_)
                    tls_->async_write_some(b, std::move(handler));
                else
                    socket_.async_write_some(b, std::move(handler));
            },
            token, buffers);
    }

private:
    tcp::socket socket_;
    std::unique_ptr<asio::ssl::stream<tcp::socket>> tls_{};
};

} // namespace transport
