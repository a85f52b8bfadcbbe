// When the next probe of a backend is due: one pure function for the pace, and the pacer, the bookkeeping of
// one backend's probes in flight.
#pragma once

#include "health/moment.hpp"

#include <cstdint>
#include <optional>

namespace health {

// Steps of the pace while a backend is not healthy.
inline constexpr milliseconds steady_retry{800};             // after the first three tries
inline constexpr milliseconds steady_retry_for{2 * 60'000};  // since it was last healthy
inline constexpr milliseconds slow_retry{2'000};             // after that ...
inline constexpr milliseconds slow_retry_until{12 * 60'000}; // ... for ten minutes more
inline constexpr milliseconds slowest_retry{5'000};          // from then on
inline constexpr milliseconds wanted_spacing{100};           // least time between two probes wanted at once
inline constexpr double jitter_share = 0.1;

// How a backend stands, as far as the pace cares.
enum class standing : std::uint8_t {
    settled,    // routable, and its last evidence was a success
    failing,    // anything else
    locked_out, // it is up, but refuses us (401, 403)
};

struct pace {
    standing stands = standing::failing;
    unsigned tries = 0; // probes started since the backend was last settled (or since it was added)
    milliseconds since_settled{0}; // time since then
    milliseconds interval{30'000}; // healthCheckInterval
    friend bool operator==(const pace&, const pace&) = default;
};

// The time from the start of the last probe to the start of the next. Settled: the interval. Failing: 0.1,
// 0.25, 0.5 s after the first three tries, then 0.8 s until two minutes have passed, 2 s until twelve minutes
// have passed, then 5 s, and never slower than the interval. Locked out: the same for two minutes, because a
// mesh answers 403 while it starts; after that the interval, because refused credentials do not get better by
// being shown often. `jitter` in [-1, 1] moves the result by up to 10 %; other values are clamped.
[[nodiscard]] milliseconds next_probe_delay(const pace& now, double jitter) noexcept;

// The probes of one backend. The usual case is one probe at a time. While the backend is not settled, a probe
// that hangs must not keep the monitor from seeing that the backend is ready by now: beside one *patient*
// probe, which may take the whole healthCheckTimeout, the pace goes on with *quick* probes that give up after
// 0.8 s (or the pace's own step, if longer). So a slow backend is found healthy by the patient probe, and one
// that hung and then recovered by the next quick one.
//
// A quick probe that runs out of time proves nothing: do not count it as a failure.
//
// How to drive it: when now >= due(), call start() and run a probe with the ticket's patience; when it ends,
// call finish() with how the backend stands after it. wanted() pulls the next start forward.
class pacer {
public:
    struct limits {
        milliseconds interval{30'000};
        milliseconds timeout{10'000};
        friend bool operator==(const limits&, const limits&) = default;
    };

    struct ticket {
        std::uint64_t number = 0;
        bool patient = true;      // running out of time proves something
        milliseconds patience{0}; // the deadline of the whole probe, from its start
        friend bool operator==(const ticket&, const ticket&) = default;
    };

    // The first probe is due at once.
    pacer(limits limits, steady_time now) noexcept;

    // When the next probe is to be started; time_point::max() while only a probe's end can change that.
    [[nodiscard]] steady_time due() const noexcept;

    // Call only when now >= due(). `jitter` as in next_probe_delay. `may_wait`: false makes it a quick one even where a
    // patient one would be next.
    [[nodiscard]] ticket start(steady_time now, double jitter, bool may_wait = true) noexcept;

    // The probe of `ticket` ended. A number that is not in flight is ignored.
    void finish(std::uint64_t number, standing stands, steady_time now, double jitter) noexcept;

    // Evidence from elsewhere (a live call) changed how the backend stands.
    void settle(standing stands, steady_time now, double jitter) noexcept;

    // Somebody needs a verdict now: the next probe starts as soon as 100 ms have passed since the last start.
    void wanted(steady_time now) noexcept;

    // New limits; a probe that is due later than the new interval allows is pulled forward.
    void configure(limits limits, steady_time now) noexcept;

    [[nodiscard]] unsigned in_flight() const noexcept { return (patient_ ? 1U : 0U) + (quick_ ? 1U : 0U); }
    [[nodiscard]] unsigned patient_in_flight() const noexcept {
        return (patient_ && patient_waits_ ? 1U : 0U) + (quick_ && quick_waits_ ? 1U : 0U);
    }
    [[nodiscard]] standing stands() const noexcept { return stands_; }

private:
    [[nodiscard]] milliseconds step(steady_time now, double jitter) const noexcept;

    limits limits_;
    standing stands_ = standing::failing;
    unsigned tries_ = 0;
    steady_time unsettled_since_;
    steady_time next_; // when the pace wants the next start
    std::optional<steady_time> last_start_{};
    std::optional<std::uint64_t> patient_{}; // tickets in flight
    std::optional<std::uint64_t> quick_{};
    bool patient_waits_ = false; // whether the one in that place is a patient one
    bool quick_waits_ = false;
    std::uint64_t last_number_ = 0;
};

} // namespace health
