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
    bool recovered =
        false;          // became healthy or degraded from another state: refresh its lists, close its circuit
    bool lost = false;  // healthy or degraded no more
    bool stale = false; // the evidence was older than what is known, and was dropped
    bool want_probe = false; // a live call met something that only a probe can judge
    friend bool operator==(const change&, const change&) = default;
};

inline constexpr std::size_t latency_samples = 32;

// A snapshot of one record, for the status page and the metrics.
struct record_status {
    state now = state::unknown;
    std::string reason{};             // why it is not healthy, or what was met last; empty: never checked
    std::string category{};           // category_of the last failure, empty while healthy
    bool credentials_refused = false; // unauthenticated although credentials are configured
    unsigned consecutive_failures = 0;
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
// failures
//   within 100 ms counts once: a restart breaks many calls at one time. A 401 or 403 may be the caller's own
//   fault, and a failure in state unknown meets a probe that is under way: both only ask for a probe.
// - Evidence is as old as the attempt it comes from. A failure of an attempt that began before the last
// success
//   is dropped.
// Not thread-safe.
class record {
public:
    // `url` is named in reasons.
    record(std::string url, record_settings settings, const moment& now);

    // A probe ended. `began`: when it was started.
    [[nodiscard]] change on_probe(const evidence& met, std::string_view revision, steady_time began,
                                  const moment& now);

    // A probe ran out of a time that was too short to prove anything.
    void on_no_verdict(const evidence& met, const moment& now);

    // A live call ended. `began`: when it was sent for a timeout; when the failure was seen for everything
    // else.
    [[nodiscard]] change on_call(const evidence& met, steady_time began, const moment& now);

    void count_reinitialised() noexcept { ++status_.reinitialised; }
    void configure(record_settings settings) noexcept { settings_ = settings; }

    [[nodiscard]] state now() const noexcept { return status_.now; }
    [[nodiscard]] bool routable() const noexcept {
        return status_.now == state::healthy || status_.now == state::degraded;
    }
    [[nodiscard]] standing stands() const noexcept;
    [[nodiscard]] record_status status() const;

private:
    change succeeded(const evidence& met, bool probe, const moment& now);
    change failed(const evidence& met, steady_time began, const moment& now);
    change move_to(state next, std::string reason, const moment& now);
    void sample(microseconds latency) noexcept;

    std::string url_;
    record_settings settings_;
    record_status status_{}; // without `latency`
    std::optional<steady_time> last_success_{};
    std::optional<steady_time> last_failure_{};
    std::array<microseconds, latency_samples> ring_{};
    std::size_t ring_size_ = 0;
    std::size_t ring_next_ = 0;
};

} // namespace health
