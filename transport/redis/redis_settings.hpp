// How a Redis is reached: plain values.
#pragma once

#include <boost/asio/ssl/context.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace transport {

struct redis_place {
    std::string host{};
    std::uint16_t port = 6379;
    friend bool operator==(const redis_place&, const redis_place&) = default;
};

struct redis_settings {
    redis_place server{};                 // without effect where there are sentinels
    std::vector<redis_place> sentinels{}; // asked in turn for the master
    std::string master{};                 // its name with them
    std::string sentinel_password{};
    std::string username{}; // empty: the default user
    std::string password{}; // empty: none is given
    std::uint32_t database = 0;
    std::shared_ptr<boost::asio::ssl::context> tls{}; // null: plain TCP; of sentinels too
    std::chrono::milliseconds timeout{1'000};         // of a command, and of each step to a connection
};

} // namespace transport
