#include "transport/mcp/back/reinitialization_pace.hpp"

namespace transport {

reinitialization_pace::verdict reinitialization_pace::happened(std::chrono::steady_clock::time_point now) {
    constexpr std::chrono::minutes minute{1};
    while (!last_minute_.empty() && now - last_minute_.front() >= minute)
        last_minute_.pop_front();
    if (last_minute_.size() <= too_many_a_minute) // more need not be told apart
        last_minute_.push_back(now);
    const bool warn = last_minute_.size() > too_many_a_minute && (!warned_ || now - *warned_ >= minute);
    if (warn)
        warned_ = now;
    return {.report = last_minute_.size() <= reports_a_minute, .warn = warn};
}

} // namespace transport
