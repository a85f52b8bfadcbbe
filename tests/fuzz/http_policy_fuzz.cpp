// HTTP heads and chunked bodies. What the policy lets through has exactly one framing by a second, naive
// reading of the raw bytes; a chunked body ends at the same byte for our decoder and for Beast's parser.
#include "transport/http/accept.hpp"
#include "transport/http/chunked_decoder.hpp"
#include "transport/http/head_writer.hpp"
#include "transport/http/http_policy.hpp"
#include "transport/http/origin_policy.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace http = boost::beast::http;
using transport::body_framing;

void check(bool holds) {
    if (!holds)
        std::abort();
}

std::string lower(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return result;
}

// Values of a field in the raw head, without the blanks around them.
std::vector<std::string> values_of(std::string_view head, std::string_view name) {
    std::vector<std::string> values;
    for (std::size_t at = head.find("\r\n") + 2; at < head.size(); at = head.find("\r\n", at) + 2) {
        const auto line = head.substr(at, head.find("\r\n", at) - at);
        const auto colon = line.find(':');
        if (colon == std::string_view::npos || lower(line.substr(0, colon)) != name)
            continue;
        auto value = std::string(line.substr(colon + 1));
        value.erase(0, std::min(value.find_first_not_of(" \t"), value.size()));
        value.erase(value.find_last_not_of(" \t") + 1);
        values.push_back(value);
    }
    return values;
}

void check_accepted(std::string_view head, const transport::request_check& found, unsigned version) {
    check(head.find("\r\n ") == std::string_view::npos && head.find("\r\n\t") == std::string_view::npos);
    const auto lengths = values_of(head, "content-length");
    const auto codings = values_of(head, "transfer-encoding");
    const auto hosts = values_of(head, "host");
    check(lengths.size() + codings.size() <= 1);
    check(version < 11 ? hosts.size() <= 1 : hosts.size() == 1);
    check(found.path.starts_with('/'));
    check(found.path.find_first_of("?# \r\n") == std::string_view::npos);
    check(values_of(head, "origin").size() <= 1);
    // Whom the request is for: the authority of its target, else Host.
    const auto target =
        head.substr(head.find(' ') + 1, head.find(' ', head.find(' ') + 1) - head.find(' ') - 1);
    if (const auto scheme = target.find("://"); !target.starts_with('/') && scheme != std::string_view::npos)
        check(found.host == target.substr(scheme + 3, target.find_first_of("/?", scheme + 3) - scheme - 3));
    else
        check(found.host == (hosts.empty() ? "" : hosts[0]));
    switch (found.framing) {
    case body_framing::none:
        check(lengths.empty() && codings.empty());
        break;
    case body_framing::length:
        check(lengths.size() == 1 && lengths[0].find_first_not_of("0123456789") == std::string::npos);
        check(std::to_string(found.content_length) == "0"
                  ? lengths[0].find_first_not_of('0') == std::string::npos
                  : lengths[0].ends_with(std::to_string(found.content_length)));
        break;
    case body_framing::chunked:
        check(codings.size() == 1 && lower(codings[0]) == "chunked" && version == 11);
        break;
    case body_framing::until_close:
        check(false);
        break;
    }
}

void check_request_head(std::string_view input) {
    const auto empty = transport::leading_empty_lines(input, transport::most_empty_lines);
    check(empty <= 2 * transport::most_empty_lines &&
          input.substr(0, empty).find_first_not_of("\r\n") == std::string_view::npos);
    input.remove_prefix(empty);
    const auto size = transport::find_head_end(input);
    for (std::size_t scanned = 0; scanned < std::min<std::size_t>(size, 200); ++scanned)
        check(transport::find_head_end(input, scanned) == size);
    if (size == 0)
        return;
    const auto head = input.substr(0, size);
    if (transport::check_raw_head(head, {}).refused())
        return;
    http::request_parser<http::string_body> parser;
    boost::system::error_code ec;
    const auto used = parser.put(boost::asio::buffer(head.data(), head.size()), ec);
    if (ec)
        return;
    check(used == size && parser.is_header_done());
    const auto found = transport::check_request(parser.get().base(), {});
    if (!found.ok()) {
        check(found.refusal.status >= 400 && found.refusal.status < 600 && !found.refusal.reason.empty());
        return;
    }
    check_accepted(head, found, parser.get().version());
    check(parser.chunked() == (found.framing == body_framing::chunked));
    if (found.framing == body_framing::length)
        check(parser.content_length() == found.content_length);
}

void check_response_head(std::string_view input) {
    http::response_parser<http::string_body> parser;
    boost::system::error_code ec;
    parser.put(boost::asio::buffer(input.data(), input.size()), ec);
    if (ec || !parser.is_header_done())
        return;
    const auto found = transport::check_response(parser.get().base(), {});
    if (found.ok() && found.framing == body_framing::chunked)
        check(parser.chunked());
}

// How a body went, as both readers see it: 'e'nd, 'm'alformed or more 'b'ytes wanted.
struct body_end {
    char how = 'b';
    std::string body{};
    std::size_t used = 0;
};

body_end read_ours(std::string_view raw, std::size_t size, bool& trailers) {
    transport::chunked_decoder decoder;
    body_end result;
    for (std::size_t from = 0; from < raw.size() && result.how == 'b';) {
        auto input = raw.substr(from, size);
        const auto given = input.size();
        std::string_view piece;
        auto step = decoder.next(input, piece);
        for (; step == transport::chunk_step::data; step = decoder.next(input, piece))
            result.body += piece;
        from += given;
        result.used += given - input.size();
        if (step == transport::chunk_step::end)
            result.how = 'e';
        else if (step == transport::chunk_step::malformed)
            result.how = 'm';
    }
    trailers = decoder.had_trailers();
    return result;
}

body_end read_beasts(std::string_view raw) {
    http::request_parser<http::string_body> parser;
    parser.eager(true);
    constexpr std::string_view head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    const std::string whole = std::string(head) + std::string(raw);
    boost::system::error_code ec;
    body_end result;
    result.used = parser.put(boost::asio::buffer(whole), ec) - head.size();
    result.how = parser.is_done() ? 'e' : ec && ec != http::error::need_more ? 'm' : 'b';
    result.body = parser.get().body();
    return result;
}

void check_chunked(std::string_view raw, std::size_t size) {
    bool trailers = false;
    bool trailers_again = false;
    const auto whole = read_ours(raw, raw.size(), trailers);
    const auto pieces = read_ours(raw, size, trailers_again);
    check(whole.how == pieces.how && whole.body == pieces.body && trailers == trailers_again);
    check(whole.how == 'm' || whole.used == pieces.used);
    // Trailer lines and extensions are skipped here and parsed there; without them both must agree on every
    // end.
    if (trailers || raw.find(';') != std::string_view::npos)
        return;
    const auto beasts = read_beasts(raw);
    if (whole.how == 'e')
        check(beasts.how == 'e' && beasts.used == whole.used && beasts.body == whole.body);
    else // Beast has no limit on the digits of a size.
        check(beasts.how != 'e' || raw.find(std::string(17, '0')) != std::string_view::npos);
}

// Text of the fuzzer's choice must never get out of its field.
void check_writer(std::string_view name, std::string_view value) {
    const transport::header_field fields[] = {{name, value}};
    const transport::response_head head{.body = {.content_length = 0}, .fields = fields};
    std::string out;
    if (!transport::append_head(out, head).ok()) {
        check(out.empty());
        return;
    }
    http::response_parser<http::string_body> parser;
    parser.eager(true);
    parser.header_limit(1 << 20);
    boost::system::error_code ec;
    const auto used = parser.put(boost::asio::buffer(out), ec);
    check(!ec && parser.is_done() && used == out.size());
    check(std::distance(parser.get().begin(), parser.get().end()) == 2);
}

void check_values(std::string_view value) {
    transport::accepted_media accepted;
    accepted.add(value);
    (void)transport::is_json(value);
    check(!(transport::is_json(value) && transport::is_event_stream(value)));
    const transport::origin_policy loopback;
    const transport::origin_policy listed{.allowed_origins = {"https://a.example"},
                                          .allowed_hosts = {"a.example"}};
    // A name that only contains an allowed one must not pass.
    if (transport::is_allowed_host(value, loopback))
        check(lower(value).starts_with("localhost") || value.starts_with("127.0.0.1") ||
              value.starts_with("[::1]"));
    if (transport::is_allowed_host(value, listed))
        check(lower(value) == "a.example" || lower(value).starts_with("a.example:"));
    if (transport::is_allowed_origin(value, listed))
        check(lower(value) == "https://a.example" ||
              (lower(value).starts_with("https://a.example:") && value.ends_with("443")));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    if (size < 1)
        return 0;
    const std::string_view input(reinterpret_cast<const char*>(bytes) + 1, size - 1);
    check_request_head(input);
    check_response_head(input);
    check_chunked(input, 1 + bytes[0] % 31);
    const auto cut = std::min<std::size_t>(bytes[0] % 16, input.size());
    check_writer(input.substr(0, cut), input.substr(cut));
    check_values(input);
    return 0;
}
