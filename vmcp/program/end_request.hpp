// How the thread that waits for the end of the program hears of it: the first signal says how long running calls
// may go on, a second one that they may not any longer.
#pragma once

#include <atomic>
#include <chrono>
#include <future>

namespace vmcp {

// ask() from one thread, the rest from another.
class end_request {
public:
    // The first call ends wait(); each further one sets hurried().
    void ask(std::chrono::milliseconds drain) {
        if (!asked_)
            drain_.set_value(drain);
        else
            hurried_.store(true);
        asked_ = true;
    }
    [[nodiscard]] bool asked() const noexcept { return asked_; } // on the thread of ask()

    // Once. Returns what the first ask() gave.
    [[nodiscard]] std::chrono::milliseconds wait() { return drain_.get_future().get(); }
    [[nodiscard]] bool hurried() const noexcept { return hurried_.load(); }

private:
    bool asked_ = false;
    std::promise<std::chrono::milliseconds> drain_{};
    std::atomic<bool> hurried_{false};
};

} // namespace vmcp
