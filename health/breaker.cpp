// State transitions of the circuit breaker.
#include "health/breaker.hpp"

#include <algorithm>

namespace health {

std::string_view name_of(circuit state) noexcept {
    switch (state) {
    case circuit::closed:
        return "closed";
    case circuit::open:
        return "open";
    case circuit::half_open:
        return "half-open";
    }
    return "closed";
}

breaker::permit breaker::admit(steady_time now) noexcept {
    switch (state(now)) {
    case circuit::closed:
        return {true, false, epoch_};
    case circuit::open:
        return {};
    case circuit::half_open:
        break;
    }
    if (trial_pending(now))
        return {};
    // A new epoch for each trial: the result of a trial that was given up as lost must not decide this one.
    state_ = circuit::half_open;
    trial_out_ = true;
    trial_started_ = now;
    return {true, true, ++epoch_};
}

void breaker::report(const permit& permit, verdict how, const moment& now) noexcept {
    if (!settings_.enabled || !permit.allowed || permit.epoch != epoch_)
        return;
    if (permit.trial) {
        trial_out_ = false;
        if (how == verdict::works)
            move_to(circuit::closed, now);
        else if (how == verdict::fails)
            move_to(circuit::open, now);
        return;
    }
    if (how == verdict::works)
        failures_ = 0;
    else if (how == verdict::fails && ++failures_ >= std::max(settings_.failure_threshold, 1U))
        move_to(circuit::open, now);
}

void breaker::close(const moment& now) noexcept {
    if (state_ != circuit::closed)
        move_to(circuit::closed, now);
}

void breaker::configure(breaker_settings settings, const moment& now) noexcept {
    settings_ = settings;
    if (settings_.enabled)
        return;
    close(now);
    failures_ = 0;
}

circuit breaker::state(steady_time now) const noexcept {
    if (state_ == circuit::open && now - opened_ >= settings_.timeout)
        return circuit::half_open;
    return state_;
}

milliseconds breaker::retry_after(steady_time now) const noexcept {
    const steady_time from = trial_out_ ? trial_started_ : opened_;
    const bool refused =
        state(now) == circuit::open || (state(now) == circuit::half_open && trial_pending(now));
    if (!refused)
        return milliseconds{0};
    return std::chrono::ceil<milliseconds>(from + settings_.timeout - now);
}

// A trial whose owner never reports must not keep the circuit half-open for ever: after the timeout another
// may start.
bool breaker::trial_pending(steady_time now) const noexcept {
    return trial_out_ && now - trial_started_ < settings_.timeout;
}

void breaker::move_to(circuit next, const moment& now) noexcept {
    state_ = next;
    failures_ = 0;
    trial_out_ = false;
    ++epoch_;
    changed_ = now;
    if (next == circuit::open)
        opened_ = now.at;
}

} // namespace health
