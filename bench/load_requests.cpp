#include "bench/load_requests.hpp"

#include <fmt/format.h>

#include <charconv>

namespace bench {

namespace {

constexpr std::string_view message_start = R"({"jsonrpc":"2.0","id":)";

std::string replace_braces(std::string text, std::size_t number) {
    if (const auto at = text.find("{}"); at != std::string::npos)
        text.replace(at, 2, std::to_string(number));
    return text;
}

std::string authorization_field(const load_options& options) {
    return options.authorization.empty() ? std::string{}
                                         : fmt::format("Authorization: {}\r\n", options.authorization);
}

} // namespace

request_writer::request_writer(const load_options& options)
    : fields_{fmt::format("POST {} HTTP/1.1\r\nHost: {}:{}\r\nContent-Type: application/json\r\n"
                          "Accept: application/json, text/event-stream\r\n{}",
                          options.path, options.host, options.port, authorization_field(options))}
    , protocol_field_{fmt::format("MCP-Protocol-Version: {}\r\n", options.protocol)}
    , initialize_{std::string{message_start},
                  fmt::format(
                      R"(,"method":"initialize","params":{{"protocolVersion":"{}","capabilities":{{}},)"
                      R"("clientInfo":{{"name":"vmcp-load","version":"1"}}}}}})",
                      options.protocol)}
    , ping_{std::string{message_start}, R"(,"method":"ping"})"} {
    switch (options.work) {
    case work_kind::call:
    case work_kind::sessions:
        for (std::size_t backend = 0; backend < options.fan; ++backend)
            add_call(options, backend);
        return;
    case work_kind::list:
        work_.push_back({std::string{message_start}, R"(,"method":"tools/list"})"});
        return;
    case work_kind::initialize:
        work_.push_back(initialize_);
        return;
    case work_kind::ping:
    case work_kind::connections:
        work_.push_back(ping_);
        return;
    }
}

void request_writer::add_call(const load_options& options, std::size_t backend) {
    auto call =
        fmt::format(R"(,"method":"tools/call","params":{{"name":"{}","arguments":{{"text":"{}","count":3}})",
                    replace_braces(options.tool, backend), std::string(options.argument_bytes, 'a'));
    if (options.progress == 0)
        work_.push_back({std::string{message_start}, call + "}}"});
    else
        work_.push_back({std::string{message_start}, call + R"(,"_meta":{"progressToken":)", "}}}"});
}

void request_writer::add_page(std::string_view raw_cursor) {
    work_.push_back({std::string{message_start},
                     fmt::format(R"(,"method":"tools/list","params":{{"cursor":{}}}}})", raw_cursor)});
}

std::string request_writer::head(std::string_view session_id) const {
    auto head = fields_ + protocol_field_;
    if (!session_id.empty())
        head += fmt::format("Mcp-Session-Id: {}\r\n", session_id);
    return head + "Content-Length: ";
}

void request_writer::write(std::string& out, std::string_view head, const body_template& body,
                           std::uint64_t id) {
    char digits[24];
    const auto* end = std::to_chars(digits, digits + sizeof digits, id).ptr;
    const std::string_view id_text{digits, static_cast<std::size_t>(end - digits)};
    std::size_t size = id_text.size() * (body.size() - 1);
    for (const auto& piece : body)
        size += piece.size();
    out.assign(head);
    fmt::format_to(std::back_inserter(out), "{}\r\n\r\n", size);
    for (std::size_t i = 0; i < body.size(); ++i) {
        if (i > 0)
            out += id_text;
        out += body[i];
    }
}

void request_writer::initialize(std::string& out, std::uint64_t id) const {
    write(out, fields_ + "Content-Length: ", initialize_, id);
}

void request_writer::initialized(std::string& out, std::string_view head) const {
    write(out, head, {R"({"jsonrpc":"2.0","method":"notifications/initialized"})"}, 0);
}

void request_writer::ping(std::string& out, std::string_view head, std::uint64_t id) const {
    write(out, head, ping_, id);
}

void request_writer::work(std::string& out, std::string_view head, std::uint64_t id,
                          std::size_t variant) const {
    write(out, head, work_[variant], id);
}

} // namespace bench
