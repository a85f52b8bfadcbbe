// The circuit breaker of one backend's live calls: closed, open, half-open with one trial.
#pragma once

#include "health/evidence.hpp"
#include "health/moment.hpp"

#include <cstdint>
#include <string_view>

namespace health {

enum class circuit : std::uint8_t { closed, open, half_open };

// "closed", "open", "half-open".
[[nodiscard]] std::string_view name_of(circuit state) noexcept;

// operational.failureHandling.circuitBreaker.
struct breaker_settings {
    bool enabled = false;
    unsigned failure_threshold = 5; // verdicts `fails` in a row that open the circuit; 0 counts as 1
    milliseconds timeout{60'000};   // how long it stays open before one trial
    friend bool operator==(const breaker_settings&, const breaker_settings&) = default;
};

// Not thread-safe: its owner holds one lock around each call, or keeps it on one thread. All functions are
// O(1) and never block, so a spin lock or a short mutex will do.
//
// How to drive it: each call asks admit() first. Refused: answer a retryable error at once, with
// retry_after(). Admitted: keep the permit and hand it to report() exactly once, whatever became of the call;
// a call that was cancelled or never sent is reported as verdict::neither.
//
// A tool's error (`isError`, a JSON-RPC error) is no failure of the backend; 5xx, reset and timeout are: see
// verdict_of(evidence). Results that belong to an earlier state of the circuit are ignored: a call that hung
// since before the circuit closed cannot open it again.
class breaker {
public:
    struct permit {
        bool allowed = false;
        bool trial = false;
        std::uint64_t epoch = 0;
        friend bool operator==(const permit&, const permit&) = default;
    };

    explicit breaker(breaker_settings settings = {}) noexcept : settings_(settings) {}

    [[nodiscard]] permit admit(steady_time now) noexcept;
    void report(const permit& permit, verdict how, const moment& now) noexcept;

    // The monitor found the backend ready again after probes had failed: an open circuit closes at once instead of
    // waiting for its timeout. One that is closed goes on counting.
    void close(const moment& now) noexcept;

    // New settings; switching the breaker off closes it.
    void configure(breaker_settings settings, const moment& now) noexcept;

    // What is shown; an open circuit whose timeout has passed is shown as half-open, because the next call
    // will be the trial.
    [[nodiscard]] circuit state(steady_time now) const noexcept;
    [[nodiscard]] bool enabled() const noexcept { return settings_.enabled; }
    [[nodiscard]] unsigned failures() const noexcept { return failures_; }
    [[nodiscard]] const moment& last_changed() const noexcept { return changed_; } // default value: never

    // How long a refused call should wait before it tries again; zero when it would be admitted.
    [[nodiscard]] milliseconds retry_after(steady_time now) const noexcept;

private:
    [[nodiscard]] bool trial_pending(steady_time now) const noexcept;
    void move_to(circuit next, const moment& now) noexcept;

    breaker_settings settings_;
    circuit state_ = circuit::closed;
    unsigned failures_ = 0;
    std::uint64_t epoch_ = 0;
    steady_time opened_{};
    bool trial_out_ = false;
    steady_time trial_started_{};
    moment changed_{};
};

} // namespace health
