// How long to wait before a session that was lost is established again without a call that wants it.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

namespace transport {

// Ever longer, until a session has lived for a while: a backend whose handshakes succeed, and which ends each session right
// after, must not be asked in a tight loop. Not thread-safe.
class renewal_pace {
public:
    using time_point = std::chrono::steady_clock::time_point;
    using milliseconds = std::chrono::milliseconds;

    static constexpr milliseconds first_pause{100};
    static constexpr milliseconds longest_pause{30'000};
    static constexpr milliseconds long_life{30'000};

    // There is a session.
    void established(time_point now) { since_ = now; }
    // It was lost, or another attempt has failed: the pause before the next one.
    [[nodiscard]] milliseconds next(time_point now) {
        if (since_ && now - *since_ >= long_life)
            pause_ = first_pause;
        since_.reset();
        const auto out = pause_;
        pause_ = std::min(pause_ * 2, longest_pause);
        return out;
    }

private:
    std::optional<time_point> since_{}; // there was one, that has not been asked about
    milliseconds pause_ = first_pause;
};

} // namespace transport
