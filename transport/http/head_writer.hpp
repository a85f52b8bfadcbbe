// Writes HTTP/1.1 heads into a reused string. Together with a gather write of {head, body} this costs a third
// of what Beast's serializer costs, and a head that we wrote ourselves relays nothing that a peer wrote.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace transport {

struct header_field {
    std::string_view name{};
    std::string_view value{};
};

// How the body that follows is delimited. Nothing set: there is no body and no field about one, which is
// right for GET and DELETE requests and for 1xx, 204 and 304; other responses without a body want
// content_length = 0.
struct body_head {
    std::string_view content_type{}; // empty: no Content-Type
    std::optional<std::uint64_t> content_length{};
    bool chunked = false;
};

struct response_head {
    unsigned status = 200; // 100...599
    body_head body{};
    bool close = false; // writes `Connection: close`
    std::span<const header_field> fields{};
};

struct request_head {
    std::string_view method{};
    std::string_view target{}; // origin form: begins with '/'
    std::string_view host{};   // with the port where it is not the scheme's default
    body_head body{};
    bool close = false;
    std::span<const header_field> fields{};
    std::span<const header_field> defaults{}; // written as they are: only what the program itself says
};

enum class head_error : std::uint8_t {
    none,
    bad_status,  // not 100...599
    bad_method,  // not a token
    bad_target,  // not in origin form, or holds a space, a control character or '#'
    bad_host,    // empty, or a character that cannot stand in a host
    bad_framing, // content_length and chunked at once, or either in a 1xx or 204 response
    bad_name,    // a field's name is not a token, or is one that the writer itself writes
    bad_value,   // a field's value holds CR, LF, NUL or another control character than TAB
};

// `field` is the name of the field in question, when it was one; it points into the head that was to be
// written.
struct head_result {
    head_error error = head_error::none;
    std::string_view field{};

    [[nodiscard]] bool ok() const noexcept { return error == head_error::none; }
};

[[nodiscard]] std::string_view text_of(head_error error) noexcept;

// Appends the head with its empty line to `out`, or leaves `out` as it was and says why. Field names that
// frame the message (Content-Length, Transfer-Encoding, Connection, Content-Type when set in `body`, Host in
// requests) are refused in `fields`: a second one could contradict the first.
[[nodiscard]] head_result append_head(std::string& out, const response_head& head);
[[nodiscard]] head_result append_head(std::string& out, const request_head& head);

// The interim answer to `Expect: 100-continue`.
inline constexpr std::string_view continue_head = "HTTP/1.1 100 Continue\r\n\r\n";

// True when `value` can stand in a field: no control character but TAB (RFC 9110, 5.5).
[[nodiscard]] bool is_field_value(std::string_view value) noexcept;
// True when `name` is a token (RFC 9110, 5.6.2).
[[nodiscard]] bool is_token(std::string_view name) noexcept;

} // namespace transport
