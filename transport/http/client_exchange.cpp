#include "transport/http/client_exchange.hpp"

#include "transport/http/connection_pool.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace transport {
namespace {

// Responses of backends are judged by framing only; a backend's Host or target are our own business.
constexpr std::size_t max_response_head = 64 * 1024;

// `timeout=N` of a Keep-Alive field (RFC 2068 section 19.7.1), which node and others send.
std::optional<std::chrono::seconds> keep_alive_timeout(std::string_view value) {
    constexpr std::string_view name = "timeout=";
    const auto at = value.find(name);
    if (at == std::string_view::npos)
        return std::nullopt;
    unsigned n = 0;
    const char* const begin = value.data() + at + name.size();
    if (std::from_chars(begin, value.data() + value.size(), n).ec != std::errc{})
        return std::nullopt;
    return std::chrono::seconds(std::min(n, 600U));
}

} // namespace

asio::awaitable<exchange_result<void>> client_exchange::write(const exchange_request& request) {
    std::string head;
    head.reserve(512);
    request_head fields{.method = request.method,
                        .target = request.url->target,
                        .host = request.url->authority,
                        .body = {},
                        .fields = request.fields};
    if (request.body != nullptr)
        fields.body = {.content_type = request.content_type, .content_length = request.body->size()};
    if (const auto written = append_head(head, fields); !written.ok())
        co_return exchange_failure{
            exchange_error::not_sent,
            fmt::format("request header \"{}\": {}", written.field, text_of(written.error))};

    std::array<asio::const_buffer, vmcp::gather::capacity + 1> buffers;
    std::size_t n = 0;
    buffers[n++] = asio::buffer(head);
    if (request.body != nullptr)
        for (const auto piece : request.body->pieces())
            buffers[n++] = asio::buffer(piece.data(), piece.size());
    error_code ec;
    co_await asio::async_write(connection_.stream(), std::span(buffers.data(), n),
                               asio::redirect_error(asio::use_awaitable, ec));
    // A backend may refuse early and close; what it said is still worth reading.
    if (ec && ec != asio::error::broken_pipe && ec != asio::error::connection_reset) {
        if (connection_.timed_out())
            co_return failure_of(read_end::aborted);
        co_return exchange_failure{
            ec == asio::error::operation_aborted ? exchange_error::cancelled : exchange_error::write_failed,
            fmt::format("sending to {} failed: {}", connection_.address, ec.message())};
    }
    write_broke_ = static_cast<bool>(ec);
    co_return boost::system::in_place_value;
}

asio::awaitable<read_end> client_exchange::read_head() {
    static const http_policy policy{.require_host = false};
    return reader_.head(max_response_head, policy);
}

exchange_failure client_exchange::head_failure_of(read_end end) const {
    if (!write_broke_)
        return failure_of(end);
    return {exchange_error::write_failed,
            fmt::format("{} closed the connection while the request was sent", connection_.address)};
}

asio::awaitable<exchange_result<void>> client_exchange::send(const exchange_request& request) {
    if (const auto written = co_await write(request); !written)
        co_return written.error();
    do {
        if (const auto end = co_await read_head(); end != read_end::ok)
            co_return head_failure_of(end);
    } while (is_interim());
    co_return boost::system::in_place_value;
}

std::string_view client_exchange::field(std::string_view name) const {
    const auto it = reader_.header().find(name);
    return it == reader_.header().end() ? std::string_view{} : std::string_view(it->value());
}

std::string client_exchange::all_of(std::string_view name) const {
    std::string out;
    const auto [from, to] = reader_.header().equal_range(name);
    for (auto it = from; it != to; ++it)
        out.append(out.empty() ? "" : ", ").append(std::string_view(it->value()));
    return out;
}

bool client_exchange::take_buffered_body(std::string& out, std::size_t limit) {
    return (reader_.check().framing != body_framing::length || reader_.check().content_length <= limit) &&
           reader_.take_buffered_body(out);
}

asio::awaitable<exchange_result<void>> client_exchange::body(std::string& out, std::size_t limit) {
    if (reader_.check().framing == body_framing::length && reader_.check().content_length > limit)
        co_return failure_of(read_end::too_large);
    if (reader_.take_buffered_body(out))
        co_return boost::system::in_place_value;
    if (const auto end = co_await reader_.body(out, limit); end != read_end::ok)
        co_return body_failure_of(end);
    co_return boost::system::in_place_value;
}

exchange_failure client_exchange::body_failure_of(read_end end) const {
    return failure_of(end == read_end::closed ? read_end::truncated : end);
}

asio::awaitable<exchange_result<std::string_view>> client_exchange::some() {
    std::string_view piece;
    if (const auto end = co_await reader_.some(piece); end != read_end::ok)
        co_return body_failure_of(end);
    co_return piece;
}

std::optional<std::chrono::milliseconds> client_exchange::reusable_for() {
    if (!reader_.done() || !reader_.ahead().empty() || !reader_.keep_alive() ||
        !connection_.stream().is_open())
        return std::nullopt;
    const auto promised = keep_alive_timeout(field("Keep-Alive"));
    if (!promised)
        return connection_pool::default_idle;
    // A second for clocks and the way; a promise shorter than that is none.
    if (*promised <= std::chrono::seconds(1))
        return std::nullopt;
    return *promised - std::chrono::seconds(1);
}

exchange_failure client_exchange::failure_of(read_end end) const {
    switch (end) {
    case read_end::closed:
        return {exchange_error::closed,
                fmt::format("{} closed the connection without an answer", connection_.address)};
    case read_end::truncated:
        return {exchange_error::truncated,
                fmt::format("{} closed the connection in the middle of its answer", connection_.address)};
    case read_end::aborted:
        if (connection_.timed_out())
            return {exchange_error::timeout, fmt::format("{} did not answer in time", connection_.address)};
        return {exchange_error::cancelled,
                fmt::format("the exchange with {} was cancelled", connection_.address)};
    case read_end::too_large:
        return {exchange_error::too_large, fmt::format("the answer of {} is too large", connection_.address)};
    case read_end::malformed:
        return {exchange_error::malformed, fmt::format("{} did not answer in HTTP/1.1: {}",
                                                       connection_.address, reader_.refusal().reason)};
    case read_end::io_error:
    case read_end::ok:
        break;
    }
    return {exchange_error::truncated, fmt::format("reading from {} failed", connection_.address)};
}

} // namespace transport
