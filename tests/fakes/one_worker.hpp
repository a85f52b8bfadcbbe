// A worker with its thread, for tests of what lives on workers.
#pragma once

#include "tests/fakes/socket.hpp"
#include "transport/net/worker.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <future>
#include <optional>
#include <utility>

namespace fakes {

class one_worker {
public:
    explicit one_worker(unsigned index = 0) : worker_(index) { worker_.start(); }
    one_worker(const one_worker&) = delete;
    one_worker& operator=(const one_worker&) = delete;
    ~one_worker() {
        worker_.finish();
        for (int round = 0; round < 150 && !worker_.join(milliseconds(100)); ++round)
            worker_.expire_all();
        if (!worker_.join(milliseconds(1))) {
            std::fputs("the test's worker did not end\n", stderr);
            std::abort();
        }
    }

    [[nodiscard]] transport::worker& get() noexcept { return worker_; }
    transport::worker* operator->() noexcept { return &worker_; }

    // The value of a coroutine that runs on the worker.
    template <class T>
    T run(boost::asio::awaitable<T> work) {
        std::promise<T> made;
        worker_.spawn(
            [](boost::asio::awaitable<T> w, std::promise<T>& to) -> boost::asio::awaitable<void> {
                to.set_value(co_await std::move(w));
            }(std::move(work), made),
            "a test");
        return wait(made.get_future());
    }

    // The value of a function that runs on the worker.
    template <class F>
    auto call(F function) {
        using value = decltype(function());
        std::promise<value> made;
        worker_.post([&] {
            if constexpr (std::is_void_v<value>) {
                function();
                made.set_value();
            } else {
                made.set_value(function());
            }
        });
        return wait(made.get_future());
    }

    template <class T>
    static T wait(std::future<T> from) {
        if (from.wait_for(patience) != std::future_status::ready) {
            std::fputs("what runs on the test's worker does not end\n", stderr);
            std::abort(); // it refers to the test's own frame
        }
        return from.get();
    }

private:
    transport::worker worker_;
};

} // namespace fakes
