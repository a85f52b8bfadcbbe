// How many lines of a program that writes much are let into the log: some at once, then so many a second. No I/O.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <utility>

namespace transport {

// Not thread-safe.
class line_pace {
public:
    using time_point = std::chrono::steady_clock::time_point;

    static constexpr double burst = 40;
    static constexpr double per_second = 10;

    // Whether a line that comes now is let in.
    [[nodiscard]] bool let_in(time_point now) noexcept {
        refill(now);
        if (room_ < 1) {
            ++left_out_;
            return false;
        }
        room_ -= 1;
        return true;
    }
    // How many were left out since this was asked last, to be told once there is room for saying so, or at the `end`.
    [[nodiscard]] std::size_t take_left_out(time_point now, bool end = false) noexcept {
        refill(now);
        return left_out_ > 0 && (end || room_ >= 1) ? std::exchange(left_out_, 0) : 0;
    }

private:
    void refill(time_point now) noexcept {
        if (last_)
            room_ = std::min(burst, room_ + per_second * std::chrono::duration<double>(now - *last_).count());
        last_ = now;
    }

    double room_ = burst;
    std::optional<time_point> last_{};
    std::size_t left_out_ = 0;
};

} // namespace transport
