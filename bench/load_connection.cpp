#include "bench/load_connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <cstring>

namespace bench {

namespace net = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::size_t buffer_size = 64 * 1024;
constexpr std::size_t kept_of_large_bodies = 4 * 1024;

} // namespace

std::string to_string(failure kind) {
    switch (kind) {
    case failure::connect:
        return "connect";
    case failure::closed:
        return "closed";
    case failure::timeout:
        return "timeout";
    case failure::bad_http:
        return "bad_http";
    }
    return "unknown";
}

load_connection::load_connection(net::io_context& context, const net::ip::tcp::endpoint& peer,
                                 connection_owner& owner, std::size_t index)
    : socket_{context}
    , peer_{peer}
    , owner_{owner}
    , index_{index}
    , capacity_{buffer_size}
    , buffer_{std::make_unique_for_overwrite<char[]>(capacity_)} {
}

void load_connection::open(clock::time_point deadline) {
    deadline_ = deadline;
    connecting_only_ = true;
    connect();
}

void load_connection::send(clock::time_point deadline) {
    deadline_ = deadline;
    connecting_only_ = false;
    if (must_reopen_)
        connect();
    else
        write();
}

void load_connection::connect() {
    close();
    timed_out_ = false;
    socket_.async_connect(peer_, [this](error_code ec) {
        if (ec)
            return fail(failure::connect, ec.message());
        must_reopen_ = false;
        error_code ignored;
        socket_.set_option(net::ip::tcp::no_delay{true}, ignored);
        socket_.non_blocking(true, ignored);
        if (!connecting_only_)
            return write();
        deadline_ = clock::time_point::max();
        owner_.connected(*this);
    });
}

void load_connection::write() {
    end_ = 0;
    head_known_ = false;
    body_received_ = 0;
    timed_out_ = false;
    // One plain send is enough for nearly every request; the rest goes the asynchronous way.
    error_code ec;
    const auto sent = socket_.send(net::buffer(outgoing_), 0, ec);
    if (ec && ec != net::error::would_block)
        return net::post(socket_.get_executor(),
                         [this, ec] { fail(failure::closed, "send: " + ec.message()); });
    if (sent == outgoing_.size())
        return read();
    net::async_write(socket_, net::buffer(outgoing_) + sent, [this](error_code write_ec, std::size_t) {
        if (write_ec)
            return fail(failure::closed, "send: " + write_ec.message());
        read();
    });
}

void load_connection::read() {
    socket_.async_read_some(net::buffer(buffer_.get() + end_, capacity_ - end_),
                            [this](error_code ec, std::size_t n) {
                                if (ec)
                                    return fail(failure::closed, "receive: " + ec.message());
                                take(n);
                            });
}

void load_connection::take(std::size_t size) {
    end_ += size;
    if (!head_known_)
        return take_head();
    body_received_ += size;
    take_body();
}

void load_connection::take_head() {
    const auto state = parse_head({buffer_.get(), end_}, head_);
    if (state == head_state::broken || (state == head_state::incomplete && end_ == capacity_))
        return fail(failure::bad_http, "not an HTTP/1.1 response");
    if (state == head_state::incomplete)
        return read();
    head_known_ = true;
    body_received_ = end_ - head_.size;
    if (!head_.chunked && !head_.has_content_length && response_status(head_.start_line) >= 200)
        head_.content_length = 0;
    const auto whole = head_.size + head_.content_length;
    if (keep_whole_body_ && !head_.chunked && whole > capacity_) {
        auto larger = std::make_unique_for_overwrite<char[]>(whole);
        std::memcpy(larger.get(), buffer_.get(), end_);
        buffer_ = std::move(larger);
        capacity_ = whole;
        static_cast<void>(parse_head({buffer_.get(), end_}, head_)); // its views point into the old buffer
    }
    take_body();
}

void load_connection::take_body() {
    if (head_.chunked) {
        const std::string_view bytes{buffer_.get() + head_.size, end_ - head_.size};
        const auto state = chunks_.feed(bytes, chunked_body_);
        if (state == chunked_decoder::state::broken ||
            (state == chunked_decoder::state::done && chunks_.consumed() != bytes.size()))
            return fail(failure::bad_http, "broken chunked body");
        end_ = head_.size;
        return state == chunked_decoder::state::done ? finish(chunked_body_, chunked_body_.size()) : read();
    }
    if (body_received_ > head_.content_length)
        return fail(failure::bad_http, "more bytes than Content-Length says");
    if (body_received_ == head_.content_length)
        return finish({buffer_.get() + head_.size, end_ - head_.size}, head_.content_length);
    if (end_ == capacity_) // a large body that is only counted
        end_ = std::min(capacity_, head_.size + kept_of_large_bodies);
    read();
}

void load_connection::finish(std::string_view body, std::uint64_t size) {
    deadline_ = clock::time_point::max();
    must_reopen_ = head_.close;
    load_reply reply;
    reply.status = response_status(head_.start_line);
    reply.event_stream = head_.event_stream;
    reply.session_id = head_.session_id;
    reply.body_size = size;
    std::string text; // keeps the body of a chunked reply while the owner may already send the next request
    if (head_.chunked) {
        text.swap(chunked_body_);
        chunks_.reset();
        body = text;
    }
    reply.body = body;
    owner_.replied(*this, reply);
}

void load_connection::fail(failure kind, const std::string& detail) {
    const auto actual = timed_out_ ? failure::timeout : kind;
    deadline_ = clock::time_point::max();
    chunks_.reset();
    chunked_body_.clear();
    close();
    owner_.failed(*this, actual, timed_out_ ? "no answer in time" : detail);
}

void load_connection::check_deadline(clock::time_point now) {
    if (now < deadline_)
        return;
    deadline_ = clock::time_point::max();
    timed_out_ = true;
    error_code ignored;
    socket_.cancel(ignored);
}

void load_connection::close() {
    must_reopen_ = true;
    error_code ignored;
    socket_.close(ignored);
}

} // namespace bench
