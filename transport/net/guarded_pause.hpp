// A pause between attempts that ends with its worker: a shutdown whose grace is over cuts it, as it cuts what waits for
// a socket. A plain timer would keep the worker's thread until it fires.
#pragma once

#include "transport/net/worker.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>

namespace transport {

// Of one coroutine, on one worker's thread.
class guarded_pause final : public guarded {
public:
    explicit guarded_pause(worker& home) : timer_(home.context()) { home.sweeper().add(*this); }

    // Waits until then. True when that time came; false when it was cut before, also before it was begun, or when
    // cancel() ended it.
    boost::asio::awaitable<bool> until(std::chrono::steady_clock::time_point when);
    // Ends the wait under way, if there is one.
    void cancel() { timer_.cancel(); }

    // worker::expire_all() ended it, for the worker is about to stop: do not try again.
    [[nodiscard]] bool was_cut() const noexcept { return cut_; }

protected:
    void on_due() override {
        cut_ = true;
        timer_.cancel();
    }

private:
    boost::asio::steady_timer timer_;
    bool cut_ = false;
};

} // namespace transport
