// What the parts of supervision run on: one thread, one clock, and dice.
#pragma once

#include "vmcp/model/aside.hpp"
#include "vmcp/supervision/clock.hpp"

#include "transport/net/worker.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <functional>
#include <string_view>
#include <utility>

namespace vmcp {

// Outlives all that runs on it. post() may be called from any thread, all else on its own.
struct control_thread {
    boost::asio::any_io_executor executor{};
    vmcp::clock& clock;
    std::function<double()> jitter{}; // a fresh random number in [-1, 1]
    // Runs a long computation on another thread, one after the other; empty: there is none, and it is done here.
    aside_runner aside{};
    // The same for what clients wait for, which is not to hold up what is published.
    aside_runner aside_for_clients{};

    [[nodiscard]] health::moment now() const { return clock.now(); }

    // What `task` or `work` throws is reported under `name`, a literal, and nothing else.
    void post(std::function<void()> task, std::string_view name) const {
        boost::asio::post(executor, [task = std::move(task), name] {
            try {
                task();
            } catch (...) {
                transport::report(name)(std::current_exception());
            }
        });
    }
    void spawn(boost::asio::awaitable<void> work, std::string_view name) const {
        boost::asio::co_spawn(executor, std::move(work), transport::report(name));
    }
};

} // namespace vmcp
