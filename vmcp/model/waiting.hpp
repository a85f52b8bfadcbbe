// Waiting for something that another coroutine, maybe of another worker, will say.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace vmcp {

// A condition that coroutines of any worker wait for. Thread-safe. notify_all() wakes those who wait now;
// whoever waits checks its own predicate again, under its own lock, as with a condition variable.
class wait_list {
public:
    wait_list() = default;
    wait_list(const wait_list&) = delete;
    wait_list& operator=(const wait_list&) = delete;

    // A place in the list. Get it *before* checking the predicate, so that no notification is lost in
    // between.
    class ticket {
    public:
        // Returns true when notified, false when `until` came first. To be awaited on the executor given to
        // take().
        boost::asio::awaitable<bool> wait(std::chrono::steady_clock::time_point until);
        // The same without an end.
        boost::asio::awaitable<void> wait();

    private:
        friend class wait_list;
        struct place;
        std::shared_ptr<place> place_{};
    };

    [[nodiscard]] ticket take(boost::asio::any_io_executor ex);
    void notify_all();

private:
    std::mutex mutex_{};
    std::vector<std::weak_ptr<ticket::place>> places_{};
};

// A value that is set once and awaited once or more. Thread-safe.
template <class T>
class promised {
public:
    // The first value wins; later ones are dropped.
    void set(T value) {
        {
            const std::lock_guard lock(mutex_);
            if (value_)
                return;
            value_.emplace(std::move(value));
        }
        waiters_.notify_all();
    }

    // A copy of the value, or nothing when `until` passed before it was set.
    boost::asio::awaitable<std::optional<T>> get(boost::asio::any_io_executor ex,
                                                 std::chrono::steady_clock::time_point until) {
        for (;;) {
            auto ticket = waiters_.take(ex);
            if (auto value = peek())
                co_return value;
            if (!co_await ticket.wait(until))
                co_return peek();
        }
    }

    // A copy of the value, as soon as it is set.
    boost::asio::awaitable<T> get(boost::asio::any_io_executor ex) {
        for (;;) {
            auto ticket = waiters_.take(ex);
            if (auto value = peek())
                co_return *std::move(value);
            co_await ticket.wait();
        }
    }

    [[nodiscard]] std::optional<T> peek() {
        const std::lock_guard lock(mutex_);
        return value_;
    }

private:
    std::mutex mutex_{};
    std::optional<T> value_{};
    wait_list waiters_{};
};

} // namespace vmcp
