// One of several replicas holds a Lease (coordination.k8s.io/v1), and only that one writes: the decisions, without clock or
// I/O.
//
// Whether somebody else's lease has run out is judged by how long it was not seen to change on our own clock, never by the
// times that are written in it, as clocks of machines differ. A holder that cannot renew gives up before others may take it.
#pragma once

#include "health/moment.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace vmcp {

struct lease_settings {
    std::string holder{};                       // who we are; no two processes are the same
    std::chrono::milliseconds duration{15'000}; // how long others leave it to us after they saw it change
    std::chrono::milliseconds renew{5'000};     // how often we change it
    std::chrono::milliseconds deadline{
        10'000}; // without a renewal for so long it is ours no more; less than `duration`
    std::chrono::milliseconds look{5'000};  // how often we look at one that is another's
    std::chrono::milliseconds retry{2'000}; // after a failure
};

// The spec of a Lease, and which version of the object it is from.
struct lease_record {
    std::string holder{}; // "": nobody
    int duration_seconds = 0;
    std::string acquired{}; // as Kubernetes writes times
    std::string renewed{};
    int transitions = 0;
    std::string resource_version{};
    friend bool operator==(const lease_record&, const lease_record&) = default;
};

// Not thread-safe.
class lease_machine {
public:
    using time = health::steady_time;

    explicit lease_machine(lease_settings settings) : settings_(std::move(settings)) {}

    // When to look at the lease next.
    [[nodiscard]] time next() const { return next_; }
    [[nodiscard]] bool held(time now) const;
    // When held() ends without a renewal; time::max(): it is not held.
    [[nodiscard]] time ends() const;
    // Who had it when it was seen last; "": nobody.
    [[nodiscard]] const std::string& holder() const { return seen_ ? seen_->holder : nobody_; }

    // What was found; nothing: there is none yet. Returns what to write in its place, or nothing: it is another's.
    [[nodiscard]] std::optional<lease_record> found(const std::optional<lease_record>& record,
                                                    const health::moment& now);
    // What found() gave was written, and is now of that version. `began`: when that was begun.
    void wrote(lease_record record, time began);
    // It could not be read or written; also when somebody else was faster. `jitter`: in [-1, 1].
    void failed(time now, double jitter, std::optional<std::chrono::seconds> after = {});

    // What to write in the place of `record` when we end: nothing when it is not ours.
    [[nodiscard]] std::optional<lease_record> released(const lease_record& record,
                                                       const health::moment& now) const;

private:
    [[nodiscard]] bool has_run_out(const lease_record& record, time now) const;

    const lease_settings settings_;
    const std::string nobody_{};
    std::optional<lease_record> seen_{};
    time seen_at_{};                // when `seen_` was first seen like this
    std::optional<time> renewed_{}; // ours, since
    time next_{};
};

} // namespace vmcp
