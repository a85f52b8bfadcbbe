// The health of one backend definition: evidence in, state and transitions out.
#pragma once

#include "health/evidence.hpp"
#include "health/moment.hpp"
#include "health/schedule.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace health {

// ToolHive's names.
enum class state : std::uint8_t { unknown, healthy, degraded, unhealthy, unauthenticated };

[[nodiscard]] std::string_view name_of(state value) noexcept;

// Whether a live call may go to a backend in this state. Only `unhealthy` is evidence against it: `unknown`
// lasts a moment after a backend was added or its definition changed, and an `unauthenticated` one may accept
// the caller's own credentials.
[[nodiscard]] bool takes_calls(state value) noexcept;

struct record_settings {
    unsigned unhealthy_threshold =
        3; // failures in a row before a routable backend is taken for unhealthy; 0 counts as 1
    milliseconds slow{5'000}; // a probe that succeeds slower than this makes the backend `degraded`
    friend bool operator==(const record_settings&, const record_settings&) = default;
};

// One change of state, to be logged once.
struct transition {
    state from = state::unknown;
    state to = state::unknown;
    std::string reason{};
    friend bool operator==(const transition&, const transition&) = default;
};

// What one piece of evidence changed.
struct change {
    std::optional<transition> moved{};
    bool recovered = false;  // became healthy or degraded from another state: refresh its lists
    bool proved = false;     // and probes had failed before: what calls had met is over, close its circuit
    bool lost = false;       // healthy or degraded no more
    bool stale = false;      // the evidence was older than what is known, and was dropped
    bool want_probe = false; // a live call met something that only a probe can judge
    friend bool operator==(const change&, const change&) = default;
};

inline constexpr std::size_t latency_samples = 32;

// How long the last probe that succeeded took, of record_status::latency, rounded up; zero: none has.
[[nodiscard]] milliseconds usual_latency(const std::vector<microseconds>& samples) noexcept;

// How long what calls met outweighs probes that succeed.
inline constexpr milliseconds doubt_time{30'000};

// A snapshot of one record, for the status page and the metrics.
struct record_status {
    state now = state::unknown;
    std::string reason{};             // why it is not healthy, or what was met last; empty: never checked
    std::string brief{};              // the same without a word of the peer
    std::string category{};           // category_of the last failure, empty while healthy
    bool credentials_refused = false; // unauthenticated although credentials are configured
    unsigned consecutive_failures = 0;
    bool undisputed = false;            // healthy, and the success of a call would change nothing
    std::optional<moment> last_check{}; // end of the last probe or of the last live call that counted
    moment last_transition{};           // when it entered its state
    std::uint64_t transitions = 0;
    std::uint64_t checks = 0;            // probes that ended
    std::uint64_t reinitialised = 0;     // sessions that were lost and opened again
    std::string revision{};              // MCP version that was proved last; empty: none yet
    std::vector<microseconds> latency{}; // of the last probes, oldest first; -1: the probe failed
    friend bool operator==(const record_status&, const record_status&) = default;
};

// Rules:
// - The first answer decides at once, whichever it is. After that a routable backend needs
// `unhealthy_threshold`
//   failures in a row to be taken for down, and one that is not routable needs one success to be routable
//   again: failures reset to 0, and there is no intermediate "recovering" state, because a backend that
//   answered is ready.
// - 401 and 403 mean `unauthenticated`: not down, and not healthy either, with configured credentials or
// without.
// - 429 is no failure of a routable backend, but makes it degraded.
// - Live calls count both ways. A success says that the backend is up, but not how fast it is. A burst of
//   failures within 100 ms counts once: a restart breaks many calls at one time. A failure in state unknown
//   meets a probe that is under way, and another 4xx may be the caller's own fault: both only ask for a probe.
// - Calls may fail while probes succeed: a ping does not see what a tool needs. So after failures of calls
//   that had a connection (5xx, garbage, a timeout, an answer that broke off) a probe's success makes the backend
//   `degraded` at most, and as long as it stays so, further failures of calls do not take it down. That doubt
//   ends with the next call that succeeds, and with a probe that succeeds `doubt_time` after the last failure
//   of a call. There is none when a probe had failed as well: then its success proves that the outage is over.
// - A 401 or 403 to a call asks for a probe. `unhealthy_threshold` of them in a row that carried configured
//   credentials make the backend unauthenticated, in the same doubt; a ping alone does not end this one.
// - 429 to a call makes a routable backend degraded until a probe succeeds `doubt_time` after the last one.
// - Evidence is as old as the attempt it comes from. A failure of an attempt that began before the last
//   success is dropped. A success of a call that began before the last failure only asks for a probe.
// Not thread-safe.
class record {
public:
    // `url` is named in reasons.
    record(std::string url, record_settings settings, const moment& now);

    // A probe ended. `began`: when it was started.
    [[nodiscard]] change on_probe(const evidence& evidence, std::string_view revision, steady_time began,
                                  const moment& now);

    // A probe ran out of a time that was too short to prove anything.
    void on_no_verdict(const evidence& evidence, const moment& now);

    // A live call ended. `began`: when it was sent for a success and a timeout; when it was seen for every other
    // failure.
    [[nodiscard]] change on_call(const evidence& evidence, steady_time began, const moment& now);

    void count_reinitialised() noexcept { ++status_.reinitialised; }
    void configure(record_settings settings) noexcept { settings_ = settings; }

    [[nodiscard]] state now() const noexcept { return status_.now; }
    [[nodiscard]] bool routable() const noexcept {
        return status_.now == state::healthy || status_.now == state::degraded;
    }
    [[nodiscard]] standing stands() const noexcept;
    [[nodiscard]] record_status status() const;

private:
    enum class source : std::uint8_t { probe, call };
    // What calls met that a probe cannot refute at once.
    enum class doubt : std::uint8_t { none, throttled, failing, refused };

    change probe_succeeded(const evidence& evidence, const moment& now);
    change call_succeeded(const evidence& evidence, steady_time began, const moment& now);
    change call_failed(const evidence& evidence, steady_time began, const moment& now);
    change call_refused(const evidence& evidence, const moment& now);
    change call_throttled(const evidence& evidence, const moment& now);
    change failed(const evidence& evidence, source from, steady_time began, const moment& now);
    change settle(state next, std::string reason, const moment& now);
    change ask(const moment& now);
    [[nodiscard]] bool doubted(const evidence& evidence, const moment& now) const;
    change doubt_goes_on(const evidence& evidence, const moment& now);
    [[nodiscard]] std::string told(const evidence& evidence);
    void explain(const evidence& evidence);
    [[nodiscard]] unsigned threshold() const noexcept;
    change move_to(state next, std::string reason, const moment& now);
    void sample(microseconds latency) noexcept;

    std::string url_;
    record_settings settings_;
    record_status status_{}; // without `latency`
    std::optional<steady_time> last_success_{};
    std::optional<steady_time> last_failure_{};
    std::optional<steady_time> last_asked_{}; // for a probe, because of a call that proves little
    doubt doubt_ = doubt::none;
    steady_time doubted_at_{};   // when a call gave reason for it last
    bool probed_ = false;        // a probe has succeeded in this doubt
    bool probes_failed_ = false; // since the last success
    unsigned refusals_ = 0;      // calls in a row that were answered 401 or 403
    std::optional<steady_time> last_refusal_{};
    unsigned told_ = 0; // how much the reason tells
    std::array<microseconds, latency_samples> ring_{};
    std::size_t ring_size_ = 0;
    std::size_t ring_next_ = 0;
};

} // namespace health
