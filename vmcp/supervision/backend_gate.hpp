// Stands before one backend on the call path: the health verdict and the circuit breaker decide whether a call goes there,
// and what became of it is evidence for both.
#pragma once

#include "health/breaker.hpp"
#include "health/evidence.hpp"
#include "health/record.hpp"
#include "vmcp/base/latency_histogram.hpp"
#include "vmcp/base/result.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace vmcp {

// Thread-safe. One per definition of a backend.
class backend_gate {
public:
    // Called from any thread; they hand over to the control thread.
    struct reports {
        std::function<void()> lists_changed{};
        std::function<void()> probe_wanted{};
        // Evidence of a live call, when it can change anything. `began` as in health::record::on_call.
        std::function<void(health::evidence, health::steady_time began)> call_ended{};
    };

    explicit backend_gate(health::breaker_settings breaker, reports to)
        : breaker_(breaker)
        , reports_(std::move(to)) {}

    // What an admitted call carries to ended().
    struct permit {
        bool trial = false;
        std::uint64_t epoch = 0;
        health::steady_time began{};
    };
    // Before anything is sent. A failure is retryable, and says why and for how long.
    [[nodiscard]] result<permit> admit(health::steady_time now);

    // How an admitted call ended.
    struct call_end {
        health::evidence evidence{}; // health::finding::success: the backend answered, whatever it said
        bool failed = false;         // got no answer, and not because its caller cancelled it
        unsigned thread = 0;         // the caller's, for counting without contention
    };
    // Exactly once after each admit() that gave a permit.
    void ended(const permit& call, call_end how, const health::moment& now);

    // The backend announced that one of its lists changed, or may offer other things since it lost a session.
    void lists_changed() { reports_.lists_changed(); }
    // Calls found that it is not what the monitor takes it for.
    void want_probe() {
        if (reports_.probe_wanted)
            reports_.probe_wanted();
    }
    // A session that it had lost was opened again.
    void reinitialized() noexcept { reinitializations_.fetch_add(1, std::memory_order_relaxed); }

    // What the monitor says. A backend that went down is given a moment (`patience`) to come back: until then calls go to
    // it, and wait for it as connecting does.
    void set_health(const health::record_status& status, health::steady_time now);
    // The monitor saw it come back after its probes had failed: an open circuit closes.
    void recovered(const health::moment& now);
    void configure(health::breaker_settings settings, const health::moment& now);

    struct circuit_view {
        bool enabled = false;
        health::circuit state = health::circuit::closed;
        health::moment changed{};
    };
    [[nodiscard]] circuit_view circuit(health::steady_time now) const;

    // For metrics: sessions that were lost and opened again; calls that were sent and how long they took, and those of
    // them that failed. A JSON-RPC error or a tool's error is an answer.
    [[nodiscard]] std::uint64_t reinitializations() const noexcept { return reinitializations_.load(); }
    [[nodiscard]] latency_totals calls() const noexcept { return calls_.read(); }
    [[nodiscard]] std::uint64_t failed_calls() const noexcept {
        return failed_.load(std::memory_order_relaxed);
    }

    // The last calls that failed, newest first.
    struct failed_call {
        health::wall_time when{};
        health::evidence met{};
    };
    static constexpr std::size_t most_failures = 8;
    [[nodiscard]] std::vector<failed_call> recent_failures() const;

    static constexpr std::chrono::milliseconds patience{5'000};

private:
    mutable std::mutex mutex_{};
    health::breaker breaker_;
    bool down_ = false;        // calls may not go
    std::string down_brief_{}; // why, without a word of the peer
    health::steady_time down_since_{};
    std::atomic<bool> settled_{false}; // healthy, and nothing to be learned from a success
    std::atomic<std::uint64_t> reinitializations_{0};
    latency_histogram calls_{};
    std::atomic<std::uint64_t> failed_{0};
    std::deque<failed_call> failures_{}; // newest first
    reports reports_;
};

} // namespace vmcp
