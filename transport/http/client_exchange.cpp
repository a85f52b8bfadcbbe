#include "transport/http/client_exchange.hpp"

#include "transport/http/connection_pool.hpp"
#include "vmcp/base/ascii.hpp"
#include "vmcp/base/program.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <fmt/format.h>

#include <algorithm>
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

// For clients, too, so that it must be no word of the peer's own: only codings that are registered are named.
std::string name_of_coding(std::string_view value) {
    for (const std::string_view known : {"br", "zstd", "compress", "dcb", "dcz"})
        if (vmcp::iequals(value, known))
            return fmt::format("the content coding \"{}\"", known);
    return "an unknown content coding";
}

// What a request says where its sender says nothing else. Answers are passed on as they come: to unpack and pack them costs more
// than their bytes on the way from a backend.
std::span<const header_field> defaults_beside(std::span<const header_field> fields) {
    static const std::string agent = fmt::format("{}/{}", vmcp::program_name, vmcp::program_version);
    static const std::array<header_field, 2> all{header_field{"Accept-Encoding", "identity"},
                                                 {"User-Agent", agent}};
    const bool has_agent = std::ranges::any_of(
        fields, [](const header_field& f) { return vmcp::iequals(f.name, "User-Agent"); });
    return std::span(all).first(has_agent ? 1 : 2);
}

} // namespace

asio::awaitable<exchange_result<void>> client_exchange::write(const exchange_request& request) {
    std::string head;
    head.reserve(512);
    request_head fields{.method = request.method,
                        .target = request.target.empty() ? request.url->target : request.target,
                        .host = request.url->authority,
                        .body = {},
                        .fields = request.fields,
                        .defaults = defaults_beside(request.fields)};
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
            fmt::format("sending to {} failed: {}", connection_.address, ec.message()), ec};
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

// ---- the coding of the body

bool client_exchange::is_plain() {
    if (!std::exchange(coding_known_, true) && !reader_.done()) {
        constexpr auto field = boost::beast::http::field::content_encoding;
        const auto& header = reader_.header();
        const auto it = header.find(field);
        if (it == header.end())
            return true;
        const auto coding = header.count(field) > 1 ? content_coding::unknown : coding_of(it->value());
        if (coding == content_coding::gzip || coding == content_coding::deflate)
            decoder_ = std::make_unique<content_decoder>(coding);
        else if (coding == content_coding::unknown && status() < 300)
            problem_ = fmt::format(
                "the answer has {}, although \"identity\" was asked for; gzip and deflate would be "
                "understood",
                name_of_coding(it->value()));
    }
    return !decoder_ && problem_.empty();
}

bool client_exchange::has_sure_end() {
    return !is_plain() || reader_.check().framing != body_framing::until_close;
}

asio::awaitable<read_end> client_exchange::decoded_some(std::string_view& piece) {
    piece = {};
    while (problem_.empty()) {
        const auto step = decoder_->next(piece);
        if (step == decode_step::data)
            co_return read_end::ok;
        if (step == decode_step::too_dense) {
            problem_ = fmt::format("the compressed answer becomes more than {} times as long: refused",
                                   content_decoder::max_density);
            break;
        }
        if (step == decode_step::malformed) {
            problem_ = "the answer is not compressed as its Content-Encoding says";
            break;
        }
        std::string_view raw;
        if (const auto end = co_await reader_.some(raw); end != read_end::ok)
            co_return end;
        decoded_all_ = raw.empty();
        if (decoded_all_)
            co_return decoder_->complete() ? read_end::ok : read_end::truncated;
        decoder_->feed(raw);
    }
    co_return read_end::malformed;
}

asio::awaitable<read_end> client_exchange::decoded_body(std::string& out, std::size_t limit,
                                                        vmcp::memory_claim* held) {
    for (;;) {
        std::string_view piece;
        if (const auto end = co_await decoded_some(piece); end != read_end::ok)
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

std::string_view client_exchange::refusal() const noexcept {
    return problem_.empty() ? reader_.refusal().reason : std::string_view(problem_);
}

// ---- the body

bool client_exchange::take_buffered_body(std::string& out, std::size_t limit) {
    return is_plain() &&
           (reader_.check().framing != body_framing::length || reader_.check().content_length <= limit) &&
           reader_.take_buffered_body(out);
}

asio::awaitable<exchange_result<void>> client_exchange::body(std::string& out, std::size_t limit,
                                                             vmcp::memory_claim* held) {
    if (!is_plain()) {
        if (const auto end = co_await decoded_body(out, limit, held); end != read_end::ok)
            co_return body_failure_of(end);
        co_return boost::system::in_place_value;
    }
    if (reader_.check().framing == body_framing::length && reader_.check().content_length > limit)
        co_return failure_of(read_end::too_large);
    if (reader_.take_buffered_body(out))
        co_return boost::system::in_place_value;
    if (const auto end = co_await reader_.body(out, limit, held); end != read_end::ok)
        co_return body_failure_of(end);
    co_return boost::system::in_place_value;
}

exchange_failure client_exchange::body_failure_of(read_end end) const {
    return failure_of(end == read_end::closed ? read_end::truncated : end);
}

asio::awaitable<exchange_result<std::string_view>> client_exchange::some() {
    std::string_view piece;
    if (const auto end = co_await read_some(piece); end != read_end::ok)
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
    case read_end::no_memory:
        return {exchange_error::no_memory,
                fmt::format("there is no room for the answer of {} (limits.memory)", connection_.address)};
    case read_end::malformed:
        if (!problem_.empty())
            return {exchange_error::malformed, fmt::format("{}: {}", connection_.address, problem_)};
        return {exchange_error::malformed, fmt::format("{} did not answer in HTTP/1.1: {}",
                                                       connection_.address, reader_.refusal().reason)};
    case read_end::io_error:
    case read_end::ok:
        break;
    }
    return {exchange_error::truncated, fmt::format("reading from {} failed", connection_.address)};
}

} // namespace transport
