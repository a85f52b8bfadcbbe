#include "transport/http/server_connection.hpp"

#include "transport/sse/sse_encoder.hpp"
#include "vmcp/base/log.hpp"
#include "vmcp/model/message.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <fmt/format.h>

#include <array>

namespace transport {

std::string_view http_request::field(std::string_view name) const {
    const auto it = head.find(name);
    return it == head.end() ? std::string_view{} : std::string_view(it->value());
}

bool http_request::has_field(std::string_view name) const {
    return head.find(name) != head.end();
}

server_connection::server_connection(worker& home, tcp::socket socket, http_handler& handler,
                                     const http_limits& limits, std::atomic<std::size_t>& count)
    : home_(home)
    , stream_(std::move(socket))
    , handler_(handler)
    , limits_(limits)
    , count_(count)
    , reader_(stream_, home) {
    error_code ignored;
    stream_.socket().set_option(tcp::no_delay(true), ignored);
    home_.sweeper().add(*this);
    ++count_;
}

server_connection::~server_connection() {
    --count_;
}

void server_connection::on_due() {
    if (!writing_ && wake_) {
        std::exchange(wake_, nullptr)();
        return;
    }
    timed_out_ = true;
    if (writing_ || (state == phase::idle && !settling_))
        stream_.close();
    else
        stream_.cancel(); // a read: there is still an answer to send
}

void server_connection::on_drain() {
    if (state == phase::idle)
        stream_.close();
    else if (drain_)
        std::exchange(drain_, nullptr)();
}

void server_connection::wake_in(std::chrono::milliseconds wait, std::function<void()> what) {
    wake_ = std::move(what);
    home_.sweeper().due_in(*this, wait);
}

void server_connection::wake_never() {
    wake_ = nullptr;
    home_.sweeper().never(*this);
}

std::string server_connection::peer() const {
    error_code ec;
    const auto endpoint = stream_.socket().remote_endpoint(ec);
    return ec ? std::string("unknown") : endpoint.address().to_string();
}

asio::awaitable<void> server_connection::run(std::shared_ptr<asio::ssl::context> tls) {
    const auto self = shared_from_this();
    tls_ = std::move(tls);
    if (tls_) {
        state = phase::idle;
        home_.sweeper().due_in(*this, limits_.header_timeout);
        if (const auto ec = co_await stream_.tls_server(*tls_); ec) {
            vmcp::log::debug("TLS handshake with {} failed: {}", peer(), ec.message());
            co_return;
        }
    }
    while (co_await serve_one()) {
    }
    home_.sweeper().never(*this);
    stream_.close();
}

// Returns whether the connection may carry another request.
asio::awaitable<bool> server_connection::serve_one() {
    timed_out_ = false;
    answered_ = false;
    close_ = false;
    if (reader_.ahead().empty() && !co_await await_request())
        co_return false;
    state = phase::busy;
    home_.sweeper().due_in(*this, limits_.header_timeout);
    if (const auto end = co_await reader_.head(limits_.max_header, limits_.policy); end != read_end::ok) {
        co_await answer_read_error(end, false);
        co_return false;
    }
    close_ = !reader_.keep_alive();
    body_.clear();
    const bool too_large =
        reader_.check().framing == body_framing::length && reader_.check().content_length > limits_.max_body;
    if ((too_large || !reader_.take_buffered_body(body_)) && !co_await read_body())
        co_return false;
    home_.sweeper().never(*this);

    http_request request{reader_.header(), reader_.check().path, reader_.check().query, body_, *this};
    co_await handler_.handle(request);
    wake_never();
    drain_ = nullptr;
    constexpr std::size_t kept_body = 64 * 1024;
    if (body_.capacity() > kept_body || home_.sweeper().draining())
        body_ = {};
    else
        body_.clear();
    co_return answered_ && !close_ && !gone_;
}

// A busy client sends its next request within a moment; after that the connection gives its buffer back and waits without one.
asio::awaitable<bool> server_connection::await_request() {
    constexpr std::chrono::milliseconds moment{1'000};
    state = phase::idle;
    if (draining())
        co_return false;
    error_code ec;
    settling_ = true;
    home_.sweeper().due_in(*this, std::min(moment, limits_.idle_timeout));
    const bool soon = co_await reader_.ahead().fill(stream_, ec);
    settling_ = false;
    if (soon || !timed_out_ || !stream_.is_open())
        co_return soon;
    timed_out_ = false;
    reader_.ahead().release();
    home_.sweeper().due_in(*this, limits_.idle_timeout);
    ec = {};
    co_return co_await reader_.ahead().fill_patiently(stream_, ec);
}

asio::awaitable<bool> server_connection::read_body() {
    if (reader_.check().framing == body_framing::length &&
        reader_.check().content_length > limits_.max_body) {
        co_await answer_read_error(read_end::too_large, true);
        co_return false;
    }
    if (reader_.check().expect_continue) {
        const std::array<asio::const_buffer, 1> interim{
            asio::buffer(continue_head.data(), continue_head.size())};
        if (!co_await write(interim))
            co_return false;
    }
    home_.sweeper().due_in(*this, limits_.body_timeout);
    if (const auto end = co_await reader_.body(body_, limits_.max_body); end != read_end::ok) {
        co_await answer_read_error(end, true);
        co_return false;
    }
    co_return true;
}

// The connection is closed afterwards: what follows in it cannot be trusted.
asio::awaitable<void> server_connection::answer_read_error(read_end end, bool in_body) {
    close_ = true;
    switch (end) {
    case read_end::malformed:
        co_await respond(reader_.refusal().status, "application/json",
                         vmcp::gather(vmcp::error_message({}, row_of(vmcp::errc::bad_request).rpc_code,
                                                          reader_.refusal().reason)));
        break;
    case read_end::too_large:
        co_await refuse(
            in_body
                ? vmcp::fail(vmcp::errc::payload_too_large,
                             fmt::format("the limit is {} bytes (limits.maxBody)", limits_.max_body))
                : vmcp::fail(vmcp::errc::header_too_large,
                             fmt::format("the limit is {} bytes (limits.maxHeader)", limits_.max_header)));
        break;
    case read_end::aborted:
        if (timed_out_)
            co_await refuse(vmcp::fail(vmcp::errc::request_timeout));
        break;
    case read_end::ok:
    case read_end::closed:
    case read_end::truncated:
    case read_end::io_error:
        break;
    }
    // Bytes the peer still sends would turn our close into a reset that can overtake the answer.
    if (answered_ && !gone_) {
        error_code ec;
        stream_.socket().shutdown(tcp::socket::shutdown_send, ec);
        state = phase::idle;
        home_.sweeper().due_in(*this, std::chrono::milliseconds(500));
        std::array<char, 4096> sink;
        for (std::size_t total = 0; !ec && total < 4 * limits_.max_header;)
            total += co_await stream_.async_read_some(asio::buffer(sink),
                                                      asio::redirect_error(asio::use_awaitable, ec));
    }
}

asio::awaitable<bool> server_connection::write(std::span<const asio::const_buffer> buffers) {
    if (gone_)
        co_return false;
    writing_ = true;
    home_.sweeper().due_in(*this, limits_.write_timeout);
    error_code ec;
    co_await asio::async_write(stream_, buffers, asio::redirect_error(asio::use_awaitable, ec));
    writing_ = false;
    home_.sweeper().never(*this);
    if (ec)
        gone_ = true;
    co_return !gone_;
}

asio::awaitable<bool> server_connection::respond(unsigned status, std::string_view content_type,
                                                 const vmcp::gather& body,
                                                 std::span<const header_field> fields) {
    answered_ = true;
    close_ = close_ || draining();
    head_.clear();
    response_head head{
        .status = status, .body = {.content_type = content_type}, .close = close_, .fields = fields};
    if (status != 204)
        head.body.content_length = body.size();
    if (const auto written = append_head(head_, head); !written.ok()) {
        vmcp::log::error("bug: response head refused: {} {}", text_of(written.error), written.field);
        gone_ = true;
        co_return false;
    }
    std::array<asio::const_buffer, vmcp::gather::capacity + 1> buffers;
    std::size_t n = 0;
    buffers[n++] = asio::buffer(head_);
    for (const auto piece : body.pieces())
        buffers[n++] = asio::buffer(piece.data(), piece.size());
    co_return co_await write(std::span(buffers.data(), n));
}

asio::awaitable<bool> server_connection::refuse(const vmcp::failure& why, std::string_view id,
                                                std::span<const header_field> fields) {
    const std::string body = vmcp::error_message(id, why);
    co_return co_await respond(row_of(why.code).http_status, "application/json", vmcp::gather(body), fields);
}

asio::awaitable<bool> server_connection::start_stream(std::string_view content_type,
                                                      std::span<const header_field> fields) {
    answered_ = true;
    close_ = close_ || draining();
    state = phase::streaming;
    head_.clear();
    const response_head head{.status = 200,
                             .body = {.content_type = content_type, .chunked = true},
                             .close = close_,
                             .fields = fields};
    if (const auto written = append_head(head_, head); !written.ok()) {
        gone_ = true;
        co_return false;
    }
    const std::array<asio::const_buffer, 1> buffers{asio::buffer(head_)};
    co_return co_await write(buffers);
}

asio::awaitable<bool> server_connection::write_framed(std::string_view chunks) {
    const std::array<asio::const_buffer, 1> buffers{asio::buffer(chunks.data(), chunks.size())};
    co_return co_await write(buffers);
}

asio::awaitable<bool> server_connection::end_stream() {
    state = phase::busy;
    co_return co_await write_framed(last_chunk);
}

} // namespace transport
