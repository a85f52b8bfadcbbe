// The telemetry of the gateway: takes spans from every thread and sends them, and the metrics, to a collector that speaks OTLP
// over HTTP. Nobody who serves ever waits for the collector.
#pragma once

#include "transport/net/worker.hpp"
#include "vmcp/base/result.hpp"
#include "vmcp/config/config.hpp"
#include "vmcp/model/tracer.hpp"
#include "vmcp/telemetry/otlp_request.hpp"
#include "vmcp/telemetry/telemetry_settings.hpp"

#include <prometheus/metric_family.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace vmcp {

struct telemetry_figures {
    bool on = false;         // spans are made
    std::uint64_t sent = 0;  // spans that the collector has taken
    std::uint64_t lost = 0;  // that found no room, or that it did not take
    std::size_t waiting = 0; // spans
    bool failing = false;    // the last request with spans was not taken
};

class telemetry final : public tracer {
public:
    using metrics_source = std::function<awaitable<std::vector<prometheus::MetricFamily>>()>;

    // Sends on `control`, which outlives this. `metrics` is called there.
    telemetry(transport::worker& control, metrics_source metrics);
    // Is not the process's tracer any more.
    ~telemetry() override;
    telemetry(const telemetry&) = delete;
    telemetry& operator=(const telemetry&) = delete;

    // What a configuration and the environment ask for, ready to be used.
    struct arrangement {
        telemetry_settings settings{};
        std::shared_ptr<const collector_target> traces{}; // null: none are made
        std::shared_ptr<const collector_target> metrics{};
    };
    // Fails with errc::config when the endpoint or the CA bundle cannot be used.
    [[nodiscard]] result<std::shared_ptr<const arrangement>> prepare(const config& settings) const;
    // From now on. On the control thread, or before that has started.
    void use(std::shared_ptr<const arrangement> next);

    // No span is made any more; what waits is sent within `grace`. While the control thread runs; not on it.
    void stop(std::chrono::milliseconds grace);

    [[nodiscard]] trace_context begin(const trace_context& parent) override;
    void ended(span finished) override;
    [[nodiscard]] telemetry_figures figures() const;

private:
    struct shared;
    static awaitable<void> send_spans(std::shared_ptr<shared> all);
    static awaitable<void> send_metrics(std::shared_ptr<shared> all);

    transport::worker& control_;
    const std::string instance_;
    std::atomic<double> ratio_{0};
    std::atomic<bool> parent_decides_{true};
    std::atomic<std::size_t> worth_sending_{512}; // spans that wait
    std::shared_ptr<shared> shared_;              // with the coroutines that send
};

} // namespace vmcp
