#include "vmcp/supervision/backend_gate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace vmcp {
namespace {

failure unavailable(std::string_view reason, health::milliseconds retry_after) {
    const auto seconds = std::max<std::int64_t>(1, (retry_after.count() + 999) / 1000);
    return fail(errc::backend_unavailable, fmt::format("{}; try again in {} s", reason, seconds));
}

} // namespace

result<backend_gate::permit> backend_gate::admit(health::steady_time now) {
    failure down;
    {
        const std::lock_guard lock(mutex_);
        if (down_ && now - down_since_ >= patience) {
            down = unavailable(down_brief_, health::milliseconds(1'000));
        } else {
            const auto allowed = breaker_.admit(now);
            if (allowed.allowed)
                return permit{.trial = allowed.trial, .epoch = allowed.epoch, .began = now};
            return unavailable("its circuit is open after repeated failures", breaker_.retry_after(now));
        }
    }
    // A caller needs the backend now, and the verdict may be some seconds old: a probe is asked for.
    reports_.probe_wanted();
    return down;
}

void backend_gate::ended(const permit& call, call_end how, const health::moment& now) {
    calls_.record(how.thread, now.at - call.began);
    if (how.failed)
        failed_.fetch_add(1, std::memory_order_relaxed);
    const auto verdict = health::verdict_of(how.evidence);
    {
        const std::lock_guard lock(mutex_);
        if (breaker_.enabled())
            breaker_.report({.allowed = true, .trial = call.trial, .epoch = call.epoch}, verdict, now);
        if (how.failed) {
            failures_.push_front({now.wall, how.evidence});
            if (failures_.size() > most_failures)
                failures_.pop_back();
        }
    }
    // The usual case, a success of a healthy backend, costs no message to the control thread.
    const bool success = how.evidence.what == health::finding::success;
    if (verdict == health::verdict::neither || (success && settled_.load(std::memory_order_relaxed)))
        return;
    // A success and a timeout tell of the time when the call was sent; everything else of now.
    const bool of_then = success || how.evidence.what == health::finding::timeout;
    reports_.call_ended(std::move(how.evidence), of_then ? call.began : now.at);
}

std::vector<backend_gate::failed_call> backend_gate::recent_failures() const {
    const std::lock_guard lock(mutex_);
    return {failures_.begin(), failures_.end()};
}

void backend_gate::set_health(const health::record_status& status, health::steady_time now) {
    settled_.store(status.undisputed, std::memory_order_relaxed);
    const std::lock_guard lock(mutex_);
    const bool down = !health::takes_calls(status.now);
    if (down && !down_)
        down_since_ = now;
    down_ = down;
    if (!down)
        return;
    down_brief_ = status.brief.empty() ? std::string("it is unhealthy") : status.brief;
}

void backend_gate::recovered(const health::moment& now) {
    const std::lock_guard lock(mutex_);
    breaker_.close(now);
}

void backend_gate::configure(health::breaker_settings settings, const health::moment& now) {
    const std::lock_guard lock(mutex_);
    breaker_.configure(settings, now);
}

backend_gate::circuit_view backend_gate::circuit(health::steady_time now) const {
    const std::lock_guard lock(mutex_);
    return {breaker_.enabled(), breaker_.state(now), breaker_.last_changed()};
}

} // namespace vmcp
