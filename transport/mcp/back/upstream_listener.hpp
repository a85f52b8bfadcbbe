// The GET stream of a backend session, on which the backend says what belongs to no request (MCP 2025-11-25,
// basic/transports, "Listening for Messages from the Server").
#pragma once

#include "transport/mcp/back/upstream.hpp"

#include <memory>
#include <string>

namespace transport {

class upstream_listener {
public:
    // Keeps the stream open, with reconnects, until the session ends, is lost, or the backend refuses it. The
    // refusal means a lost session only where the backend had given this session a stream before: servers
    // without streams refuse a GET with about anything (405 is right, 404 and 400 are common).
    static asio::awaitable<void> run(std::shared_ptr<upstream> up, std::shared_ptr<const established> with);

private:
    upstream_listener(std::shared_ptr<upstream> up, std::shared_ptr<const established> with)
        : up_(std::move(up))
        , with_(std::move(with)) {}

    enum class end : std::uint8_t { broken, refused, over };

    asio::awaitable<end> listen_once();
    asio::awaitable<end> read(client_exchange& exchange);
    // Delivers one message. Returns when there is room for the next.
    asio::awaitable<void> take(std::string text);
    asio::awaitable<void> question(const vmcp::message& m);
    [[nodiscard]] bool over() const;
    // No later session has a stream of its own. To be called under the upstream's lock.
    [[nodiscard]] bool newest() const;
    void settled(); // the stream is open, or this attempt to open it failed

    std::shared_ptr<upstream> up_;
    std::shared_ptr<const established> with_;
    std::string last_event_id_{};
    std::chrono::milliseconds retry_{1'000};
    bool delivered_ = false; // this connection brought something: it was a good one
    bool opened_ = false;    // the backend had a stream for this session before
};

} // namespace transport
