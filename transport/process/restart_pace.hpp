// When a program that ended is started again: at once where it had run well, ever more slowly where it keeps ending. No I/O.
#pragma once

#include <algorithm>
#include <chrono>

namespace transport {

// Not thread-safe.
class restart_pace {
public:
    using time_point = std::chrono::steady_clock::time_point;
    using milliseconds = std::chrono::milliseconds;

    static constexpr milliseconds first_pause{500};
    static constexpr milliseconds longest_pause{60'000};
    static constexpr milliseconds ran_well{10'000}; // who ran so long is forgiven what was before

    void started(time_point now) noexcept { began_ = now; }
    // It ended, or could not be started.
    void ended(time_point now) noexcept {
        if (now - began_ >= ran_well)
            failures_ = 0;
        next_ = now + pause_after(failures_);
        failures_ = std::min(failures_ + 1, most_doublings + 2);
    }
    // When it may be started. In the past: now.
    [[nodiscard]] time_point next() const noexcept { return next_; }
    // How often in a row it has not run well.
    [[nodiscard]] unsigned failures() const noexcept { return failures_; }

    // The first end in a row costs no pause: one crash is not noticed.
    [[nodiscard]] static constexpr milliseconds pause_after(unsigned failures) noexcept {
        if (failures == 0)
            return milliseconds(0);
        const auto doublings = std::min(failures - 1, most_doublings);
        return std::min(first_pause * (1 << doublings), longest_pause);
    }

private:
    static constexpr unsigned most_doublings = 7;
    time_point began_{};
    time_point next_{}; // the beginning of that clock
    unsigned failures_ = 0;
};

} // namespace transport
