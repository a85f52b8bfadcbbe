// Traces and metrics as OTLP wants them in JSON (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding): names in
// lowerCamelCase, ids in hex, 64-bit integers as decimal strings, enums as numbers. Pure.
#pragma once

#include "vmcp/model/tracer.hpp"

#include <prometheus/metric_family.h>

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vmcp {

using text_attributes = std::vector<std::pair<std::string, std::string>>;

// ExportTraceServiceRequest. `of_spans` are attributes of each of them, beside its own.
[[nodiscard]] std::string otlp_traces(std::span<const span> spans, const text_attributes& resource,
                                      const text_attributes& of_spans, std::string_view version);

// ExportMetricsServiceRequest, of families as Prometheus knows them; sums count since `since`.
[[nodiscard]] std::string otlp_metrics(const std::vector<prometheus::MetricFamily>& families,
                                       const text_attributes& resource, std::string_view version,
                                       std::chrono::system_clock::time_point since,
                                       std::chrono::system_clock::time_point now);

// A metric's name and unit in OpenTelemetry, from which collectors make the Prometheus name again.
struct otlp_name {
    std::string name{};
    std::string_view unit{};
};
[[nodiscard]] otlp_name otlp_name_of(std::string_view prometheus_name, bool counter);

} // namespace vmcp
