// What is published on some channels of Redis, over a connection of its own that is made again when it is lost. What was
// published meanwhile is lost: whoever must not miss it looks elsewhere when `subscribed` is called.
#pragma once

#include "transport/net/connection.hpp"
#include "transport/net/guarded_pause.hpp"
#include "transport/redis/reconnect_pace.hpp"
#include "transport/redis/redis_settings.hpp"
#include "transport/redis/resp.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace transport {

class redis_subscriber final : public std::enable_shared_from_this<redis_subscriber> {
public:
    // Called on the worker's thread.
    struct listener {
        std::function<void()> subscribed{}; // to all channels, for the first time or again
        std::function<void(std::string_view channel, std::string_view text)> message{};
    };

    redis_subscriber(redis_settings settings, std::vector<std::string> channels)
        : settings_(std::move(settings))
        , channels_(std::move(channels)) {}

    // Once; from any thread.
    void start(worker& home, listener to);
    // On the worker's thread. The listener is not called any more.
    void stop();
    [[nodiscard]] bool up() const noexcept { return up_.load(std::memory_order_relaxed); }

private:
    static vmcp::awaitable<void> live(std::shared_ptr<redis_subscriber> self, worker& home);
    static vmcp::awaitable<void> beat(std::shared_ptr<redis_subscriber> self, worker& home);
    vmcp::awaitable<void> serve(std::shared_ptr<connection> line);
    vmcp::awaitable<bool> write(std::shared_ptr<connection> line, std::string text);
    // False: the connection is of no use.
    bool take(const resp_value& pushed);

    const redis_settings settings_;
    const std::vector<std::string> channels_;
    std::atomic<bool> up_{false};

    // All below: the worker's thread.
    listener to_{};
    bool stopped_ = false;
    bool writing_ = false;
    std::size_t confirmed_ = 0; // channels
    std::shared_ptr<connection> line_{};
    reconnect_pace pace_{};
    guarded_pause* pause_ = nullptr; // while live() runs
    guarded_pause* beat_ = nullptr;  // while beat() runs
    std::minstd_rand dice_{std::random_device{}()};
};

} // namespace transport
