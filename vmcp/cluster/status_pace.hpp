// When the status is looked at, and when it has to be said again. Without a clock or I/O.
#pragma once

#include "health/moment.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

namespace vmcp {

// At once after news, but at most three times in a row and then once a second, so that of many news the last state is said, and
// of a start, whose first look finds nothing yet, what became of it a moment later; every `interval` at the latest; and after
// failures ever more slowly. Times never run backwards.
class status_pace {
public:
    using time = health::steady_time;
    using milliseconds = std::chrono::milliseconds;

    static constexpr milliseconds spacing{1'000};
    static constexpr milliseconds least_spacing{200};
    static constexpr int in_a_row = 3;
    // What nobody announces (a circuit that may be tried again) is seen by then.
    static constexpr milliseconds look_again{5'000};
    static constexpr milliseconds longest_retry{30'000};

    explicit status_pace(milliseconds interval) : interval_(interval) {}
    void configure(milliseconds interval) { interval_ = interval; }

    // Something changed, or may have.
    void heard() { news_ = true; }
    // Begins anew, as if nothing had been said ever: another replica may have spoken meanwhile.
    void restart() { *this = status_pace(interval_); }

    [[nodiscard]] time next() const {
        if (!looked_)
            return time{};
        if (retry_)
            return *retry_;
        const auto soonest = std::max(*looked_ + least_spacing, paid_until_ - (in_a_row - 1) * spacing);
        if (news_ || echo_)
            return soonest;
        const auto latest = *looked_ + look_again;
        return said_ ? std::max(soonest, std::min(latest, *said_ + interval_)) : latest;
    }
    // It has to be compared with what is stored, whatever was said last.
    [[nodiscard]] bool must_say(time now) const { return !said_ || retry_ || now >= *said_ + interval_; }

    // A look begins: what is heard from here on is news for the next one. After news there is one more, since what follows
    // from them (lists that are read) may come without any.
    void looking(time now) {
        looked_ = now;
        paid_until_ = std::max(paid_until_, now) + spacing;
        echo_ = std::exchange(news_, false);
    }
    // It is stored, as far as is known.
    void said(time now) {
        said_ = now;
        retry_.reset();
        failures_ = 0;
    }
    // `after`: what the server asks for; `jitter`: in [-1, 1].
    void failed(time now, std::optional<std::chrono::seconds> after, double jitter) {
        const auto grown = milliseconds(1'000) * (1 << std::min(failures_++, 5));
        auto pause = std::min(grown, longest_retry);
        pause += milliseconds(static_cast<long>(static_cast<double>(pause.count()) * 0.2 * jitter));
        if (after)
            pause = std::max<milliseconds>(pause, *after);
        retry_ = now + pause;
    }
    [[nodiscard]] int failures() const { return failures_; }

private:
    milliseconds interval_;
    std::optional<time> looked_{};
    time paid_until_{}; // of a bucket that holds `in_a_row` looks: when it is full again
    std::optional<time> said_{};
    std::optional<time> retry_{};
    int failures_ = 0;
    bool news_ = false;
    bool echo_ = false;
};

} // namespace vmcp
