#include "vmcp/supervision/list_patience.hpp"

#include <algorithm>

namespace vmcp {

using std::chrono::milliseconds;

milliseconds list_patience::next(milliseconds shown, milliseconds most) const noexcept {
    constexpr int margin = 4; // lists are more work than a ping, and others ask at the same time
    auto patience = std::max({least, margin * shown, needed_});
    for (unsigned i = 0; i < doublings_ && patience < most; ++i)
        patience *= 2;
    return std::min(patience, most);
}

bool list_patience::ran_out(milliseconds patience, milliseconds most) noexcept {
    if (patience < most) {
        ++doublings_;
        return false;
    }
    doublings_ = 0;
    needed_ = milliseconds(0);
    return true;
}

void list_patience::sufficed(milliseconds patience, milliseconds took) noexcept {
    constexpr int generous = 8;
    if (doublings_ > 0)
        needed_ = patience;
    else if (generous * took < needed_)
        needed_ = milliseconds(0); // it has become quick
    doublings_ = 0;
}

} // namespace vmcp
