// A thread beside the control thread for computations that take long.
#pragma once

#include "vmcp/model/aside.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

namespace vmcp {

// Runs what it is given, one after the other. The thread begins with the first task: most gateways never need it.
class side_thread {
public:
    side_thread() = default;
    side_thread(const side_thread&) = delete;
    side_thread& operator=(const side_thread&) = delete;
    // As stop().
    ~side_thread();

    // From any thread. What `task` throws is reported, and nothing else. After stop() it is dropped.
    void run(std::function<void()> task);

    // run(), for whoever need not know this thread; it lives as long.
    [[nodiscard]] aside_runner runner() {
        return [this](std::function<void()> task) { run(std::move(task)); };
    }

    // Waits for the task under way; those behind it are dropped. On another thread than its own.
    void stop();

private:
    void loop();

    std::mutex mutex_{};
    std::condition_variable changed_{};
    std::deque<std::function<void()>> tasks_{};
    std::thread thread_{};
    bool stopped_ = false;
};

// One for what is published, one for what clients wait for.
struct side_threads {
    side_thread publishing{};
    side_thread for_clients{};

    void stop() {
        publishing.stop();
        for_clients.stop();
    }
};

} // namespace vmcp
