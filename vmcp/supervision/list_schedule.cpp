#include "vmcp/supervision/list_schedule.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace vmcp {

void list_schedule::want(health::steady_time now) {
    if (reading_) {
        wanted_again_ = true;
        return;
    }
    // Before the first reading that succeeds, the lists are read at once, without waiting for further reasons.
    due_ = std::min(due_, known_ ? now + gathering : now);
}

void list_schedule::announced(health::steady_time now) {
    announced_ = true;
    if (!reading_)
        due_ = std::min(due_, pace_.earliest(known_ ? now + gathering : now));
}

health::steady_time list_schedule::due() const noexcept {
    return reading_ ? health::steady_time::max() : due_;
}

void list_schedule::begin() noexcept {
    reading_ = true;
    wanted_again_ = false;
    for_announcement_ = std::exchange(announced_, false);
}

void list_schedule::repeat(health::steady_time now) noexcept {
    reading_ = false;
    due_ = now;
}

void list_schedule::finish(const outcome& how, health::steady_time now, double jitter) {
    reading_ = false;
    known_ = how.known;
    if (for_announcement_)
        pace_.happened(now);
    if (how.complete) {
        failures_ = 0;
        const auto rest = static_cast<double>(rest_after_success(how).count());
        due_ = now + milliseconds(std::llround(rest * (1.0 + 0.1 * std::clamp(jitter, -1.0, 1.0))));
    } else {
        if (failures_++ == 0)
            failing_since_ = now;
        due_ = how.stands ? now + rest_after_failure(how, now, jitter) : health::steady_time::max();
    }
    if (wanted_again_)
        want(now);
    if (announced_)
        announced(now);
}

list_schedule::milliseconds list_schedule::rest_after_success(const outcome& how) const {
    if (!how.fresh_for || how.fresh_for->count() == 0)
        return settings_.refresh;
    return std::min(settings_.refresh, std::max(*how.fresh_for, shortest_refresh));
}

list_schedule::milliseconds list_schedule::rest_after_failure(const outcome& how, health::steady_time now,
                                                              double jitter) {
    const auto since = std::chrono::duration_cast<milliseconds>(now - failing_since_);
    // A reading that failed is repeated at the pace of probes that fail, also where the backend's probes succeed.
    const auto stands = *how.stands == health::standing::locked_out ? health::standing::locked_out
                                                                    : health::standing::failing;
    const auto pace = health::next_probe_delay(
        {.stands = stands, .tries = failures_, .since_settled = since, .interval = settings_.interval},
        jitter);
    return how.shown || how.throttled ? std::max(pace, overloaded_pause) : pace;
}

void list_schedule::configure(settings how, health::steady_time now) {
    const bool sooner = how.refresh < settings_.refresh;
    settings_ = how;
    if (sooner && known_)
        want(now);
}

} // namespace vmcp
