#include "bench/http_head.hpp"

#include <charconv>

namespace bench {

namespace {

// `lower` is in lower case; ASCII only.
bool equals_ignoring_case(std::string_view text, std::string_view lower) {
    if (text.size() != lower.size())
        return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] + 32) : text[i];
        if (c != lower[i])
            return false;
    }
    return true;
}

std::string_view trim(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

bool parse_length(std::string_view value, http_head& out) {
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), out.content_length);
    out.has_content_length = error == std::errc{} && end == value.data() + value.size();
    return out.has_content_length;
}

bool parse_field(std::string_view line, http_head& out) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos)
        return false;
    const auto name = line.substr(0, colon);
    switch (name.size()) { // most fields are none of ours: the length sorts them out
    case 10:
        if (equals_ignoring_case(name, "connection"))
            out.close = equals_ignoring_case(trim(line.substr(colon + 1)), "close");
        return true;
    case 12:
        if (equals_ignoring_case(name, "content-type"))
            out.event_stream = trim(line.substr(colon + 1)).starts_with("text/event-stream");
        return true;
    case 14:
        if (equals_ignoring_case(name, "content-length"))
            return parse_length(trim(line.substr(colon + 1)), out);
        if (equals_ignoring_case(name, "mcp-session-id"))
            out.session_id = trim(line.substr(colon + 1));
        return true;
    case 17:
        if (equals_ignoring_case(name, "transfer-encoding"))
            out.chunked = equals_ignoring_case(trim(line.substr(colon + 1)), "chunked");
        return true;
    default:
        return true;
    }
}

} // namespace

head_state parse_head(std::string_view bytes, http_head& out) {
    const auto end = bytes.find("\r\n\r\n");
    if (end == std::string_view::npos)
        return head_state::incomplete;
    out = http_head{};
    out.size = end + 4;
    auto lines = bytes.substr(0, end + 2);
    const auto first = lines.find("\r\n");
    out.start_line = lines.substr(0, first);
    lines.remove_prefix(first + 2);
    while (!lines.empty()) {
        const auto stop = lines.find("\r\n");
        if (!parse_field(lines.substr(0, stop), out))
            return head_state::broken;
        lines.remove_prefix(stop + 2);
    }
    return head_state::complete;
}

std::string_view request_method(std::string_view start_line) {
    return start_line.substr(0, start_line.find(' '));
}

unsigned response_status(std::string_view start_line) {
    const auto space = start_line.find(' ');
    if (space == std::string_view::npos)
        return 0;
    unsigned status = 0;
    std::from_chars(start_line.data() + space + 1, start_line.data() + start_line.size(), status);
    return status;
}

} // namespace bench
