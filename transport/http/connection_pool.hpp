// Idle keep-alive connections to one backend on one worker. The call path only: probes never take from it or
// give to it.
#pragma once

#include "transport/net/connection.hpp"

#include <chrono>
#include <memory>
#include <string_view>
#include <vector>

namespace transport {

class connection_pool {
public:
    // Servers close idle connections by themselves, many after 5 s without saying so (node, uvicorn); a
    // request sent at that very moment would be lost. So ours are given up first, unless the server's
    // Keep-Alive field promises longer.
    static constexpr std::chrono::milliseconds default_idle{4'000};
    static constexpr std::size_t max_idle = 256; // of all keys together

    // The most recently used connection with that key that is still open, or null. A connection that the backend closed
    // while it was idle is noticed here, before anything is sent on it.
    [[nodiscard]] std::unique_ptr<connection> take(std::string_view key = {});

    // Gives back a connection whose exchange is over and whose peer keeps it open for `idle`. It is closed when there are
    // max_idle already, unless the one that is idle for longest has another key: then that one is.
    void give(std::unique_ptr<connection> done, std::chrono::milliseconds idle);

    void clear() { idle_.clear(); }
    [[nodiscard]] std::size_t size() const noexcept { return idle_.size(); }

private:
    struct entry {
        std::unique_ptr<connection> carrier;
        std::chrono::steady_clock::time_point since;
        std::chrono::steady_clock::time_point until;
    };
    std::vector<entry> idle_{};
};

} // namespace transport
