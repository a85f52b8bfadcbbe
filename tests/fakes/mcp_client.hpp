// A client of the gateway that writes exactly what a test says.
#pragma once

#include "tests/fakes/http_message.hpp"
#include "tests/fakes/socket.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace fakes {

// One HTTP connection to the gateway.
class http_client {
public:
    explicit http_client(std::uint16_t port) : on_(socket::connect(port)) {}

    [[nodiscard]] socket& raw() noexcept { return on_; }
    void send(std::string_view method, std::string_view fields, std::string_view body);
    [[nodiscard]] http_message response() { return read_response(on_); }
    [[nodiscard]] http_message head() { return read_head(on_); }
    // For a response whose head() was read.
    [[nodiscard]] event_reader events() { return event_reader(on_); }

private:
    socket on_;
};

// What one MCP session sends; each request over a connection that the caller keeps, or one of its own.
class mcp_client {
public:
    explicit mcp_client(std::uint16_t port, std::string token = {}) : port_(port), token_(std::move(token)) {}

    // Opens a session; throws unless it is opened.
    void open(std::string_view version = "2025-11-25", std::string_view capabilities = "{}");

    // The header fields of every request of this session.
    [[nodiscard]] std::string fields() const;
    [[nodiscard]] const std::string& session() const noexcept { return session_; }
    [[nodiscard]] http_client connect() const { return http_client(port_); }

    // Sends a body over a new connection and leaves the answer to the caller.
    [[nodiscard]] http_client start(std::string_view body, std::string_view more_fields = {}) const;
    // ... and reads the answer, whole.
    [[nodiscard]] http_message post(std::string_view body, std::string_view more_fields = {}) const;
    // GET: the stream, its head read (200).
    [[nodiscard]] http_client listen(std::string_view last_event_id = {}) const;
    [[nodiscard]] http_message get(std::string_view last_event_id = {}) const; // whatever comes, whole
    [[nodiscard]] http_message remove() const;                                 // DELETE

private:
    std::uint16_t port_;
    std::string token_;
    std::string session_{};
};

// A tools/call. `id`, `arguments` and `meta` are raw JSON.
[[nodiscard]] std::string tool_call(std::string_view id, std::string_view name,
                                    std::string_view arguments = "{}", std::string_view meta = {});

} // namespace fakes
