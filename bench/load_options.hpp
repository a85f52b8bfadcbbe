// What one run of the load generator does.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace bench {

enum class work_kind {
    call,       // tools/call
    list,       // tools/list, page after page where the server pages
    ping,       // ping
    initialize, // initialize again and again, each a new session
    sessions,   // open `count` sessions (initialize, notifications/initialized) and end; sessions need no
                // connection
    connections // open `connections` connections, one ping each, hold them for `duration`, ping each again
};

struct load_options {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;
    std::string path = "/mcp";
    work_kind work = work_kind::call;
    std::size_t connections = 64;
    std::chrono::duration<double> duration{5};
    std::chrono::duration<double> warm_up{1};
    std::chrono::duration<double> timeout{10}; // of one exchange
    double rate = 0;                           // requests per second; 0: closed loop, as fast as answers come
    std::string tool = "echo_1k";              // "{}" stands for the number of a backend, 0 to fan - 1
    std::size_t fan = 1;
    std::size_t argument_bytes = 100;
    std::size_t progress = 0; // notifications expected per call; 0: no progress token is sent
    std::size_t count = 1000;
    bool touch = false;          // work sessions: also one tools/call in each session
    bool raw = false;            // no handshake and no session: for a server that needs none
    std::string authorization{}; // value of the Authorization field of every request; empty: none
    std::string protocol = "2025-11-25";
};

} // namespace bench
