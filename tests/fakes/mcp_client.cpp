#include "tests/fakes/mcp_client.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace fakes {

void http_client::send(std::string_view method, std::string_view fields, std::string_view body) {
    const std::string length =
        method == "POST"
            ? fmt::format("Content-Length: {}\r\nContent-Type: application/json\r\n", body.size())
            : "";
    on_.send(fmt::format("{} /mcp HTTP/1.1\r\nHost: localhost\r\n{}{}\r\n{}", method, length, fields, body));
}

std::string mcp_client::fields() const {
    std::string out = "Accept: application/json, text/event-stream\r\n";
    if (!token_.empty())
        out += fmt::format("Authorization: Bearer {}\r\n", token_);
    if (!session_.empty())
        out += fmt::format("Mcp-Session-Id: {}\r\n", session_);
    return out;
}

void mcp_client::open(std::string_view version, std::string_view capabilities) {
    session_.clear();
    const auto answer = post(fmt::format(
        R"({{"jsonrpc":"2.0","id":"open","method":"initialize","params":{{"protocolVersion":"{}","capabilities":{},)"
        R"("clientInfo":{{"name":"test","version":"1"}}}}}})",
        version, capabilities));
    session_ = answer.field("mcp-session-id");
    if (answer.status() != 200 || session_.empty())
        throw std::runtime_error("no session was opened: " + answer.start + " " + answer.body);
}

http_client mcp_client::start(std::string_view body, std::string_view more_fields) const {
    auto out = connect();
    out.send("POST", fields() + std::string(more_fields), body);
    return out;
}

http_message mcp_client::post(std::string_view body, std::string_view more_fields) const {
    return start(body, more_fields).response();
}

http_client mcp_client::listen(std::string_view last_event_id) const {
    auto out = connect();
    out.send("GET",
             fields() + (last_event_id.empty() ? "" : fmt::format("Last-Event-ID: {}\r\n", last_event_id)),
             "");
    const auto head = out.head();
    if (head.status() != 200)
        throw std::runtime_error("no event stream: " + head.start);
    if (head.keeps_open())
        throw std::runtime_error("a stream that ends with its connection does not say so");
    return out;
}

http_message mcp_client::get(std::string_view last_event_id) const {
    auto out = connect();
    out.send("GET",
             fields() + (last_event_id.empty() ? "" : fmt::format("Last-Event-ID: {}\r\n", last_event_id)),
             "");
    return out.response();
}

http_message mcp_client::remove() const {
    auto out = connect();
    out.send("DELETE", fields(), "");
    return out.response();
}

std::string tool_call(std::string_view id, std::string_view name, std::string_view arguments,
                      std::string_view meta) {
    return fmt::format(
        R"({{"jsonrpc":"2.0","id":{},"method":"tools/call","params":{{"name":"{}","arguments":{}{}}}}})", id,
        name, arguments, meta.empty() ? "" : fmt::format(R"(,"_meta":{})", meta));
}

} // namespace fakes
