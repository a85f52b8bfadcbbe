#include "vmcp/supervision/side_thread.hpp"

#include "transport/net/worker.hpp"

#include <exception>
#include <utility>

namespace vmcp {

side_thread::~side_thread() {
    stop();
}

void side_thread::run(std::function<void()> task) {
    {
        const std::lock_guard lock(mutex_);
        if (stopped_)
            return;
        tasks_.push_back(std::move(task));
        if (!thread_.joinable())
            thread_ = std::thread([this] { loop(); });
    }
    changed_.notify_one();
}

void side_thread::stop() {
    std::deque<std::function<void()>> dropped; // die outside of the lock
    std::thread ending;
    {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
        dropped.swap(tasks_);
        ending = std::move(thread_);
    }
    changed_.notify_one();
    if (ending.joinable())
        ending.join();
}

void side_thread::loop() {
    for (;;) {
        std::function<void()> task;
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] { return stopped_ || !tasks_.empty(); });
            if (stopped_)
                return;
            task = std::move(tasks_.front());
            tasks_.pop_front();
        }
        try {
            task();
        } catch (...) {
            transport::report("a task aside")(std::current_exception());
        }
    }
}

} // namespace vmcp
