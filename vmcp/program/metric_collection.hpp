// The samples of /metrics, one name after the other.
#pragma once

#include "vmcp/base/latency_histogram.hpp"

#include <prometheus/metric_family.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace vmcp {

using metric_labels = std::vector<prometheus::ClientMetric::Label>;

[[nodiscard]] inline prometheus::ClientMetric::Histogram to_histogram(const latency_totals& totals) {
    prometheus::ClientMetric::Histogram out;
    out.sample_count = totals.count;
    out.sample_sum = totals.seconds;
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < latency_bounds.size(); ++i) {
        below += totals.buckets[i];
        out.bucket.push_back({below, static_cast<double>(latency_bounds[i]) / 1e9});
    }
    return out;
}

// What is added belongs to the name that was begun last; a name without samples is left out.
class metric_collection {
public:
    void family(std::string name, std::string help, prometheus::MetricType type) {
        families_.push_back({std::move(name), std::move(help), type, {}});
    }
    void counter(std::string name, std::string help) {
        family(std::move(name), std::move(help), prometheus::MetricType::Counter);
    }
    void gauge(std::string name, std::string help) {
        family(std::move(name), std::move(help), prometheus::MetricType::Gauge);
    }

    template <class Number>
    void add(metric_labels labels, Number value) {
        auto& metric = sample(std::move(labels));
        if (families_.back().type == prometheus::MetricType::Counter)
            metric.counter.value = static_cast<double>(value);
        else
            metric.gauge.value = static_cast<double>(value);
    }
    void add(metric_labels labels, const latency_totals& value) {
        sample(std::move(labels)).histogram = to_histogram(value);
    }

    [[nodiscard]] std::vector<prometheus::MetricFamily> take() {
        std::erase_if(families_, [](const auto& one) { return one.metric.empty(); });
        return std::move(families_);
    }

private:
    prometheus::ClientMetric& sample(metric_labels labels) {
        auto& metric = families_.back().metric.emplace_back();
        metric.label = std::move(labels);
        return metric;
    }

    std::vector<prometheus::MetricFamily> families_{};
};

} // namespace vmcp
