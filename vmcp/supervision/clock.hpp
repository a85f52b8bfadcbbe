// Time as supervision sees it: what o'clock it is, and alarms. Tests bring a clock of their own.
#pragma once

#include "health/moment.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <memory>

namespace vmcp {

// Rings once for each set(); rings no more once it is destroyed. To be used on the clock's own thread only.
class alarm {
public:
    virtual ~alarm() = default;
    // At `when` or soon after, in place of what was set before; a time that has passed is now. time_point::max(): never.
    virtual void set(health::steady_time when) = 0;
};

inline constexpr health::steady_time never = health::steady_time::max();

class clock {
public:
    virtual ~clock() = default;
    [[nodiscard]] virtual health::moment now() const = 0;
    // `ring` is never called from within set(), and may set the alarm again or destroy it. What it throws is reported;
    // `name`, a literal, says whose alarm it was.
    [[nodiscard]] virtual std::unique_ptr<alarm> make_alarm(std::function<void()> ring, const char* name) = 0;
};

// The clock of the system; alarms ring on the thread of `home`.
[[nodiscard]] std::unique_ptr<clock> make_system_clock(boost::asio::any_io_executor home);

} // namespace vmcp
