// One HTTP request to a backend over one connection, and its response: as a whole or piece by piece. Every request that vmcp makes
// goes this way, so that all are read alike.
#pragma once

#include "transport/http/content_decoder.hpp"
#include "transport/http/head_writer.hpp"
#include "transport/http/message_reader.hpp"
#include "transport/net/connection.hpp"
#include "vmcp/base/gather.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace transport {

enum class exchange_error : std::uint8_t {
    not_sent,     // the head could not be written, nothing reached the backend
    write_failed, // the connection broke while the request was being written
    closed,       // the connection ended before the first byte of a response
    truncated,    // ... in the middle of the response
    timeout,      // the connection's deadline passed
    malformed,    // what came back is no acceptable HTTP/1.1
    too_large,
    no_memory, // limits.memory leaves no room for the answer
    cancelled, // the connection was closed by us
};

struct exchange_failure {
    exchange_error error = exchange_error::closed;
    std::string detail{}; // for people; names the address
    error_code ec{};      // of the system, where it was one
};

[[noreturn]] inline void throw_exception_from_error(const exchange_failure& e,
                                                    const boost::source_location&) {
    throw std::logic_error("value of a failed exchange: " + e.detail);
}

template <class T>
using exchange_result = boost::system::result<T, exchange_failure>;

// What is asked. Views must live until send() returns. `User-Agent: vmcp/<version>` and `Accept-Encoding: identity` are sent
// besides, unless `fields` hold a User-Agent.
struct exchange_request {
    std::string_view method = "POST";
    const vmcp::url* url = nullptr;
    std::string_view target{};                          // instead of the URL's, where it is not empty
    std::string_view content_type = "application/json"; // with a body only
    std::span<const header_field> fields{};
    const vmcp::gather* body = nullptr; // null: none
};

class client_exchange {
public:
    // The connection must outlive the exchange; its deadline is the caller's to set.
    explicit client_exchange(connection& over)
        : connection_(over)
        , ahead_(over.home())
        , reader_(over.stream(), ahead_) {}

    // Writes the request and reads the response's head. Interim (1xx) responses are skipped.
    asio::awaitable<exchange_result<void>> send(const exchange_request& request);

    // The same in two halves, for those who do something in between: write() the request, then read_head() until it has
    // given something else than an interim response. A read that was cancelled (stream().cancel()) may be begun again.
    asio::awaitable<exchange_result<void>> write(const exchange_request& request);
    asio::awaitable<read_end> read_head();
    [[nodiscard]] bool is_interim() const { return status() >= 100 && status() < 200 && status() != 101; }
    // Why read_head() did not end well.
    [[nodiscard]] exchange_failure head_failure_of(read_end end) const;

    // Of the response, after its head was read. A body that is compressed all the same is decoded (content_decoder.hpp);
    // one of a coding that is not understood is a failure, but where the status is no success: that says enough.
    [[nodiscard]] unsigned status() const { return reader_.header().result_int(); }
    [[nodiscard]] std::string_view field(std::string_view name) const;
    // The values of all lines of a field, joined with commas (RFC 9110 section 5.3).
    [[nodiscard]] std::string all_of(std::string_view name) const;
    [[nodiscard]] bool has_body() const noexcept { return !reader_.done() || (decoder_ && !decoded_all_); }
    // The end of the body cannot be a connection that was cut: its framing or its coding says where it is.
    [[nodiscard]] bool has_sure_end();
    [[nodiscard]] bool keep_alive() const { return reader_.keep_alive(); }
    // After `malformed`: what is wrong with it, and the bytes that were not understood, if they can be shown.
    [[nodiscard]] std::string_view refusal() const noexcept;
    [[nodiscard]] std::string_view unread() const noexcept {
        return problem_.empty() ? reader_.ahead().bytes() : std::string_view();
    }

    // The rest of the body, appended to `out`. Where it has come already, take_buffered_body() does it at once; it
    // gives false, with nothing taken, when body() is needed.
    [[nodiscard]] bool take_buffered_body(std::string& out, std::size_t limit);
    // `held` covers what `out` holds; null: nobody counts it.
    asio::awaitable<exchange_result<void>> body(std::string& out, std::size_t limit,
                                                vmcp::memory_claim* held = nullptr);
    // The next piece, good until the next call; empty at the end.
    asio::awaitable<exchange_result<std::string_view>> some();
    // The same, with less around it; body_failure_of() says why it did not end well.
    asio::awaitable<read_end> read_some(std::string_view& piece) {
        return is_plain() ? reader_.some(piece) : decoded_some(piece);
    }
    [[nodiscard]] exchange_failure body_failure_of(read_end end) const;

    // How long the connection may idle before it is used again; nothing when it must not be.
    [[nodiscard]] std::optional<std::chrono::milliseconds> reusable_for();

private:
    [[nodiscard]] exchange_failure failure_of(read_end end) const;
    [[nodiscard]] bool is_plain();
    asio::awaitable<read_end> decoded_some(std::string_view& piece);
    asio::awaitable<read_end> decoded_body(std::string& out, std::size_t limit, vmcp::memory_claim* held);

    connection& connection_;
    read_ahead ahead_;
    response_reader reader_;
    bool write_broke_ = false;
    bool coding_known_ = false;
    bool decoded_all_ = false;
    std::unique_ptr<content_decoder> decoder_{}; // of a compressed body
    std::string problem_{};                      // with the coding of the body
};

} // namespace transport
