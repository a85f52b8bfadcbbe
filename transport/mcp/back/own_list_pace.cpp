#include "transport/mcp/back/own_list_pace.hpp"

#include <algorithm>
#include <utility>

namespace transport {

void own_list_pace::announced(time_point now) {
    announced_ = now;
    if (reading_)
        again_ = true;
    else
        due_ = std::min(due_, std::max(now + gathering, rest_until_));
}

bool own_list_pace::called(time_point now) {
    last_call_ = now;
    if (!std::exchange(owed_, false))
        return false;
    announced(now);
    return true;
}

// An announcement that everybody heard is for the lists that everybody is shown, which are read anyway; unless this client
// did something, or has something of its own already.
own_list_pace::step own_list_pace::next(const surroundings& around, time_point now) {
    constexpr milliseconds same_moment{1'000};
    due_ = time_point::max();
    const auto since = [now](time_point then) {
        return then == time_point::min() ? clock::duration::max() : now - then;
    };
    const bool for_all =
        around.everybody_told != time_point::min() && around.everybody_told >= announced_ - same_moment;
    const bool active = around.call_runs || since(last_call_) < aftermath;
    if (for_all && !active && !has_own_) {
        owed_ = true;
        return step::leave;
    }
    reading_ = true;
    again_ = false;
    owed_ = false;
    return step::read;
}

void own_list_pace::finished(outcome how, time_point now) {
    constexpr std::chrono::minutes quiet{1};
    reading_ = false;
    if (last_end_ != time_point::min() && now - last_end_ > quiet)
        in_vain_ = 0;
    last_end_ = now;
    if (how == outcome::failed) {
        again_ = again_ || failures_ + 1 < most_failures;
        ++failures_;
    } else {
        failures_ = 0;
        has_own_ = how == outcome::own;
    }
    in_vain_ = how == outcome::own ? 0 : in_vain_ + 1;
    const auto doublings = in_vain_ == 0 ? 0U : std::min(in_vain_ - 1, 8U);
    rest_until_ = now + std::min(shortest_rest * (1U << doublings), longest_rest);
    if (std::exchange(again_, false))
        due_ = rest_until_;
    else
        failures_ = 0;
}

} // namespace transport
