// Learns that a client has closed its connection while its request is being answered.
#pragma once

#include "transport/http/server_connection.hpp"

#include <boost/asio/cancellation_signal.hpp>

#include <functional>
#include <memory>
#include <utility>

namespace transport {

// On the connection's worker. `gone` is called at most once, while this lives, when the client closes. Bytes of another
// request end the watch: they stay where they are, and say that the client is there.
class peer_watch {
public:
    peer_watch(server_connection& connection, std::function<void()> gone);
    ~peer_watch();
    peer_watch(const peer_watch&) = delete;
    peer_watch& operator=(const peer_watch&) = delete;

private:
    struct state {
        explicit state(std::function<void()> what) : gone(std::move(what)) {}
        std::function<void()> gone;
        asio::cancellation_signal stop{};
    };
    const std::shared_ptr<state> state_;
};

} // namespace transport
