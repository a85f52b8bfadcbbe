// What vmcp accepts as HTTP/1 on top of Beast's parser, which lets several ambiguous messages pass. Each rule
// closes a way to make two parties disagree about where a message ends or whom it is for (RFC 9112, sections
// 3, 5.2, 6 and 11.2).
#pragma once

#include <boost/beast/http/message.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace transport {

struct http_policy {
    // An HTTP/1.1 request has exactly one Host (RFC 9112, 3.2). Off: one may be missing; two are refused all
    // the same.
    bool require_host = true;
    // A field value that goes on in the next line (RFC 9112, 5.2). Beast joins such lines before anybody can
    // see them, so this is decided by check_raw_head().
    bool allow_obs_fold = false;
    // Content-Length that repeats one value, in one field or in several (RFC 9112, 6.3).
    bool allow_repeated_content_length = false;
    // `POST http://host/mcp`: RFC 9112, 3.2.2 wants servers to take it, and its host in place of Host.
    bool allow_absolute_form = true;
    // Fields after a chunked body. Beast adds them to the fields of the head, where a late Authorization or
    // Mcp-Session-Id would look like an early one; decided by check_trailers().
    bool allow_trailers = false;
    // Fields in one head.
    std::size_t max_fields = 100;
    // Bytes of one request target.
    std::size_t max_target = 8 * 1024;
};

enum class body_framing : std::uint8_t { none, length, chunked, until_close };

// Why a message is refused. After sending `status` the connection must be closed: what follows in it cannot
// be trusted. `reason` is a literal that says what is wrong and what to do; it is fit for the client.
struct http_refusal {
    unsigned status = 0; // 0: not refused
    std::string_view reason{};

    [[nodiscard]] bool refused() const noexcept { return status != 0; }
    friend bool operator==(const http_refusal&, const http_refusal&) = default;
};

// What the checks found. The views point into the checked head. With `refusal` set, nothing else counts.
struct request_check {
    http_refusal refusal{};
    std::string_view path{};  // begins with '/'; the authority of an absolute target is cut off
    std::string_view query{}; // what follows the '?', or empty
    std::string_view
        host{}; // authority of an absolute target, else the value of Host; empty when there was none
    body_framing framing = body_framing::none;
    std::uint64_t content_length = 0; // with body_framing::length
    bool expect_continue = false;     // the client waits for `100 Continue` before it sends the body
    std::size_t field_count = 0;      // for check_trailers()

    [[nodiscard]] bool ok() const noexcept { return !refusal.refused(); }
};

struct response_check {
    http_refusal refusal{}; // status is 502
    body_framing framing = body_framing::none;
    std::uint64_t content_length = 0;

    [[nodiscard]] bool ok() const noexcept { return !refusal.refused(); }
};

// Bytes of the empty lines at the front of `buffer` that a server skips before a request (RFC 9112, 2.2): at most as many
// lines as `most` says.
[[nodiscard]] std::size_t leading_empty_lines(std::string_view buffer, std::size_t most) noexcept;
inline constexpr std::size_t most_empty_lines = 8;

// Size of the first complete head in `buffer` with its empty line, or 0 while there is none. Beast consumes a
// head line by line, so the only moment to see one whole is before the first byte goes to the parser.
// `scanned` is the size of the buffer at the previous call: the search goes on there, so that slow senders
// cost no repeated work.
[[nodiscard]] std::size_t find_head_end(std::string_view buffer, std::size_t scanned = 0) noexcept;

// Checks the bytes of one whole head (find_head_end()) before they are parsed: line ends are CRLF, no line is
// folded. For requests and responses; a refusal has status 400.
[[nodiscard]] http_refusal check_raw_head(std::string_view head, const http_policy& policy) noexcept;

// Checks a parsed request head. To be called as soon as Beast's parser has the header and before it reads the
// body, on the fields as they came. An `Upgrade` field is ignored, as RFC 9110, 7.8 allows.
[[nodiscard]] request_check check_request(const boost::beast::http::request_header<>& head,
                                          const http_policy& policy);

// Checks the parsed head of a backend's response in the same way. `to_head_request`: it answers a HEAD
// request.
[[nodiscard]] response_check check_response(const boost::beast::http::response_header<>& head,
                                            const http_policy& policy, bool to_head_request = false);

// Checks, after a body that Beast's parser read, that no trailer was merged into `fields`; `field_count` is
// what check_request() had counted. Not needed with chunked_decoder, which drops trailers and reports them.
[[nodiscard]] http_refusal check_trailers(const boost::beast::http::fields& fields, std::size_t field_count,
                                          const http_policy& policy);

} // namespace transport
