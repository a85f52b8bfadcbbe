// Appends start lines and fields; checks what could break a line before it writes it.
#include "transport/http/head_writer.hpp"

#include "vmcp/base/ascii.hpp"

#include <boost/beast/http/status.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace transport {

namespace {

namespace http = boost::beast::http;

constexpr std::string_view separator = ": ";
constexpr std::string_view line_end = "\r\n";

constexpr std::array<bool, 256> token_table = [] {
    std::array<bool, 256> table{};
    for (unsigned c = '0'; c <= '9'; ++c)
        table[c] = true;
    for (unsigned c = 'a'; c <= 'z'; ++c)
        table[c] = table[c - 'a' + 'A'] = true;
    for (const char c : std::string_view("!#$%&'*+-.^_`|~"))
        table[static_cast<unsigned char>(c)] = true;
    return table;
}();

// The smallest and the largest character that a target or a host may have are those of visible ASCII.
bool is_visible(std::string_view text, std::string_view except) noexcept {
    return std::all_of(text.begin(), text.end(), [except](char c) {
        return c > ' ' && c < 0x7F && except.find(c) == std::string_view::npos;
    });
}

void append_number(std::string& out, std::uint64_t number) {
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
    out.append(name).append(separator).append(value).append(line_end);
}

bool is_reserved(std::string_view name, const body_head& body, bool request) noexcept {
    return vmcp::iequals(name, "content-length") || vmcp::iequals(name, "transfer-encoding") ||
           vmcp::iequals(name, "connection") || (request && vmcp::iequals(name, "host")) ||
           (!body.content_type.empty() && vmcp::iequals(name, "content-type"));
}

head_result check(const body_head& body, std::span<const header_field> fields, bool request) noexcept {
    if (body.content_length && body.chunked)
        return {head_error::bad_framing};
    if (!is_field_value(body.content_type))
        return {head_error::bad_value, "Content-Type"};
    for (const auto& field : fields) {
        if (!is_token(field.name) || is_reserved(field.name, body, request))
            return {head_error::bad_name, field.name};
        if (!is_field_value(field.value))
            return {head_error::bad_value, field.name};
    }
    return {};
}

void append_fields(std::string& out, const body_head& body, bool close, std::span<const header_field> fields,
                   std::span<const header_field> defaults = {}) {
    if (!body.content_type.empty())
        append_field(out, "Content-Type", body.content_type);
    if (body.content_length) {
        out.append("Content-Length: ");
        append_number(out, *body.content_length);
        out.append(line_end);
    } else if (body.chunked) {
        out.append("Transfer-Encoding: chunked\r\n");
    }
    for (const auto& field : fields)
        append_field(out, field.name, field.value);
    for (const auto& field : defaults)
        append_field(out, field.name, field.value);
    if (close)
        out.append("Connection: close\r\n");
    out.append(line_end);
}

} // namespace

std::string_view text_of(head_error error) noexcept {
    switch (error) {
    case head_error::none:
        return "no error";
    case head_error::bad_status:
        return "the status code is not between 100 and 599";
    case head_error::bad_method:
        return "the method is not a token";
    case head_error::bad_target:
        return "the request target is not a path or holds a character that must be percent-encoded";
    case head_error::bad_host:
        return "the host is empty or holds a character that cannot stand in a host";
    case head_error::bad_framing:
        return "the body cannot be framed this way";
    case head_error::bad_name:
        return "the field name is not a token or is reserved";
    case head_error::bad_value:
        return "the field value holds a control character";
    }
    return "unknown error";
}

bool is_token(std::string_view name) noexcept {
    return !name.empty() && std::all_of(name.begin(), name.end(),
                                        [](char c) { return token_table[static_cast<unsigned char>(c)]; });
}

bool is_field_value(std::string_view value) noexcept {
    // Without a way out early, so that the compiler takes many characters at once.
    unsigned bad = 0;
    for (const char c : value)
        bad |= static_cast<unsigned>((static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 0x7F);
    return bad == 0;
}

head_result append_head(std::string& out, const response_head& head) {
    if (head.status < 100 || head.status > 599)
        return {head_error::bad_status};
    const bool framed = head.body.content_length || head.body.chunked;
    if (framed && (head.status < 200 || head.status == 204))
        return {head_error::bad_framing};
    if (const auto checked = check(head.body, head.fields, false); !checked.ok())
        return checked;

    out.append("HTTP/1.1 ");
    append_number(out, head.status);
    const auto reason = http::obsolete_reason(static_cast<http::status>(head.status));
    out.append(" ").append(reason.data(), reason.size()).append(line_end);
    append_fields(out, head.body, head.close, head.fields);
    return {};
}

head_result append_head(std::string& out, const request_head& head) {
    if (!is_token(head.method))
        return {head_error::bad_method};
    if (!head.target.starts_with('/') || !is_visible(head.target, "#"))
        return {head_error::bad_target};
    if (head.host.empty() || !is_visible(head.host, "/?#@,\\\"<>"))
        return {head_error::bad_host};
    if (const auto checked = check(head.body, head.fields, true); !checked.ok())
        return checked;

    out.append(head.method).append(" ").append(head.target).append(" HTTP/1.1\r\n");
    append_field(out, "Host", head.host);
    append_fields(out, head.body, head.close, head.fields, head.defaults);
    return {};
}

} // namespace transport
