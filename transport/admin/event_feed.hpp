// Event streams for people who watch: each watcher is sent what changed, about once a second.
#pragma once

#include "transport/http/server_connection.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace transport {

// GET only. Thread-safe.
class event_feed final : public http_handler {
public:
    // A part of what is shown; `name` is the event's name. `data` of the same value is sent once. Null:
    // cannot be told now.
    struct part {
        std::string_view name{}; // a literal
        std::shared_ptr<const std::string> data{};
    };
    // Called about once a second for each watcher, on its worker.
    using look = std::function<asio::awaitable<std::vector<part>>()>;

    struct settings {
        std::size_t max_watchers = 64;
        std::chrono::milliseconds pause{1'000};
        std::chrono::milliseconds keep_alive{10'000};
    };

    event_feed(settings how, look make) : settings_(how), look_(std::move(make)) {}

    asio::awaitable<void> handle(http_request& request) override;

private:
    asio::awaitable<void> stream(server_connection& connection);

    settings settings_;
    look look_;
    std::atomic<std::size_t> watchers_{0};
};

} // namespace transport
