// How the thread that waits for the end of the program hears of it: the first signal says how long running calls
// may go on, a later one that they may not any longer.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <future>

namespace vmcp {

// ask() from one thread, the rest from another.
class end_request {
public:
    // Those who send a signal twice in a row (a shell and its terminal, a supervisor that signals the group and then
    // the process) wish one end: what comes within this time after the first says nothing new.
    static constexpr std::chrono::milliseconds same_wish{1'000};

    enum class heard : std::uint8_t { first, again, hurry };

    // The first call ends wait(); one that comes later than `same_wish` after it sets hurried(). `now` does not go back.
    heard ask(std::chrono::milliseconds drain, std::chrono::steady_clock::time_point now) {
        if (!asked_) {
            asked_ = true;
            first_ = now;
            drain_.set_value(drain);
            return heard::first;
        }
        if (now - first_ < same_wish)
            return heard::again;
        hurried_.store(true);
        return heard::hurry;
    }
    [[nodiscard]] bool asked() const noexcept { return asked_; } // on the thread of ask()

    // Once. Returns what the first ask() gave.
    [[nodiscard]] std::chrono::milliseconds wait() { return drain_.get_future().get(); }
    [[nodiscard]] bool hurried() const noexcept { return hurried_.load(); }

private:
    bool asked_ = false;
    std::chrono::steady_clock::time_point first_{};
    std::promise<std::chrono::milliseconds> drain_{};
    std::atomic<bool> hurried_{false};
};

} // namespace vmcp
