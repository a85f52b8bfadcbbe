// How often a session is established again, and what that is worth.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>

namespace transport {

// A backend that was restarted loses a session once; one that forgets its sessions all the time must not have its lists
// read all the time too. Not thread-safe.
class reinitialization_pace {
public:
    static constexpr std::size_t reports_a_minute = 3;
    static constexpr std::size_t too_many_a_minute = 5;

    struct verdict {
        bool report; // the backend may offer something else now
        bool warn;   // it happens suspiciously often; true once a minute at most
    };
    [[nodiscard]] verdict happened(std::chrono::steady_clock::time_point now);

private:
    std::deque<std::chrono::steady_clock::time_point> last_minute_{};
    std::optional<std::chrono::steady_clock::time_point> warned_{};
};

} // namespace transport
