#include "bench/mock_backend.hpp"

#include "bench/json_scan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <optional>

namespace bench {

namespace {

constexpr std::string_view reply_start = R"({"jsonrpc":"2.0","id":)";
constexpr std::string_view result_key = R"(,"result":)";
constexpr std::string_view text_start = R"({"content":[{"type":"text","text":")";
constexpr std::string_view text_end = R"("}]}})";
constexpr std::size_t largest_echo = 64u << 20;

constexpr std::array<std::string_view, 7> working_tools = {"echo_100", "echo_1k",     "echo_32k", "echo_1m",
                                                           "slow_50",  "progress_10", "hang"};

std::optional<std::size_t> number_after(std::string_view name, std::string_view prefix,
                                        std::string_view& rest) {
    if (!name.starts_with(prefix))
        return std::nullopt;
    const auto digits = name.substr(prefix.size());
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc{})
        return std::nullopt;
    rest = digits.substr(static_cast<std::size_t>(end - digits.data()));
    return value;
}

std::optional<std::size_t> echo_size(std::string_view name) {
    std::string_view unit;
    const auto number = number_after(name, "echo_", unit);
    if (!number || *number > largest_echo)
        return std::nullopt;
    const std::size_t factor = unit.empty() ? 1 : unit == "k" ? 1024 : unit == "m" ? 1024 * 1024 : 0;
    if (factor == 0 || *number * factor > largest_echo)
        return std::nullopt;
    return *number * factor;
}

// Prose with the escapes that real tool results have: a scanner has to stop at them.
std::string escaped_text(std::size_t size) {
    constexpr std::string_view line =
        R"(The \"quick\" brown fox jumps over the lazy dog, 0123456789 times.\n)";
    std::string text;
    text.reserve(size);
    while (text.size() + line.size() <= size)
        text += line;
    text.append(size - text.size(), '.');
    return text;
}

std::string render_echo(std::size_t size) {
    const std::size_t around =
        reply_start.size() + 1 + result_key.size() + text_start.size() + text_end.size();
    return fmt::format("{}{}{}{}", result_key, text_start, escaped_text(size > around ? size - around : 1),
                       text_end);
}

std::string render_tool(std::string_view name) {
    return fmt::format(
        R"({{"name":"{0}","title":"Tool {0}","description":"Answers a call of {0} with a fixed text, whatever the )"
        R"(arguments are.","inputSchema":{{"type":"object","properties":{{"text":{{"type":"string","description":)"
        R"("Any text"}},"count":{{"type":"integer","minimum":0}}}},"additionalProperties":true}},"annotations":)"
        R"({{"readOnlyHint":true,"openWorldHint":false}}}})",
        name);
}

std::string render_page(std::size_t first, std::size_t last, std::size_t total) {
    std::string page{result_key};
    page += R"({"tools":[)";
    for (std::size_t i = first; i < last; ++i) {
        if (i > first)
            page += ',';
        page +=
            render_tool(i < working_tools.size() ? std::string{working_tools[i]} : fmt::format("tool_{}", i));
    }
    page += ']';
    if (last < total)
        page += fmt::format(R"(,"nextCursor":"{}")", last);
    return page + "}}";
}

void write_json(mock_reply& out, std::string_view id, std::string_view tail,
                std::string_view extra_field = {}) {
    out.text.clear();
    fmt::format_to(std::back_inserter(out.text),
                   "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{}Content-Length: {}\r\n\r\n{}{}",
                   extra_field, reply_start.size() + id.size() + tail.size(), reply_start, id);
    out.tail = tail;
}

void write_error(mock_reply& out, std::string_view id, int code, std::string_view message) {
    const auto body =
        fmt::format(R"({}{},"error":{{"code":{},"message":"{}"}}}})", reply_start, id, code, message);
    out.text =
        fmt::format("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
                    body.size(), body);
}

void write_status(mock_reply& out, std::string_view status) {
    out.text = fmt::format("HTTP/1.1 {}\r\nContent-Length: 0\r\n\r\n", status);
}

std::string chunk(std::string_view payload) {
    return fmt::format("{:x}\r\n{}\r\n", payload.size(), payload);
}

void write_event_stream(mock_reply& out, std::string_view id, std::string_view token, std::size_t steps) {
    out.text = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\n"
               "X-Accel-Buffering: no\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (std::size_t step = 1; step <= steps && !token.empty(); ++step)
        out.events.push_back(chunk(fmt::format(
            "event: message\ndata: {{\"jsonrpc\":\"2.0\",\"method\":\"notifications/progress\",\"params\":"
            "{{\"progressToken\":{},\"progress\":{},\"total\":{},\"message\":\"step {} of {}\"}}}}\n\n",
            token, step, steps, step, steps)));
    out.events.push_back(chunk(fmt::format("event: message\ndata: {}{}{}{}done{}\n\n", reply_start, id,
                                           result_key, text_start, text_end)) +
                         "0\r\n\r\n");
}

} // namespace

struct mock_backend::request {
    std::string_view id; // raw token; empty for a notification
    std::string_view method;
    std::string_view params;
};

mock_backend::mock_backend(const mock_options& options) : options_{options} {
    const std::size_t step =
        options_.page_size == 0 ? std::max<std::size_t>(options_.tools, 1) : options_.page_size;
    for (std::size_t first = 0; first == 0 || first < options_.tools; first += step)
        pages_.push_back(render_page(first, std::min(first + step, options_.tools), options_.tools));
    for (const auto name : working_tools)
        static_cast<void>(echo_tail(name));
}

const std::string* mock_backend::echo_tail(std::string_view tool) {
    if (const auto found = echoes_.find(tool); found != echoes_.end())
        return &found->second;
    const auto size = tool.starts_with("tool_") ? std::optional<std::size_t>{100} : echo_size(tool);
    if (!size)
        return nullptr;
    return &echoes_.emplace(tool, render_echo(*size)).first->second;
}

void mock_backend::answer(std::string_view http_method, std::string_view body, mock_reply& out) {
    out.when = mock_reply::kind::now;
    out.delay = {};
    out.tail = {};
    out.events.clear();
    if (http_method == "POST") {
        answer_post(body, out);
    } else if (http_method == "DELETE") {
        write_status(out, "200 OK");
    } else if (http_method == "GET" && options_.get_stream) {
        // The body never ends: the stream stays open and silent.
        out.text = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\n"
                   "X-Accel-Buffering: no\r\nTransfer-Encoding: chunked\r\n\r\n" +
                   chunk(": open\n\n");
    } else {
        write_status(out, "405 Method Not Allowed\r\nAllow: POST, DELETE");
    }
}

void mock_backend::answer_post(std::string_view body, mock_reply& out) {
    request incoming;
    member_reader members{body};
    while (members.next()) {
        if (members.key() == "id")
            incoming.id = members.value();
        else if (members.key() == "method")
            incoming.method = string_text(members.value());
        else if (members.key() == "params")
            incoming.params = members.value();
    }
    if (incoming.id.empty() || incoming.method.empty())
        return write_status(out, body.starts_with('{') ? "202 Accepted" : "400 Bad Request");
    if (incoming.method == "tools/call")
        return answer_call(incoming, out);
    if (incoming.method == "tools/list")
        return answer_list(incoming, out);
    if (incoming.method == "initialize")
        return answer_initialize(incoming, out);
    if (incoming.method == "ping" || incoming.method == "logging/setLevel")
        return write_json(out, incoming.id, R"(,"result":{}})");
    write_error(out, incoming.id, -32601, "Method not found");
}

void mock_backend::answer_call(const request& incoming, mock_reply& out) {
    const auto tool = string_text(find_member(incoming.params, "name"));
    if (const auto* tail = echo_tail(tool))
        return write_json(out, incoming.id, *tail);
    std::string_view rest;
    if (tool == "hang") {
        out.when = mock_reply::kind::never;
    } else if (const auto steps = number_after(tool, "progress_", rest); steps && *steps <= 1'000'000) {
        const auto meta = find_member(incoming.params, "_meta");
        write_event_stream(out, incoming.id, find_member(meta, "progressToken"), *steps);
    } else if (const auto delay = number_after(tool, "slow_", rest); delay && *delay <= 3'600'000) {
        out.when = mock_reply::kind::later;
        out.delay = std::chrono::milliseconds{*delay};
        write_json(out, incoming.id, *echo_tail("echo_100"));
    } else {
        write_error(out, incoming.id, -32602, "Unknown tool");
    }
}

void mock_backend::answer_list(const request& incoming, mock_reply& out) {
    const auto cursor = string_text(find_member(incoming.params, "cursor"));
    std::string_view rest;
    const auto first = cursor.empty() ? std::optional<std::size_t>{0} : number_after(cursor, "", rest);
    const auto step = std::max<std::size_t>(options_.page_size, 1);
    if (!first || *first / step >= pages_.size())
        return write_error(out, incoming.id, -32602, "Unknown cursor");
    write_json(out, incoming.id, pages_[*first / step]);
}

void mock_backend::answer_initialize(const request& incoming, mock_reply& out) {
    constexpr std::array<std::string_view, 3> revisions = {"2025-11-25", "2025-06-18", "2025-03-26"};
    const auto asked = string_text(find_member(incoming.params, "protocolVersion"));
    const auto revision = std::find(revisions.begin(), revisions.end(), asked);
    const auto tail = fmt::format(
        R"(,"result":{{"protocolVersion":"{}","capabilities":{{"tools":{{}},"logging":{{}}}},"serverInfo":)"
        R"({{"name":"vmcp-mock","version":"1"}}}}}})",
        revision == revisions.end() ? revisions.front() : *revision);
    const auto field =
        options_.sessions ? fmt::format("Mcp-Session-Id: mock-{}\r\n", next_session_++) : std::string{};
    write_json(out, incoming.id, tail, field);
    out.text += tail; // the tail must not point to a local
    out.tail = {};
}

} // namespace bench
