// Stands before one backend on the call path: the health verdict and the circuit breaker decide whether a
// call goes there, and what became of it is evidence for both.
#pragma once

#include "health/breaker.hpp"
#include "health/evidence.hpp"
#include "health/record.hpp"
#include "transport/mcp/back/backend_guard.hpp"
#include "vmcp/base/latency_histogram.hpp"

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace vmcp {

// Thread-safe. One per backend definition.
class backend_gate final : public transport::backend_guard {
public:
    // Called from any worker; they hand over to the control thread.
    struct reports {
        std::function<void()> lists_changed{};
        std::function<void()> probe_wanted{};
        // Evidence of a live call, when it can change anything.
        std::function<void(health::evidence, health::steady_time began)> call_ended{};
    };

    // What its calls carry that no reason may show.
    struct credentials {
        bool configured = false;
        std::vector<std::string> secrets{};
    };

    backend_gate(health::breaker_settings breaker, credentials with, reports to)
        : breaker_(breaker)
        , credentials_(std::move(with))
        , reports_(std::move(to)) {}

    result<permit> admit() override;
    void ended(const permit& of, const failure* why) override;
    void lists_changed() override { reports_.lists_changed(); }
    void reinitialized() override;

    // What the monitor says. A backend that went down is given a moment to come back: until then calls wait
    // for it, as connecting does.
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
    [[nodiscard]] std::uint64_t reinitializations() const noexcept { return reinitializations_.load(); }

    // Calls that were sent and how long they took; and those of them that failed. A JSON-RPC error or a
    // tool's error is an answer. For metrics.
    [[nodiscard]] latency_totals calls() const noexcept { return calls_.read(); }
    [[nodiscard]] std::uint64_t failed_calls() const noexcept {
        return failed_.load(std::memory_order_relaxed);
    }

    static constexpr std::chrono::milliseconds patience{5'000};

    // What a request of that permit says about the backend, by its failure and the facts.
    [[nodiscard]] health::evidence evidence_of(const permit& of, const failure& why) const;

private:
    mutable std::mutex mutex_{};
    health::breaker breaker_;
    std::string down_reason_{}; // empty: calls may go
    health::steady_time down_since_{};
    std::atomic<bool> settled_{false}; // healthy, and nothing to be learned from a success
    std::atomic<std::uint64_t> reinitializations_{0};
    latency_histogram calls_{};
    std::atomic<std::uint64_t> failed_{0};
    credentials credentials_;
    reports reports_;
};

} // namespace vmcp
