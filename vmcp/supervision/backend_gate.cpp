#include "vmcp/supervision/backend_gate.hpp"

#include "vmcp/base/excerpt.hpp"

#include "transport/net/worker.hpp"

#include <fmt/format.h>

namespace vmcp {
namespace {

health::moment moment_now() {
    return {std::chrono::steady_clock::now(), std::chrono::system_clock::now()};
}

failure unavailable(const std::string& reason, health::milliseconds retry_after) {
    const auto seconds = std::max<std::int64_t>(1, (retry_after.count() + 999) / 1000);
    return fail(errc::backend_unavailable, fmt::format("{}; try again in {} s", reason, seconds));
}

health::stage stage_of(transport::connect_step step) {
    switch (step) {
    case transport::connect_step::resolve:
        return health::stage::resolve;
    case transport::connect_step::connect:
        return health::stage::connect;
    case transport::connect_step::tls:
        return health::stage::handshake;
    }
    return health::stage::exchange;
}

} // namespace

result<transport::backend_guard::permit> backend_gate::admit() {
    const auto now = steady_clock::now();
    std::string reason;
    {
        const std::lock_guard lock(mutex_);
        if (!down_reason_.empty() && now - down_since_ >= patience) {
            reason = down_reason_;
        } else {
            const auto allowed = breaker_.admit(now);
            if (allowed.allowed)
                return permit{.trial = allowed.trial, .epoch = allowed.epoch, .began = now};
            return unavailable("its circuit is open after repeated failures", breaker_.retry_after(now));
        }
    }
    // Somebody needs it now: the verdict may be some seconds old.
    reports_.probe_wanted();
    return unavailable(reason, health::milliseconds(1'000));
}

health::evidence backend_gate::evidence_of(const permit& of, const failure& why) const {
    const auto& facts = of.met;
    auto met = health::evidence_of(why.code, why.detail);
    const bool of_backend = met.what != health::finding::cancelled || why.code == errc::backend_overloaded;
    if (!of_backend || met.what == health::finding::success)
        return met;
    const bool late = why.code == errc::backend_timeout;
    if (facts.connecting && !late && facts.ec)
        met = health::evidence_of(facts.ec, stage_of(facts.step));
    else if (!late && facts.status != 0 && (facts.status < 200 || facts.status >= 300))
        met = health::evidence_of_status(facts.status, facts.content_type, facts.body, credentials_.secrets);
    else if (met.what == health::finding::unreachable && !facts.address.empty())
        met = {.what = health::finding::reset};
    else
        met.detail = vmcp::excerpt_of(why.detail, credentials_.secrets);
    if (facts.connecting)
        met.where = stage_of(facts.step);
    met.peer = facts.address;
    met.method = facts.method;
    met.status = late ? 0 : facts.status;
    met.credentials_sent = credentials_.configured;
    met.latency = std::chrono::duration_cast<health::microseconds>(steady_clock::now() - of.began);
    return met;
}

void backend_gate::ended(const permit& of, const failure* why) {
    calls_.record(transport::worker::current().index(), steady_clock::now() - of.began);
    if (why != nullptr && why->code != errc::cancelled)
        failed_.fetch_add(1, std::memory_order_relaxed);
    health::evidence met;
    if (why != nullptr)
        met = evidence_of(of, *why);
    const auto how = health::verdict_of(met);
    {
        const std::lock_guard lock(mutex_);
        if (breaker_.enabled())
            breaker_.report({.allowed = true, .trial = of.trial, .epoch = of.epoch}, how, moment_now());
    }
    // The usual case, a success of a healthy backend, costs no message to the control thread.
    const bool success = met.what == health::finding::success;
    if (how == health::verdict::neither || (success && settled_.load(std::memory_order_relaxed)))
        return;
    // A success and a timeout tell of the time when the call was sent; everything else of now.
    const bool of_then = success || met.what == health::finding::timeout;
    reports_.call_ended(std::move(met), of_then ? of.began : steady_clock::now());
}

void backend_gate::reinitialized() {
    reinitializations_.fetch_add(1);
}

void backend_gate::set_health(const health::record_status& status, health::steady_time now) {
    settled_.store(status.undisputed, std::memory_order_relaxed);
    const std::lock_guard lock(mutex_);
    if (health::takes_calls(status.now)) {
        down_reason_.clear();
        return;
    }
    if (down_reason_.empty())
        down_since_ = now;
    down_reason_ = status.reason.empty() ? std::string("it is unhealthy") : status.reason;
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
