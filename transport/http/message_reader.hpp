// Reads HTTP/1.1 messages off a stream, head and body, for both roles: requests of clients and responses of
// backends.
#pragma once

#include "transport/http/chunked_decoder.hpp"
#include "transport/http/http_policy.hpp"
#include "transport/net/stream.hpp"
#include "transport/net/worker.hpp"
#include "vmcp/base/memory_ledger.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace transport {

// How reading went. `closed`: the peer ended the connection before the first byte of a message. `truncated`:
// in the middle of one.
// `no_memory`: limits.memory leaves no room for it.
enum class read_end : std::uint8_t {
    ok,
    closed,
    truncated,
    aborted,
    too_large,
    no_memory,
    malformed,
    io_error
};

// The bytes read ahead of what was asked for. It holds a buffer of the worker only while it holds bytes or
// reads some.
class read_ahead {
public:
    explicit read_ahead(worker& home) : home_(home) {}
    read_ahead(const read_ahead&) = delete;
    read_ahead& operator=(const read_ahead&) = delete;
    ~read_ahead() {
        begin_ = end_;
        release();
    }

    [[nodiscard]] std::string_view bytes() const noexcept {
        return {storage_.data() + begin_, end_ - begin_};
    }
    [[nodiscard]] bool empty() const noexcept { return begin_ == end_; }
    void consume(std::size_t n) noexcept { begin_ += n; }

    // Reads at least one byte behind what is there. False with `ec` set on end or error.
    asio::awaitable<bool> fill(stream& from, error_code& ec);

    // Gives the buffer back to the worker if nothing is in it.
    void release();

private:
    worker& home_;
    std::string storage_{};
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

// One message at a time: head(), then body() or some() until it is over, then head() again. A coroutine of
// one stream owns it.
template <bool IsRequest>
class message_reader {
public:
    using header_type = boost::beast::http::header<IsRequest>;
    using check_type = std::conditional_t<IsRequest, request_check, response_check>;

    // Both must outlive the reader. What was read beyond the message stays in `ahead`.
    message_reader(stream& from, read_ahead& ahead) : from_(from), ahead_(ahead) {}
    message_reader(const message_reader&) = delete;
    message_reader& operator=(const message_reader&) = delete;
    ~message_reader() { ahead_.consume(pending_); }

    // Reads and checks a head of at most `limit` bytes. After `malformed`, refusal() says why.
    asio::awaitable<read_end> head(std::size_t limit, const http_policy& policy);

    // Of the message whose head() returned ok.
    [[nodiscard]] const header_type& header() const { return parser_->get().base(); }
    [[nodiscard]] const check_type& check() const noexcept { return check_; }
    [[nodiscard]] const http_refusal& refusal() const noexcept { return check_.refusal; }
    [[nodiscard]] bool keep_alive() const { return parser_->keep_alive(); }

    // Takes a body of known length that has been read ahead whole, the usual case of a small one. False, with nothing taken, when
    // it is otherwise: body() is then to be awaited.
    [[nodiscard]] bool take_buffered_body(std::string& out);

    // The rest of the body, at most `limit` bytes of it. `held` covers what `out` holds before that grows; null: nobody
    // counts it.
    asio::awaitable<read_end> body(std::string& out, std::size_t limit, vmcp::memory_claim* held = nullptr);

    // The next piece of the body, whatever is there first; empty with `ok` at its end. Good until the next
    // read.
    asio::awaitable<read_end> some(std::string_view& piece);

    // The message is over: the stream may carry the next one.
    [[nodiscard]] bool done() const noexcept { return done_; }

    [[nodiscard]] const read_ahead& ahead() const noexcept { return ahead_; }

private:
    // Parses and checks a head that was read ahead whole, `size` bytes long.
    read_end take_head(std::size_t size, std::size_t limit);
    asio::awaitable<read_end> sized_body(std::string& out, std::size_t limit, vmcp::memory_claim* held);
    asio::awaitable<read_end> some_chunked(std::string_view& piece);
    static read_end end_of(const error_code& ec, bool in_message);

    stream& from_;
    read_ahead& ahead_;
    http_policy policy_{};
    std::optional<boost::beast::http::parser<IsRequest, boost::beast::http::buffer_body>> parser_{};
    check_type check_{};
    std::uint64_t rest_ = 0;  // with body_framing::length
    std::size_t pending_ = 0; // bytes of the last piece, to be consumed by the next read
    chunked_decoder chunks_{};
    bool done_ = true;
};

using request_reader = message_reader<true>;
using response_reader = message_reader<false>;

} // namespace transport
