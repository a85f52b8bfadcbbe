// Points in time as health monitoring uses them: decisions run on the steady clock, people read the wall
// clock. Nothing in this folder asks a clock; the owner passes the time in.
#pragma once

#include <chrono>

namespace health {

using steady_time = std::chrono::steady_clock::time_point;
using wall_time = std::chrono::system_clock::time_point;
using milliseconds = std::chrono::milliseconds;
using microseconds = std::chrono::microseconds;

// One instant on both clocks. A jump of the wall clock changes what is shown, never what is decided.
struct moment {
    steady_time at{};
    wall_time wall{};
    friend bool operator==(const moment&, const moment&) = default;
};

} // namespace health
