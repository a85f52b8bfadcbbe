#include "transport/http/message_reader.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <cstring>

namespace transport {

asio::awaitable<bool> read_ahead::fill(stream& from, error_code& ec) {
    if (storage_.empty())
        storage_ = home_.borrow_buffer();
    if (begin_ == end_)
        begin_ = end_ = 0;
    if (end_ == storage_.size()) {
        if (begin_ > 0) {
            std::memmove(storage_.data(), storage_.data() + begin_, end_ - begin_);
            end_ -= begin_;
            begin_ = 0;
        } else {
            storage_.resize(storage_.size() * 2);
        }
    }
    const auto n = co_await from.async_read_some(asio::buffer(storage_.data() + end_, storage_.size() - end_),
                                                 asio::redirect_error(asio::use_awaitable, ec));
    end_ += n;
    if (n == 0 && !ec)
        ec = asio::error::eof;
    co_return n > 0;
}

void read_ahead::release() {
    if (begin_ != end_ || storage_.empty())
        return;
    begin_ = end_ = 0;
    home_.return_buffer(std::move(storage_));
    storage_ = {};
}

namespace {

// False as soon as these cannot be the first bytes of an HTTP response (RFC 9112 section 4).
bool may_be_response(std::string_view bytes) noexcept {
    constexpr std::string_view start = "HTTP/";
    return bytes.substr(0, start.size()) == start.substr(0, bytes.size());
}

} // namespace

template <bool R>
read_end message_reader<R>::end_of(const error_code& ec, bool in_message) {
    if (ec == asio::error::operation_aborted || ec == asio::error::bad_descriptor)
        return read_end::aborted;
    if (ec == asio::error::eof || ec == asio::ssl::error::stream_truncated)
        return in_message ? read_end::truncated : read_end::closed;
    if (ec == asio::error::connection_reset || ec == asio::error::broken_pipe)
        return in_message ? read_end::truncated : read_end::closed;
    return read_end::io_error;
}

template <bool R>
asio::awaitable<read_end> message_reader<R>::head(std::size_t limit, const http_policy& policy) {
    ahead_.consume(std::exchange(pending_, 0));
    policy_ = policy;
    check_ = {};
    done_ = false;

    // The whole head is read before a byte of it is parsed: some rules can only be checked on the raw text.
    std::size_t scanned = 0;
    std::size_t empty_lines = 0;
    const auto skip_empty_lines = [&] {
        if constexpr (R) {
            const auto size = leading_empty_lines(ahead_.bytes(), most_empty_lines - empty_lines);
            ahead_.consume(size);
            empty_lines += size / 2;
            scanned -= std::min(scanned, size);
        }
    };
    skip_empty_lines();
    std::size_t size = find_head_end(ahead_.bytes());
    while (size == 0) {
        scanned = ahead_.bytes().size();
        if (scanned >= limit)
            co_return read_end::too_large;
        error_code ec;
        if (!co_await ahead_.fill(from_, ec))
            co_return end_of(ec, scanned > 0);
        if constexpr (!R) {
            // A peer of another protocol would keep us waiting for the end of a head that never comes.
            if (!may_be_response(ahead_.bytes())) {
                check_.refusal = {502U, "the answer is not HTTP"};
                co_return read_end::malformed;
            }
        }
        skip_empty_lines();
        size = find_head_end(ahead_.bytes(), scanned);
    }
    co_return size > limit ? read_end::too_large : take_head(size, limit);
}

template <bool R>
read_end message_reader<R>::take_head(std::size_t size, std::size_t limit) {
    const std::string_view text = ahead_.bytes().substr(0, size);
    check_.refusal = check_raw_head(text, policy_);
    if (check_.refusal.refused())
        return read_end::malformed;

    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(std::min<std::size_t>(limit + 1024, 1U << 30)));
    parser_->body_limit(boost::none);
    error_code ec;
    parser_->put(asio::buffer(text.data(), text.size()), ec);
    ahead_.consume(size);
    if (ec || !parser_->is_header_done()) {
        check_.refusal = {R ? 400U : 502U, "the HTTP head is malformed"};
        return read_end::malformed;
    }
    if constexpr (R)
        check_ = check_request(header(), policy_);
    else
        check_ = check_response(header(), policy_);
    if (!check_.ok())
        return read_end::malformed;
    rest_ = check_.framing == body_framing::length ? check_.content_length : 0;
    done_ = check_.framing == body_framing::none || (check_.framing == body_framing::length && rest_ == 0);
    chunks_ = {};
    return read_end::ok;
}

template <bool R>
bool message_reader<R>::take_buffered_body(std::string& out) {
    if (check_.framing != body_framing::length || rest_ > ahead_.bytes().size())
        return done_;
    out.append(ahead_.bytes().substr(0, static_cast<std::size_t>(rest_)));
    ahead_.consume(static_cast<std::size_t>(rest_));
    rest_ = 0;
    done_ = true;
    return true;
}

namespace {

read_end refused(const vmcp::memory_claim& claim) {
    claim.ledger()->count_refused(claim.kind());
    return read_end::no_memory;
}

} // namespace

// Straight into the destination: a large body is not copied through the read-ahead buffer.
template <bool R>
asio::awaitable<read_end> message_reader<R>::sized_body(std::string& out, std::size_t limit,
                                                        vmcp::memory_claim* held) {
    if (rest_ > limit)
        co_return read_end::too_large;
    if (held != nullptr && !held->would_fit(out.size() + static_cast<std::size_t>(rest_)))
        co_return refused(*held);
    const auto ready = std::min<std::size_t>(ahead_.bytes().size(), static_cast<std::size_t>(rest_));
    out.append(ahead_.bytes().substr(0, ready));
    ahead_.consume(ready);
    rest_ -= ready;
    // Filled as bytes come, so that a peer that only announces a large body costs nothing. What is more than a step gets room
    // once, as growing would copy it again and again; and is counted by pages as large as the kernel may give.
    constexpr std::size_t step = 256 * 1024;
    constexpr std::size_t large_page = std::size_t{2} << 20;
    constexpr std::size_t most_reserved = std::size_t{128} << 20;
    std::size_t filled = out.size();
    while (rest_ > 0) {
        if (filled == out.size()) {
            const auto left = static_cast<std::size_t>(rest_);
            const auto next = filled + std::min(left, filled < step ? step : large_page);
            if (held != nullptr && !held->cover(next))
                co_return read_end::no_memory;
            if (next > 2 * step)
                out.reserve(filled + std::min(left, most_reserved));
            out.resize(next);
        }
        error_code ec;
        const auto n = co_await from_.async_read_some(asio::buffer(out.data() + filled, out.size() - filled),
                                                      asio::redirect_error(asio::use_awaitable, ec));
        filled += n;
        rest_ -= n;
        if (ec || n == 0) {
            out.resize(filled);
            co_return end_of(ec ? ec : error_code(asio::error::eof), true);
        }
    }
    done_ = true;
    co_return read_end::ok;
}

template <bool R>
asio::awaitable<read_end> message_reader<R>::body(std::string& out, std::size_t limit,
                                                  vmcp::memory_claim* held) {
    if (done_)
        co_return read_end::ok;
    if (check_.framing == body_framing::length)
        co_return co_await sized_body(out, limit, held);
    for (;;) {
        std::string_view piece;
        if (const auto end = co_await some(piece); end != read_end::ok)
            co_return end;
        if (piece.empty())
            co_return read_end::ok;
        if (piece.size() > limit - out.size())
            co_return read_end::too_large;
        if (held != nullptr && !held->cover_in_steps(out.size() + piece.size()))
            co_return read_end::no_memory;
        out.append(piece);
    }
}

template <bool R>
asio::awaitable<read_end> message_reader<R>::some(std::string_view& piece) {
    piece = {};
    ahead_.consume(std::exchange(pending_, 0));
    if (done_)
        co_return read_end::ok;
    if (check_.framing == body_framing::chunked)
        co_return co_await some_chunked(piece);
    if (ahead_.empty()) {
        error_code ec;
        if (!co_await ahead_.fill(from_, ec)) {
            const auto end = end_of(ec, true);
            if (end == read_end::truncated && check_.framing == body_framing::until_close) {
                done_ = true;
                co_return read_end::ok;
            }
            co_return end;
        }
    }
    piece = ahead_.bytes();
    if (check_.framing == body_framing::length) {
        piece = piece.substr(0, static_cast<std::size_t>(rest_));
        rest_ -= piece.size();
        done_ = rest_ == 0;
    }
    pending_ = piece.size();
    co_return read_end::ok;
}

template <bool R>
asio::awaitable<read_end> message_reader<R>::some_chunked(std::string_view& piece) {
    for (;;) {
        std::string_view input = ahead_.bytes();
        const auto step = chunks_.next(input, piece);
        const std::size_t used = ahead_.bytes().size() - input.size();
        if (step == chunk_step::data) {
            pending_ = used; // the piece lies in the read-ahead buffer
            co_return read_end::ok;
        }
        ahead_.consume(used);
        if (step == chunk_step::need_bytes) {
            error_code ec;
            if (!co_await ahead_.fill(from_, ec))
                co_return end_of(ec, true);
            continue;
        }
        if (step == chunk_step::malformed)
            check_.refusal = {R ? 400U : 502U, "the chunked body is malformed"};
        else if (R && chunks_.had_trailers() && !policy_.allow_trailers)
            check_.refusal = {400U, "trailer fields are not accepted; send them as header fields"};
        else
            done_ = true;
        co_return done_ ? read_end::ok : read_end::malformed;
    }
}

template class message_reader<true>;
template class message_reader<false>;

} // namespace transport
