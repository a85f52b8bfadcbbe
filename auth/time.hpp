// Points in time as this folder uses them: caches run on the steady clock, what a token says about time is
// held against the wall clock. Nothing here asks a clock; the owner passes the time in.
#pragma once

#include <chrono>

namespace auth {

using steady_time = std::chrono::steady_clock::time_point;
using wall_time = std::chrono::system_clock::time_point;
using std::chrono::milliseconds;
using std::chrono::seconds;

} // namespace auth
