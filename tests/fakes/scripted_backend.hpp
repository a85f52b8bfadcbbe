// An MCP backend that does nothing by itself: a test takes each request off it and says, byte for byte, what comes
// back and when.
#pragma once

#include "tests/fakes/http_message.hpp"
#include "tests/fakes/socket.hpp"

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace fakes {

class scripted_backend;

// One request, and the connection it came on.
class asked_of_backend {
public:
    asked_of_backend(http_message m, std::shared_ptr<socket> on)
        : request(std::move(m))
        , on_(std::move(on)) {}

    const http_message request;

    // What it is: the JSON-RPC method, "answer" for a response or an error, or the HTTP method when it has no body.
    [[nodiscard]] std::string what() const;
    // Raw JSON of members of the body; empty when absent. `path` goes down objects: "params._meta.progressToken".
    [[nodiscard]] std::string raw(std::string_view path) const;
    [[nodiscard]] std::string id() const { return raw("id"); }

    // A whole answer.
    void answer(unsigned status, std::string_view body, std::string_view more_fields = {}) const;
    // {"jsonrpc":"2.0","id":<the request's>,"result":<raw>}
    void result(std::string_view raw, std::string_view more_fields = {}) const;
    void accept() const { answer(202, ""); }

    // An event stream in pieces.
    void start_events(std::string_view more_fields = {}) const;
    void event(std::string_view data, std::string_view id = {}) const;
    void piece(std::string_view text) const; // of the stream, as one chunk
    void end_events() const;

    void send(std::string_view bytes) const { on_->send(bytes); }
    void close() const;
    void reset() const;
    [[nodiscard]] socket& connection() const { return *on_; }

private:
    std::shared_ptr<socket> on_;
};

using backend_request = std::shared_ptr<asked_of_backend>;

class scripted_backend {
public:
    scripted_backend() : door_(std::make_unique<listening_socket>()), port_(door_->port()) {}

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
    [[nodiscard]] std::string url() const;

    // GET requests are answered 405 without the test's doing; off by default.
    bool refuse_streams = false;

    // The next request that is `wanted` (see asked_of_backend::what()); those that are not wait for their own expect().
    [[nodiscard]] backend_request expect(std::string_view wanted);
    // Whether one comes within `wait`, or waits already; it is left there.
    [[nodiscard]] bool has(std::string_view wanted, milliseconds wait = milliseconds(0));
    // How many came and were not taken yet.
    [[nodiscard]] std::size_t count(std::string_view wanted);

    // Takes initialize and notifications/initialized and answers as a server with this session id.
    void handshake(std::string_view session_id = "s-1", std::string_view capabilities = R"({"tools":{}})");

    [[nodiscard]] std::size_t connections_made() const noexcept { return made_; }
    // Waits until a connection is open that a request begins to come in on, and resets all connections.
    void reset_while_reading();
    // Ends all connections and listens no more / listens again on the same port.
    void stop();
    void start();

private:
    void pump(milliseconds wait);
    void take_requests(const std::shared_ptr<socket>& from);

    std::unique_ptr<listening_socket> door_;
    std::uint16_t port_;
    std::vector<std::shared_ptr<socket>> open_{};
    std::list<backend_request> came_{};
    std::size_t made_ = 0;
};

} // namespace fakes
