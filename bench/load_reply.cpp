#include "bench/load_reply.hpp"

#include "bench/json_scan.hpp"

#include <charconv>

namespace bench {

namespace {

bool is_number(std::string_view raw, std::uint64_t wanted) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(raw.data(), raw.data() + raw.size(), value);
    return error == std::errc{} && end == raw.data() + raw.size() && value == wanted;
}

// The payload of the data line of one event; servers of MCP write one line per message.
std::string_view data_of(std::string_view event) {
    while (!event.empty()) {
        const auto end = event.find('\n');
        auto line = event.substr(0, end);
        event.remove_prefix(end == std::string_view::npos ? event.size() : end + 1);
        if (!line.empty() && line.back() == '\r')
            line.remove_suffix(1);
        if (!line.starts_with("data:"))
            continue;
        line.remove_prefix(line.starts_with("data: ") ? 6 : 5);
        return line;
    }
    return {};
}

} // namespace

std::string to_string(verdict v) {
    switch (v) {
    case verdict::right:
        return "right";
    case verdict::rpc_error:
        return "rpc_error";
    case verdict::tool_error:
        return "tool_error";
    case verdict::wrong_reply:
        return "wrong_reply";
    case verdict::progress_missing:
        return "progress_missing";
    }
    return "unknown";
}

verdict judge_reply(std::string_view body, std::uint64_t id, bool look_inside) {
    bool same_id = false;
    bool result = false;
    member_reader members{body};
    while (members.next()) {
        if (members.key() == "id") {
            same_id = is_number(members.value(), id);
            if (!same_id)
                return verdict::wrong_reply;
        } else if (members.key() == "error") {
            return verdict::rpc_error;
        } else if (members.key() == "result") {
            result = true;
            if (look_inside && find_member(members.value(), "isError") == "true")
                return verdict::tool_error;
        }
        if (same_id && result)
            return verdict::right;
    }
    return verdict::wrong_reply;
}

verdict judge_event_stream(std::string_view stream, std::uint64_t id, std::size_t progress) {
    std::size_t seen = 0;
    verdict reply = verdict::wrong_reply;
    while (!stream.empty()) {
        auto end = stream.find("\n\n");
        std::size_t separator = 2;
        if (const auto crlf = stream.find("\r\n\r\n"); crlf < end) {
            end = crlf;
            separator = 4;
        }
        const auto data = data_of(stream.substr(0, end));
        stream.remove_prefix(end == std::string_view::npos ? stream.size() : end + separator);
        if (data.empty())
            continue;
        const auto method = string_text(find_member(data, "method"));
        if (method == "notifications/progress")
            seen += is_number(find_member(find_member(data, "params"), "progressToken"), id) ? 1 : 0;
        else if (method.empty())
            reply = judge_reply(data, id, true);
    }
    if (reply == verdict::right && seen != progress)
        return verdict::progress_missing;
    return reply;
}

} // namespace bench
