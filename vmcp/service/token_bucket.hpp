// A token bucket as a value: exact to the nanosecond, without a clock or a lock.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace vmcp {

// Full at first. What is missing is counted in parts of which a token has as many as the refill period has nanoseconds, so that
// nothing is ever rounded; times that go back count as no time.
class token_bucket {
public:
    using time_point = std::chrono::steady_clock::time_point;
    using nanoseconds = std::chrono::nanoseconds;

    // `max_tokens` and `refill_period` are more than 0.
    token_bucket(std::uint32_t max_tokens, std::chrono::milliseconds refill_period, time_point now) noexcept
        : max_(max_tokens)
        , period_(refill_period)
        , at_(now) {}

    [[nodiscard]] bool has_size(std::uint32_t max_tokens,
                                std::chrono::milliseconds refill_period) const noexcept {
        return max_ == max_tokens && period_ == refill_period;
    }

    // How long it is from `now` until there is a token; zero: there is one.
    [[nodiscard]] nanoseconds wait(time_point now) noexcept {
        refill(now);
        const parts most = capacity() - token();
        if (missing_ <= most)
            return nanoseconds(0);
        return nanoseconds(static_cast<std::int64_t>((missing_ - most + max_ - 1) / max_));
    }

    // Takes one; only where wait() has just said zero.
    void take() noexcept { missing_ += token(); }

    [[nodiscard]] bool full(time_point now) noexcept {
        refill(now);
        return missing_ == 0;
    }

private:
    // 2^31 tokens within a hundred years of nanoseconds are 2^93 parts.
    __extension__ using parts = unsigned __int128;

    [[nodiscard]] parts token() const noexcept { return static_cast<parts>(period_.count()); }
    [[nodiscard]] parts capacity() const noexcept { return token() * max_; }

    void refill(time_point now) noexcept {
        if (now <= at_)
            return;
        const auto passed = now - at_;
        at_ = now;
        if (passed >= period_)
            missing_ = 0;
        else
            missing_ -= std::min(missing_, static_cast<parts>(passed.count()) * max_);
    }

    std::uint32_t max_;
    nanoseconds period_;
    parts missing_ = 0;
    time_point at_;
};

} // namespace vmcp
