#include "bench/mock_server.hpp"

#include "bench/http_head.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <utility>

namespace bench {

namespace net = boost::asio;
using boost::system::error_code;

namespace {

using executor = net::io_context::executor_type;
using socket_type = net::basic_stream_socket<net::ip::tcp, executor>;
using timer_type = net::basic_waitable_timer<std::chrono::steady_clock,
                                             net::wait_traits<std::chrono::steady_clock>, executor>;

constexpr std::size_t first_buffer = 16 * 1024;
constexpr std::size_t largest_request = 128u << 20;

// One accepted connection. Handlers keep it alive; it ends when none is left.
class connection : public std::enable_shared_from_this<connection> {
public:
    connection(socket_type socket, mock_backend& backend)
        : socket_{std::move(socket)}
        , timer_{socket_.get_executor()}
        , backend_{backend} {
        error_code ignored;
        socket_.set_option(net::ip::tcp::no_delay{true}, ignored);
        socket_.non_blocking(true, ignored);
        buffer_.resize(first_buffer);
    }

    void read() {
        if (end_ == buffer_.size())
            buffer_.resize(buffer_.size() * 2);
        socket_.async_read_some(net::buffer(buffer_.data() + end_, buffer_.size() - end_),
                                [self = shared_from_this()](error_code ec, std::size_t size) {
                                    self->end_ += size;
                                    if (!ec)
                                        self->serve_buffered();
                                });
    }

private:
    // Answers all complete requests in the buffer, in order; then reads on.
    void serve_buffered() {
        while (take_request()) {
            if (reply_.when == mock_reply::kind::never)
                return drain();
            if (reply_.when == mock_reply::kind::later)
                return wait_then_write();
            if (!write_now())
                return; // goes on when the asynchronous write is done
        }
        if (!broken_)
            read();
    }

    // Reads without answering, only to notice when the peer leaves.
    void drain() {
        socket_.async_read_some(net::buffer(buffer_),
                                [self = shared_from_this()](error_code ec, std::size_t) {
                                    if (!ec)
                                        self->drain();
                                });
    }

    // Moves one request out of the buffer and fills reply_. False when there is none (yet).
    bool take_request() {
        const std::string_view bytes{buffer_.data() + start_, end_ - start_};
        http_head head;
        const auto state = bytes.empty() ? head_state::incomplete : parse_head(bytes, head);
        if (state == head_state::broken || head.chunked || head.content_length > largest_request)
            return refuse();
        if (state == head_state::incomplete || bytes.size() - head.size < head.content_length) {
            make_room();
            return false;
        }
        const auto body = bytes.substr(head.size, static_cast<std::size_t>(head.content_length));
        backend_.answer(request_method(head.start_line), body, reply_);
        start_ += head.size + body.size();
        return true;
    }

    bool refuse() {
        constexpr std::string_view answer =
            "HTTP/1.1 411 Length Required\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        error_code ignored;
        socket_.send(net::buffer(answer), 0, ignored);
        broken_ = true;
        return false;
    }

    void make_room() {
        if (start_ == 0)
            return;
        std::memmove(buffer_.data(), buffer_.data() + start_, end_ - start_);
        end_ -= start_;
        start_ = 0;
    }

    // One plain send is enough for nearly every reply; the rest goes the asynchronous way.
    bool write_now() {
        const std::array<net::const_buffer, 2> parts{net::buffer(reply_.text), net::buffer(reply_.tail)};
        const auto total = reply_.text.size() + reply_.tail.size();
        error_code ec;
        const auto sent = socket_.send(parts, 0, ec);
        if (ec && ec != net::error::would_block) {
            broken_ = true;
            return true;
        }
        if (sent == total && reply_.events.empty())
            return true;
        write_rest(sent);
        return false;
    }

    void write_rest(std::size_t sent) {
        std::array<net::const_buffer, 2> parts{net::buffer(reply_.text), net::buffer(reply_.tail)};
        for (auto& part : parts) {
            const auto skip = std::min(sent, part.size());
            part += skip;
            sent -= skip;
        }
        net::async_write(socket_, parts, [self = shared_from_this()](error_code ec, std::size_t) {
            if (!ec)
                self->write_event(0);
        });
    }

    // Every event leaves in a write of its own, as from a server that reports while it works.
    void write_event(std::size_t index) {
        if (index == reply_.events.size())
            return serve_buffered();
        net::async_write(socket_, net::buffer(reply_.events[index]),
                         [self = shared_from_this(), index](error_code ec, std::size_t) {
                             if (!ec)
                                 self->write_event(index + 1);
                         });
    }

    void wait_then_write() {
        timer_.expires_after(reply_.delay);
        timer_.async_wait([self = shared_from_this()](error_code ec) {
            if (!ec && self->write_now())
                self->serve_buffered();
        });
    }

    socket_type socket_;
    timer_type timer_;
    mock_backend& backend_;
    std::vector<char> buffer_;
    std::size_t start_ = 0; // of the bytes not yet answered
    std::size_t end_ = 0;
    bool broken_ = false;
    mock_reply reply_;
};

} // namespace

mock_server::mock_server(net::io_context& context, mock_backend& backend, const std::string& host,
                         std::uint16_t port)
    : acceptor_{context}
    , backend_{backend} {
    const net::ip::tcp::endpoint endpoint{net::ip::make_address(host), port};
    acceptor_.open(endpoint.protocol());
    acceptor_.set_option(net::socket_base::reuse_address{true});
    acceptor_.bind(endpoint);
    acceptor_.listen(4096);
    accept();
}

void mock_server::accept() {
    acceptor_.async_accept([this](error_code ec, socket_type socket) {
        if (!ec)
            std::make_shared<connection>(std::move(socket), backend_)->read();
        if (ec != net::error::operation_aborted)
            accept();
    });
}

} // namespace bench
