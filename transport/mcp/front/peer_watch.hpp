// Learns that a client has closed its connection while its request is being answered.
#pragma once

#include "transport/http/server_connection.hpp"

#include <functional>
#include <memory>

namespace transport {

// On the connection's worker. `gone` is called at most once, while this lives, when the client closes. What the client sends
// meanwhile, such as its next request, stays where it is. A client that only ends its own half has left, too: TCP says the same of
// one that closed, and for a stateless client that is how a call is cancelled.
class peer_watch {
public:
    peer_watch(server_connection& connection, std::function<void()> gone);
    ~peer_watch();
    peer_watch(const peer_watch&) = delete;
    peer_watch& operator=(const peer_watch&) = delete;

private:
    struct state;
    const std::shared_ptr<state> state_;
};

} // namespace transport
