// The connection to Redis of this process: commands of all threads, pipelined, each with a deadline; made again when it is
// lost. It lives on one worker, so that what was given in order is carried out in order, and a replica costs the server two
// connections, not two for each core: a command of another thread is posted there, which costs a fraction of its way over
// the network.
#pragma once

#include "transport/net/connection.hpp"
#include "transport/net/guarded_pause.hpp"
#include "transport/redis/reconnect_pace.hpp"
#include "transport/redis/redis_commands.hpp"
#include "transport/redis/redis_pipeline.hpp"
#include "transport/redis/redis_settings.hpp"
#include "vmcp/base/latency_histogram.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <string_view>

namespace transport {

class redis_client final : public redis_commands, public std::enable_shared_from_this<redis_client> {
public:
    struct counters {
        std::atomic<std::uint64_t> commands{0};
        std::atomic<std::uint64_t> errors{0};   // commands without a reply, or with an error
        std::atomic<std::uint64_t> connects{0}; // connections that were made
    };

    explicit redis_client(redis_settings settings) : settings_(std::move(settings)) {}

    // Begins to connect. Once; from any thread. `connected` is called on that worker's thread each time that a connection is
    // ready, before any command is sent.
    void start(worker& home, std::function<void()> connected = {});
    // Ends the connection and fails what waits. On the worker's thread; nothing of it runs there afterwards for long.
    void stop();

    vmcp::awaitable<vmcp::result<resp_value>> run(redis_command command) override;
    void send(redis_command command) override;

    [[nodiscard]] bool up() const noexcept override { return up_.load(std::memory_order_relaxed); }
    [[nodiscard]] const counters& figures() const noexcept { return counters_; }
    [[nodiscard]] const vmcp::latency_histogram& latency() const noexcept { return latency_; }

private:
    // How the next command is met.
    enum class phase : std::uint8_t { connecting, ready, away, stopped };

    static vmcp::awaitable<void> live(std::shared_ptr<redis_client> self);
    static vmcp::awaitable<void> write(std::shared_ptr<redis_client> self, std::shared_ptr<connection> line);
    static vmcp::awaitable<void> beat(std::shared_ptr<redis_client> self);
    vmcp::awaitable<void> read(std::shared_ptr<connection> line);
    bool take(resp_value reply);
    void enqueue(const redis_command& command, redis_pipeline::reply_fn reply,
                 vmcp::steady_clock::time_point until);
    void begin_writing();
    void lost(std::string_view why);
    void failed(const vmcp::failure& why);

    const redis_settings settings_;
    counters counters_{};
    vmcp::latency_histogram latency_{};
    std::atomic<bool> up_{false};
    std::atomic<worker*> home_{nullptr};

    // All below: the worker's thread.
    std::function<void()> connected_{};
    redis_pipeline pipeline_{};
    phase phase_ = phase::connecting;
    std::string trouble_{}; // why it is away
    std::shared_ptr<connection> line_{};
    bool writing_ = false;
    vmcp::steady_clock::time_point heard_{};
    reconnect_pace pace_{};
    guarded_pause* pause_ = nullptr; // while live() runs
    guarded_pause* beat_ = nullptr;  // while beat() runs
    std::minstd_rand dice_{std::random_device{}()};
};

} // namespace transport
