#include "transport/http/server_connection.hpp"

#include "transport/net/network_of.hpp"
#include "transport/sse/sse_encoder.hpp"
#include "vmcp/base/ascii.hpp"
#include "vmcp/base/excerpt.hpp"
#include "vmcp/base/log.hpp"
#include "vmcp/model/message.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <fmt/format.h>

#include <algorithm>
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
                                     const http_limits& limits, connection_group& among)
    : home_(home)
    , stream_(std::move(socket))
    , handler_(handler)
    , limits_(limits)
    , among_(among)
    , shelf_(among.of(home))
    , ahead_(home)
    , body_memory_(home.memory(), vmcp::memory_class::requests) {
    error_code ignored;
    stream_.socket().set_option(tcp::no_delay(true), ignored);
    home_.sweeper().add(*this);
    among_.opened();
}

server_connection::~server_connection() {
    among_.closed();
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

void server_connection::wake_in(std::chrono::milliseconds wait, std::function<void()> action) {
    wake_ = std::move(action);
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

std::uint64_t server_connection::network() const {
    error_code ec;
    const auto endpoint = stream_.socket().remote_endpoint(ec);
    return ec ? 0 : network_of(endpoint.address());
}

// A free-standing frame: this is where most connections spend their lives, and every coroutine further down would
// cost each of them its memory.
asio::awaitable<void> server_connection::run(std::shared_ptr<server_connection> connection,
                                             std::shared_ptr<asio::ssl::context> tls) {
    auto& self = *connection;
    self.tls_ = std::move(tls);
    if (self.tls_ && !co_await self.handshake())
        co_return;
    do {
        if (!self.ahead_.empty())
            continue; // the next request came with the last one
        const auto came = co_await self.await_request();
        if (came == awaited::nothing)
            break;
        if (came == awaited::silence) {
            error_code ec;
            co_await self.stream_.socket().async_wait(tcp::socket::wait_read,
                                                      asio::redirect_error(asio::use_awaitable, ec));
            if (ec)
                break;
        }
    } while (co_await self.serve_one());
    self.home_.sweeper().never(self);
    self.stream_.close();
}

asio::awaitable<bool> server_connection::handshake() {
    state = phase::idle;
    home_.sweeper().due_in(*this, limits_.header_timeout);
    shelf_.put(*this);
    const auto ec = co_await stream_.tls_server(*tls_);
    connection_group::shelf::take(*this);
    if (ec)
        vmcp::log::debug("TLS handshake with {} failed: {}", peer(), ec.message());
    co_return !ec;
}

// Returns whether the connection may carry another request.
asio::awaitable<bool> server_connection::serve_one() {
    connection_group::shelf::take(*this);
    used_ = true;
    timed_out_ = false;
    answered_ = false;
    close_ = false;
    head_only_ = false;
    state = phase::busy;
    home_.sweeper().due_in(*this, limits_.header_timeout);
    request_reader reader(stream_, ahead_);
    if (const auto end = co_await reader.head(limits_.max_header, limits_.policy); end != read_end::ok) {
        co_await answer_read_error(reader, end, false);
        co_return false;
    }
    close_ = !reader.keep_alive();
    head_only_ = reader.header().method() == boost::beast::http::verb::head;
    body_.clear();
    const bool too_large =
        reader.check().framing == body_framing::length && reader.check().content_length > limits_.max_body;
    if ((too_large || !reader.take_buffered_body(body_)) && !co_await read_body(reader))
        co_return false;
    home_.sweeper().never(*this);

    const auto& check = reader.check();
    http_request request{reader.header(), check.path, check.query,     check.host,
                         body_,           *this,      limits_.max_body};
    co_await handler_.handle(request);
    wake_never();
    drain_ = nullptr;
    constexpr std::size_t kept_body = 64 * 1024;
    if (body_.capacity() > kept_body || home_.sweeper().draining())
        std::string().swap(body_); // assignment would keep its memory
    else
        body_.clear();
    body_memory_.release();
    co_return answered_ && !close_ && !gone_;
}

// A busy client sends its next request within a moment: its connection keeps its buffer that long, which saves
// a system call. After that, and where too many would do so, it waits without one; TLS cannot, because only
// decryption tells whether there is anything to read.
asio::awaitable<server_connection::awaited> server_connection::await_request() {
    constexpr std::chrono::milliseconds moment{1'000};
    constexpr std::size_t max_lent = 128;
    state = phase::idle;
    if (draining())
        co_return awaited::nothing;
    error_code ec;
    shelf_.put(*this);
    // Whoever connects and says nothing is no client that comes back.
    const auto patience = used_ ? limits_.idle_timeout : limits_.header_timeout;
    if (home_.buffers_lent() < max_lent) {
        timed_out_ = false;
        settling_ = true;
        home_.sweeper().due_in(*this, std::min(moment, patience));
        const bool soon = co_await ahead_.fill(stream_, ec);
        settling_ = false;
        if (soon)
            co_return awaited::bytes;
        if (!timed_out_ || !stream_.is_open())
            co_return awaited::nothing;
    }
    ahead_.release();
    std::string().swap(body_); // assignment would keep its memory
    std::string().swap(head_);
    home_.sweeper().due_in(*this, patience);
    if (!stream_.is_tls())
        co_return awaited::silence;
    co_return co_await ahead_.fill(stream_, ec) ? awaited::bytes : awaited::nothing;
}

asio::awaitable<bool> server_connection::read_body(request_reader& reader) {
    max_body_ = limits_.max_body;
    why_max_body_ = "limits.maxBody";
    const auto too_long = [&] {
        return reader.check().framing == body_framing::length && reader.check().content_length > max_body_;
    };
    if (!too_long() && !co_await admit(reader)) {
        close_ = true;
        co_await linger();
        co_return false;
    }
    if (too_long()) {
        co_await refuse_body(reader, read_end::too_large);
        co_return false;
    }
    if (reader.check().expect_continue) {
        // Nobody is asked for what there is no room for.
        if (!body_memory_.would_fit(static_cast<std::size_t>(reader.check().content_length))) {
            body_memory_.ledger()->count_refused(vmcp::memory_class::requests);
            co_await refuse_body(reader, read_end::no_memory);
            co_return false;
        }
        const std::array<asio::const_buffer, 1> interim{
            asio::buffer(continue_head.data(), continue_head.size())};
        if (!co_await write(interim))
            co_return false;
    }
    home_.sweeper().due_in(*this, limits_.body_timeout);
    if (const auto end = co_await reader.body(body_, max_body_, &body_memory_); end != read_end::ok) {
        co_await refuse_body(reader, end);
        co_return false;
    }
    co_return true;
}

// What was read of it is not needed any more; whoever is refused may take long to go.
asio::awaitable<void> server_connection::refuse_body(const request_reader& reader, read_end end) {
    std::string().swap(body_); // assignment would keep its memory
    body_memory_.release();
    return answer_read_error(reader, end, true);
}

// A body that is read whole costs memory: who may not call is told before, and so is who asks whether to send it.
asio::awaitable<bool> server_connection::admit(const request_reader& reader) {
    constexpr std::uint64_t short_body = 16 * 1024;
    const auto& check = reader.check();
    if (check.framing == body_framing::length && check.content_length <= short_body && !check.expect_continue)
        co_return true;
    home_.sweeper().never(*this);
    close_ = true; // of an answer that comes now
    http_request early{reader.header(), check.path, check.query, check.host, {}, *this, limits_.max_body};
    const bool admitted = co_await handler_.admit(early);
    close_ = !reader.keep_alive();
    max_body_ = std::min(max_body_, early.max_body);
    why_max_body_ = early.why_so_long;
    co_return admitted;
}

// The connection is closed afterwards: what follows in it cannot be trusted.
asio::awaitable<void> server_connection::answer_read_error(const request_reader& reader, read_end end,
                                                           bool in_body) {
    close_ = true;
    switch (end) {
    case read_end::malformed:
        note_refusal(reader.refusal().reason);
        co_await respond(reader.refusal().status, "application/json",
                         vmcp::gather(vmcp::error_message({}, row_of(vmcp::errc::bad_request).rpc_code,
                                                          reader.refusal().reason)));
        break;
    case read_end::too_large:
        co_await refuse(
            in_body
                ? vmcp::fail(vmcp::errc::payload_too_large,
                             fmt::format("the limit is {} bytes ({})", max_body_, why_max_body_))
                : vmcp::fail(vmcp::errc::header_too_large,
                             fmt::format("the limit is {} bytes (limits.maxHeader)", limits_.max_header)));
        break;
    case read_end::no_memory:
        co_await refuse(
            vmcp::fail(vmcp::errc::no_memory, "too much is being read or held for others (limits.memory)"));
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
    co_await linger();
}

// Bytes the peer still sends would turn our close into a reset that can overtake the answer; and most clients look for one
// only after they have sent their body. It is read and dropped, as long as it comes and is not longer than it may be.
asio::awaitable<void> server_connection::linger() {
    constexpr std::chrono::milliseconds silence{500};
    if (!answered_ || gone_)
        co_return;
    error_code ec;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ec);
    state = phase::idle;
    std::array<char, 4096> sink;
    const auto most = limits_.max_body + 4 * limits_.max_header;
    const auto until = std::chrono::steady_clock::now() + limits_.header_timeout;
    for (std::size_t total = 0; !ec && total < most && std::chrono::steady_clock::now() < until;) {
        home_.sweeper().due_in(*this, silence);
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
    // HEAD is told the length that GET would give, and no body (RFC 9110, 8.6 and 9.3.2).
    if (!head_only_)
        for (const auto piece : body.pieces())
            buffers[n++] = asio::buffer(piece.data(), piece.size());
    co_return co_await write(std::span(buffers.data(), n));
}

void server_connection::note_refusal(std::string_view why) const {
    if (vmcp::log::enabled(vmcp::log::level::debug))
        vmcp::log::debug("refused {}: {}", peer(), vmcp::excerpt_of(why));
}

asio::awaitable<bool> server_connection::refuse(const vmcp::failure& why, std::string_view id,
                                                std::span<const header_field> fields) {
    note_refusal(why.message());
    const std::string body = vmcp::error_message(id, why);
    const auto status = row_of(why.code).http_status;
    std::vector<header_field> all(fields.begin(), fields.end());
    const auto says_when = [](const header_field& one) { return vmcp::iequals(one.name, "Retry-After"); };
    if (status == 503 && std::ranges::none_of(all, says_when))
        all.push_back({"Retry-After", "1"});
    co_return co_await respond(status, "application/json", vmcp::gather(body), all);
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
