// The rules of http_policy, each with the refusal a client sees.
#include "transport/http/http_policy.hpp"

#include "vmcp/base/ascii.hpp"

#include <charconv>
#include <cstring>
#include <iterator>

namespace transport {

namespace {

namespace http = boost::beast::http;
using vmcp::iequals;

constexpr http_refusal refuse(std::string_view reason, unsigned status = 400) {
    return {status, reason};
}

bool is_alnum(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::string_view trimmed(std::string_view text) noexcept {
    constexpr std::string_view blank = " \t";
    const auto first = text.find_first_not_of(blank);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

std::string_view std_view(boost::beast::string_view text) noexcept {
    return {text.data(), text.size()};
}

// The fields that decide where a message ends, collected in one pass over the head.
struct framing_fields {
    unsigned lengths = 0;
    unsigned codings = 0;
    std::string_view length{};
    std::string_view coding{};

    void see(http::field name, std::string_view value) noexcept {
        if (name == http::field::content_length && lengths++ == 0)
            length = value;
        else if (name == http::field::transfer_encoding && codings++ == 0)
            coding = value;
    }
};

http_refusal check_coding(const framing_fields& fields, unsigned version) noexcept {
    if (version < 11)
        return refuse("Transfer-Encoding in an HTTP/1.0 message; use HTTP/1.1 or send Content-Length");
    if (fields.lengths != 0)
        return refuse("both Content-Length and Transfer-Encoding; send one of them");
    if (fields.codings == 1 && iequals(fields.coding, "chunked"))
        return {};
    // A body with another coding below chunked has a known end; any other has none (RFC 9112, 6.1 and 6.3).
    const auto last = fields.coding.substr(fields.coding.rfind(',') + 1);
    if (fields.codings == 1 && iequals(trimmed(last), "chunked"))
        return refuse("Transfer-Encoding is not supported; only 'chunked' alone is", 501);
    return refuse("Transfer-Encoding is not exactly 'chunked'");
}

http_refusal check_length(const framing_fields& fields, const http_policy& policy,
                          std::uint64_t& length) noexcept {
    auto text = fields.length;
    if (policy.allow_repeated_content_length)
        text = trimmed(text.substr(0, text.find(',')));
    else if (fields.lengths > 1 || text.find(',') != std::string_view::npos)
        return refuse("Content-Length is repeated; send it once");
    const auto [stop, ec] = std::from_chars(text.begin(), text.end(), length);
    if (ec != std::errc() || stop != text.end() || text.empty())
        return refuse("Content-Length is not a number");
    return {};
}

// Shared by requests and responses; leaves `framing` alone when the message has neither field.
http_refusal check_framing(const framing_fields& fields, unsigned version, const http_policy& policy,
                           body_framing& framing, std::uint64_t& length) noexcept {
    if (fields.codings != 0) {
        framing = body_framing::chunked;
        return check_coding(fields, version);
    }
    if (fields.lengths != 0) {
        framing = body_framing::length;
        return check_length(fields, policy, length);
    }
    return {};
}

bool is_host(std::string_view host) noexcept {
    constexpr std::string_view others = "-._~:[]%!$&'()*+;=";
    for (const char c : host)
        if (!is_alnum(c) && others.find(c) == std::string_view::npos)
            return false;
    return !host.empty();
}

// Moves `authority` out of an absolute-form target; false when it is not of that form.
bool cut_authority(std::string_view& target, std::string_view& host) noexcept {
    const auto colon = target.find("://");
    if (colon == std::string_view::npos)
        return false;
    const auto scheme = target.substr(0, colon);
    if (!iequals(scheme, "http") && !iequals(scheme, "https"))
        return false;
    const auto rest = target.substr(colon + 3);
    const auto authority = rest.substr(0, rest.find_first_of("/?"));
    target = rest.substr(authority.size());
    host = authority;
    return is_host(authority);
}

http_refusal check_target(std::string_view target, const http_policy& policy,
                          request_check& result) noexcept {
    if (target.size() > policy.max_target)
        return refuse("the request target is too long", 414);
    for (const char c : target)
        if (c == '#' || static_cast<unsigned char>(c) <= ' ' || static_cast<unsigned char>(c) >= 0x7F)
            return refuse("the request target holds a character that must be percent-encoded");
    if (!target.starts_with('/') && !(policy.allow_absolute_form && cut_authority(target, result.host)))
        return refuse("the request target must begin with '/'");
    const auto mark = target.find('?');
    result.path = target.substr(0, mark);
    if (result.path.empty())
        result.path = "/";
    if (mark != std::string_view::npos)
        result.query = target.substr(mark + 1);
    return {};
}

http_refusal check_host(unsigned hosts, unsigned version, const http_policy& policy,
                        const request_check& result) noexcept {
    if (hosts > 1)
        return refuse("more than one Host field; send one");
    if (hosts == 0)
        return version >= 11 && policy.require_host ? refuse("no Host field; HTTP/1.1 requires one")
                                                    : http_refusal{};
    return is_host(result.host) ? http_refusal{} : refuse("the Host field is not a host name");
}

} // namespace

std::size_t leading_empty_lines(std::string_view buffer, std::size_t most) noexcept {
    constexpr std::string_view line = "\r\n";
    std::size_t size = 0;
    while (size < most * line.size() && buffer.substr(size).starts_with(line))
        size += line.size();
    return size;
}

std::size_t find_head_end(std::string_view buffer, std::size_t scanned) noexcept {
    constexpr std::string_view empty_line = "\r\n\r\n";
    // The end may have begun in the bytes that were there before.
    const auto from = scanned < empty_line.size() ? 0 : scanned - (empty_line.size() - 1);
    const auto at = buffer.find(empty_line, from);
    return at == std::string_view::npos ? 0 : at + empty_line.size();
}

http_refusal check_raw_head(std::string_view head, const http_policy& policy) noexcept {
    while (!head.empty()) {
        const auto line_end = head.find('\r');
        const auto line = head.substr(0, line_end);
        if (line.find('\n') != std::string_view::npos || line_end == std::string_view::npos ||
            !head.substr(line_end).starts_with("\r\n"))
            return refuse("a header line does not end in CRLF");
        head.remove_prefix(line_end + 2);
        if (!policy.allow_obs_fold && (head.starts_with(' ') || head.starts_with('\t')))
            return refuse("a header field is folded over several lines; send it in one line");
    }
    return {};
}

request_check check_request(const http::request_header<>& head, const http_policy& policy) {
    request_check result;
    framing_fields framing;
    unsigned hosts = 0;
    unsigned origins = 0;
    bool unknown_expectation = false;
    for (const auto& field : head) {
        ++result.field_count;
        const auto value = std_view(field.value());
        framing.see(field.name(), value);
        if (field.name() == http::field::host && hosts++ == 0) {
            result.host = value;
        } else if (field.name() == http::field::origin) {
            ++origins;
        } else if (field.name() == http::field::expect) {
            result.expect_continue = iequals(value, "100-continue");
            unknown_expectation |= !result.expect_continue;
        }
    }

    const auto version = head.version();
    auto& refusal = result.refusal;
    if (result.field_count > policy.max_fields)
        refusal = refuse("too many header fields", 431);
    if (result.ok())
        refusal = check_framing(framing, version, policy, result.framing, result.content_length);
    if (result.ok())
        refusal = check_host(hosts, version, policy, result);
    if (result.ok() && origins > 1)
        refusal = refuse("more than one Origin field; send one");
    if (result.ok())
        refusal = check_target(std_view(head.target()), policy, result);
    if (result.ok() && unknown_expectation)
        refusal = refuse("the expectation is not supported; only 100-continue is", 417);
    // RFC 9110, 10.1.1: ignored in HTTP/1.0, and nothing to wait for without a body.
    result.expect_continue &= version >= 11 && result.framing != body_framing::none;
    return result;
}

response_check check_response(const http::response_header<>& head, const http_policy& policy,
                              bool to_head_request) {
    response_check result;
    framing_fields framing;
    std::size_t field_count = 0;
    for (const auto& field : head) {
        ++field_count;
        framing.see(field.name(), std_view(field.value()));
    }
    result.framing = body_framing::until_close;
    if (field_count > policy.max_fields)
        result.refusal = refuse("too many header fields");
    if (result.ok())
        result.refusal =
            check_framing(framing, head.version(), policy, result.framing, result.content_length);
    if (!result.ok())
        result.refusal.status = 502;
    const auto status = head.result_int();
    if (to_head_request || status / 100 == 1 || status == 204 || status == 304)
        result.framing = body_framing::none;
    return result;
}

http_refusal check_trailers(const http::fields& fields, std::size_t field_count, const http_policy& policy) {
    const auto now = static_cast<std::size_t>(std::distance(fields.begin(), fields.end()));
    if (policy.allow_trailers || now <= field_count)
        return {};
    return refuse("trailer fields are not accepted; send them as header fields");
}

} // namespace transport
