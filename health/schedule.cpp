// The pace of probes and the bookkeeping of probes in flight.
#include "health/schedule.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace health {

milliseconds next_probe_delay(const pace& now, double jitter) noexcept {
    constexpr std::array<milliseconds, 3> first{milliseconds{100}, milliseconds{250}, milliseconds{500}};
    const bool settled = now.stands == standing::settled;
    milliseconds delay = steady_retry;
    if (settled || (now.stands == standing::locked_out && now.since_settled >= steady_retry_for))
        delay = now.interval;
    else if (now.since_settled >= slow_retry_until)
        delay = slowest_retry;
    else if (now.since_settled >= steady_retry_for)
        delay = slow_retry;
    else if (now.tries <= first.size())
        delay = first[std::max(now.tries, 1U) - 1];
    delay = std::min(delay, now.interval);
    const double share = std::isnan(jitter) ? 0.0 : std::clamp(jitter, -1.0, 1.0) * jitter_share;
    const milliseconds moved{std::llround(static_cast<double>(delay.count()) * (1.0 + share))};
    return settled ? moved : std::min(moved, now.interval);
}

pacer::pacer(limits limits, steady_time now) noexcept : limits_(limits), unsettled_since_(now), next_(now) {
}

steady_time pacer::due() const noexcept {
    // Settled, or too impatient for two kinds: one at a time.
    const bool one_at_a_time = stands_ == standing::settled || limits_.timeout <= steady_retry;
    const bool full = one_at_a_time ? patient_ || quick_ : patient_ && quick_;
    return full ? steady_time::max() : next_;
}

pacer::ticket pacer::start(steady_time now, double jitter, bool may_wait) noexcept {
    ++tries_;
    last_start_ = now;
    const milliseconds delay = step(now, jitter);
    next_ = now + delay;
    ticket made{++last_number_, true, limits_.timeout};
    if (patient_ || !may_wait) {
        made.patience = std::min(limits_.timeout, std::max(delay, steady_retry));
        made.patient = made.patience == limits_.timeout;
    }
    if (!patient_ && (may_wait || quick_)) {
        patient_ = made.number;
        patient_waits_ = made.patient;
    } else {
        quick_ = made.number;
        quick_waits_ = made.patient;
    }
    return made;
}

void pacer::finish(std::uint64_t number, standing stands, steady_time now, double jitter) noexcept {
    if (patient_ == number)
        patient_.reset();
    else if (quick_ == number)
        quick_.reset();
    else
        return;
    settle(stands, now, jitter);
}

void pacer::settle(standing stands, steady_time now, double jitter) noexcept {
    if (stands == stands_)
        return;
    const bool same_search = stands != standing::settled && stands_ != standing::settled;
    stands_ = stands;
    if (same_search)
        return;
    tries_ = stands == standing::settled ? 0 : 1; // the probe or call that unsettled it was the first try
    unsettled_since_ = now;
    next_ = now + step(now, jitter);
}

void pacer::wanted(steady_time now) noexcept {
    const steady_time soonest = last_start_ ? std::max(now, *last_start_ + wanted_spacing) : now;
    next_ = std::min(next_, soonest);
}

void pacer::configure(limits limits, steady_time now) noexcept {
    limits_ = limits;
    next_ = std::min(next_, now + limits.interval);
}

milliseconds pacer::step(steady_time now, double jitter) const noexcept {
    const auto since = std::chrono::duration_cast<milliseconds>(now - unsettled_since_);
    return next_probe_delay({stands_, tries_, since, limits_.interval}, jitter);
}

} // namespace health
