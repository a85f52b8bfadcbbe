// Runs coroutines of the core to their end on one io_context, without threads and, as long as nothing waits for a
// deadline, without waiting.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

namespace fakes {

// Starts a coroutine that goes on whenever the context runs.
template <class T>
class started {
public:
    started(boost::asio::io_context& on, boost::asio::awaitable<T> work) {
        boost::asio::co_spawn(on, std::move(work), [this](std::exception_ptr error, T value) {
            if (error)
                std::rethrow_exception(error);
            value_.emplace(std::move(value));
        });
    }
    started(const started&) = delete;
    started& operator=(const started&) = delete;

    [[nodiscard]] bool done() const noexcept { return value_.has_value(); }
    [[nodiscard]] T& value() { return value_.value(); }

private:
    std::optional<T> value_{};
};

// Everything that can go on without time passing.
inline void settle(boost::asio::io_context& on) {
    on.restart();
    on.poll();
}

// The value of a coroutine that ends within a second.
template <class T>
T run(boost::asio::io_context& on, boost::asio::awaitable<T> work) {
    std::optional<T> out;
    std::exception_ptr thrown;
    boost::asio::co_spawn(on, std::move(work), [&](std::exception_ptr error, T value) {
        thrown = error;
        if (!error)
            out.emplace(std::move(value));
    });
    on.restart();
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(15);
    while (!out && !thrown && on.run_one_until(until) > 0) {
    }
    if (thrown)
        std::rethrow_exception(thrown);
    if (!out)
        throw std::runtime_error("the coroutine did not end");
    return std::move(*out);
}

inline void run(boost::asio::io_context& on, boost::asio::awaitable<void> work) {
    run(on, [](boost::asio::awaitable<void> w) -> boost::asio::awaitable<bool> {
        co_await std::move(w);
        co_return true;
    }(std::move(work)));
}

} // namespace fakes
