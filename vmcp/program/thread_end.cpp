#include "vmcp/program/thread_end.hpp"

#include <algorithm>
#include <chrono>

namespace vmcp {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using transport::worker;

bool end_threads(std::span<const std::unique_ptr<worker>> callers, worker& control, const end_request& end,
                 std::function<void()> last) {
    for (const auto& w : callers)
        w->finish();
    const auto join_all = [&](milliseconds grace) {
        const bool known = end.hurried();
        const auto until = steady_clock::now() + grace;
        const auto join = [&](worker& w) {
            while (!w.join(milliseconds(5)))
                if (steady_clock::now() >= until || end.hurried() != known)
                    return false;
            return true;
        };
        if (!std::ranges::all_of(callers, [&](const auto& w) { return join(*w); }))
            return false;
        control.post(last);
        control.finish();
        return join(control);
    };
    if (join_all(milliseconds(end.hurried() ? 200 : 2'500)))
        return true;
    // Connections are cut again and again: what loses one may open another, as for a goodbye to a backend.
    for (const auto until = steady_clock::now() + milliseconds(1'000); steady_clock::now() < until;) {
        for (const auto& w : callers)
            w->expire_all();
        control.expire_all();
        if (join_all(milliseconds(50)))
            return true;
    }
    return false;
}

} // namespace vmcp
