// How often something may happen that others cause: a few times at once, and then at a steady pace.
#pragma once

#include "health/moment.hpp"

#include <algorithm>
#include <chrono>

namespace vmcp {

// Decides and does nothing (the generic cell rate algorithm): `burst` times at once, at least 1, and once per `every` in
// the long run.
class pace {
public:
    using milliseconds = std::chrono::milliseconds;

    constexpr pace(int burst, milliseconds every) : slack_(every * (burst - 1)), every_(every) {}

    // When it may happen next: now, or later.
    [[nodiscard]] health::steady_time earliest(health::steady_time now) const {
        return std::max(now, due_ - slack_);
    }
    void happened(health::steady_time now) { due_ = std::max(due_, now) + every_; }

private:
    milliseconds slack_;
    milliseconds every_;
    health::steady_time due_{}; // when it would have happened at a steady pace
};

} // namespace vmcp
