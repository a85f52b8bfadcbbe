// How long one page of a list of a backend is waited for while nothing of the backend is shown to clients.
#pragma once

#include <chrono>

namespace vmcp {

// One request hangs for ever, another is slow, and nothing tells them apart. So a request that takes long is given up, and
// the next one, which is made only then, gets twice the time: a backend that hung is asked again soon, one that is slow is
// asked a few times before it gets the time it needs, and the requests that are given up cost it no more than that.
class list_patience {
public:
    using milliseconds = std::chrono::milliseconds;
    static constexpr milliseconds least{800};

    // For the next attempt. `shown`: how long this backend took for another answer lately; zero: not known. A backend is
    // not hurried that takes its time for everything. `most`: it may not be longer.
    [[nodiscard]] milliseconds next(milliseconds shown, milliseconds most) const noexcept;

    // An attempt ran out of its time. True: that proves that the lists cannot be read, because it had `most`; the next one
    // begins with little again. False: it proves nothing, and the next may begin.
    [[nodiscard]] bool ran_out(milliseconds patience, milliseconds most) noexcept;

    // An attempt with that patience got its answers after `took`, all together.
    void sufficed(milliseconds patience, milliseconds took) noexcept;

private:
    unsigned doublings_ = 0; // attempts in a row that ran out of their time
    milliseconds needed_{0}; // what was enough where less was not
};

} // namespace vmcp
